"""Are the two CRMs aligned? Asked of the CRMs themselves, over HTTP, whatever the connector believes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connector.commands.init import CONFIG, write_starter
from connector.connect import look, open_environment
from connector.environment import Environment
from connector.install.apply import apply, plan_install
from connector.model import Op, Raw, Ref, Side, Verdict, Write
from connector.report.parity import Parity, compare
from connector.sandbox.serve import start
from connector.sandbox.world import World
from connector.settings import load

LINK = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def env(tmp_path: Path) -> Iterator[Environment]:
    """Two empty simulated CRMs with the connector's fields, and everything that a command has at hand."""
    world = World(None, seed=1, index_lag_s=0.0)
    with start(world) as running:
        ports = (urlsplit(running.hubspot_url).port or 0, urlsplit(running.salesforce_url).port or 0)
        write_starter(tmp_path / "sync", ports)
        with open_environment(load(tmp_path / "sync" / CONFIG)) as opened:
            apply(plan_install(opened.crms, opened.rules.own_fields), opened.crms)
            yield opened
    world.close()


def made(env: Environment, side: Side, type: str, values: Mapping[str, Raw]) -> Ref:
    """A record with these values, made through the CRM's API."""
    (result,) = env.crms[side].write(type, [Write("1", Op.CREATE, type, None, values)])
    assert result.verdict is Verdict.DONE, result.message
    return Ref(side, type, result.id or "")


def anna(env: Environment, link: str | None = LINK, **values: Raw) -> Ref:
    """Anna in HubSpot, at the hand-over."""
    given = {
        "email": "anna@example.com",
        "lastname": "de Vries",
        "phone": "020 123 45 67",
        "country": "Nederland",
    }
    stage = {"lifecyclestage": "salesqualifiedlead", "hs_lead_status": "NEW", "smk_link_id": link}
    return made(env, Side.HUBSPOT, "contacts", {**given, **stage, **values})


def lead(env: Environment, link: str | None = LINK, **values: Raw) -> Ref:
    """Anna in Salesforce, as a Lead of the same stage."""
    given = {
        "Email": "Anna@Example.com",
        "LastName": "de Vries",
        "Phone": "+31201234567",
        "Country": "Netherlands",
    }
    rest = {"Company": "example.com", "SMK_Stage__c": "sql", "SMK_Link_Id__c": link}
    return made(env, Side.SALESFORCE, "Lead", {**given, **rest, **values})


def asked(env: Environment) -> Parity:
    return compare(env, look(env).ctx)


def test_a_pair_that_says_the_same_in_two_ways_is_aligned(env: Environment) -> None:
    """Two spellings of a phone number, a country in two languages, an address in mixed case: nothing
    differs."""
    anna(env)
    lead(env)

    parity = asked(env)

    assert (parity.linked, parity.unlinked) == (1, 0)
    assert [item.field for item in parity.items] == []


def test_a_phone_number_that_differs_is_found_though_the_state_is_empty(env: Environment) -> None:
    """The connector has never run: it knows nothing, and the difference is found all the same."""
    one = anna(env, phone="030 765 43 21")
    other = lead(env)

    parity = asked(env)

    assert [(item.field, item.refs) for item in parity.items] == [("phone", (one, other))]
    assert parity.differences == 1


def test_a_person_whom_salesforce_never_got_is_found(env: Environment) -> None:
    """Handed over in HubSpot, absent in Salesforce: unlinked, and nothing explains it."""
    one = anna(env, link=None)

    parity = asked(env)

    assert (parity.linked, parity.unlinked, parity.differences) == (0, 1, 1)
    assert parity.items[0].refs == (one,)


def test_a_person_whom_only_salesforce_knows_is_meant_to_be_there_alone(env: Environment) -> None:
    """The starter mapping creates nobody in HubSpot: counted as unlinked, explained by the mapping."""
    lead(env, link=None)

    parity = asked(env)

    assert (parity.unlinked, parity.differences) == (1, 0)
    assert parity.explained == {"no creation in hubspot": 1}


def test_comparing_writes_nothing_and_costs_a_few_requests(env: Environment) -> None:
    """It is safe to ask at any time: only reads, and pages of records, never one request a record."""
    for number in range(30):
        link = f"{number:032x}"
        anna(env, link, email=f"p{number}@example.com")
        lead(env, link, Email=f"p{number}@example.com")
    before = {side: crm.usage.by_kind.copy() for side, crm in env.crms.items()}

    parity = asked(env)

    spent = {side: crm.usage.by_kind - before[side] for side, crm in env.crms.items()}
    assert (parity.linked, parity.differences) == (30, 0)
    assert sum(sum(kinds.values()) for kinds in spent.values()) < 40
    assert not [kind for kinds in spent.values() for kind in kinds if "create" in kind or "update" in kind]
