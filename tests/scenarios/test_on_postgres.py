"""The same first day with the state in PostgreSQL instead of a file."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from setting import Firm, firm

from connector.errors import Stop
from connector.install.apply import apply as install
from connector.install.apply import plan_install
from connector.model import Kind, Side
from connector.state.pause import Pause, Switch
from connector.state.rows import Role
from connector.state.store import open_store
from connector.sync.guards import Limits


@pytest.fixture
def acme(tmp_path: Path, postgres_url: str) -> Iterator[Firm]:
    """An empty firm whose state stands in the database; nothing is installed yet."""
    with firm(tmp_path, installed=False, state=postgres_url) as made:
        yield made


def reopen(acme: Firm) -> None:
    """The process ends, and the next one finds the state in the database."""
    acme.store.close()
    acme.store = open_store(acme.url, acme.key)


def test_install_plan_approve_sync_and_an_edit_each_way(acme: Firm) -> None:
    install(plan_install(acme.crms, acme.env.rules.own_fields), acme.crms)
    acme.limits = Limits(creates=3)
    people = [
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}", jobtitle="Inkoper", city="Gent") for n in range(5)
    ]
    plan = acme.plan()
    assert (plan.stopped_by, acme.live("Lead")) == (("create salesforce contact",), [])
    reopen(acme)
    acme.approve(plan.plan)
    reopen(acme)
    assert acme.sync().created == 5
    reopen(acme)
    acme.settle()
    assert acme.linked(Kind.CONTACT) == 5
    assert acme.sync().writes == 0

    first, second = people[:2]
    lead, other = acme.partner(first).id, acme.partner(second).id
    acme.in_hubspot(first, jobtitle="CFO")
    acme.in_salesforce(lead, City="Aarhus")
    acme.in_hubspot(second, jobtitle="from marketing")
    acme.in_salesforce(other, Title="from sales")
    acme.pass_time(1)
    acme.settle()
    reopen(acme)
    assert (acme.salesforce(lead)["Title"], acme.hubspot(first)["city"]) == ("CFO", "Aarhus")
    assert acme.hubspot(second)["jobtitle"] == "from sales"
    link = acme.link(Side.HUBSPOT, "contacts", second)
    assert link is not None
    lost = [kept.value for kept in acme.store.secrets_of(link.id, "job_title") if kept.role is Role.LOST]
    assert lost == ["from marketing"]
    assert acme.store.verify_audit() == []
    assert acme.sync().writes == 0
    assert not list(acme.folder.glob("state.db*")), "no file stood in for the database"


def test_the_database_holds_no_value_of_anybody(acme: Firm) -> None:
    """An administrator of the database may read every row, and finds nobody's address there."""
    install(plan_install(acme.crms, acme.env.rules.own_fields), acme.crms)
    acme.plan()
    contact = acme.contact(email="canary.person@x.nl", lastname="Canary", jobtitle="canary one")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="canary two")
    acme.in_salesforce(acme.partner(contact).id, Title="canary three")
    acme.settle()
    seen = 0
    with psycopg.connect(acme.url) as admin:
        tables = admin.execute(
            "select tablename from pg_tables where schemaname = current_schema()"
        ).fetchall()
        for (table,) in tables:
            for row in admin.execute(f'select * from "{table}"'):
                texts = [bytes(v) if isinstance(v, memoryview | bytes) else str(v).encode() for v in row]
                assert not any(b"canary" in text.lower() for text in texts), table
                seen += 1
    assert seen > 10


def test_a_pause_on_one_host_is_seen_by_all_others(acme: Firm, tmp_path: Path) -> None:
    """Two hosts work with one state; somebody pauses at the first, the second is in the middle of a run."""
    install(plan_install(acme.crms, acme.env.rules.own_fields), acme.crms)
    acme.plan()
    for n in range(5):
        acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}")
    acme.crms[Side.SALESFORCE].batch = 2
    elsewhere = Switch(tmp_path / "another host", acme.store)
    asked: list[None] = []

    def a_person_pauses_at_the_first_host() -> bool:
        asked.append(None)
        if len(asked) == 4:
            elsewhere.tell(Pause(acme.now(), "eva", "odd values"))
        return False

    report = acme.sync(stop=a_person_pauses_at_the_first_host)
    assert report.paused
    assert report.exit_code == 3
    assert 0 < len(acme.live("Lead")) < 5
    with pytest.raises(Stop, match="odd values"):
        acme.sync()
    elsewhere.tell(None)
    acme.settle()
    assert len(acme.live("Lead")) == 5
