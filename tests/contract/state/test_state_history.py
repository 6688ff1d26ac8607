"""History: every written field, the values kept for undo, and proof that nobody changed the record of it."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from conftest import Opener
from state_samples import DAY, MONDAY, intent, kept, later, link_id, newcomer, written

from connector.errors import Stop
from connector.model import Side
from connector.state.key import Key
from connector.state.ledger import KEEP_AUDIT
from connector.state.rows import Role, Settlement
from connector.state.store import Store, open_store


def wrote(store: Store, *entries: object) -> None:
    store.settle(Settlement(audit=entries), MONDAY)  # type: ignore[arg-type]


def tamper(url: str, statement: str) -> None:
    """What somebody with access to the database could do."""
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="sqlite" if "sqlite" in url else "postgresql+psycopg")
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_what_was_written_is_told_newest_first(store: Store) -> None:
    wrote(store, written(1), written(2), written(1, "phone", later(minutes=1)))
    wrote(store, written(1, "email", later(minutes=2), run=2))
    assert store.audit_of(link_id(1)) == [
        written(1, "email", later(minutes=2), run=2),
        written(1, "phone", later(minutes=1)),
        written(1),
    ]
    assert len(store.audit_of(link_id(1), "email")) == 2
    assert len(store.audit_of(link_id(1), limit=1)) == 1
    assert store.audit_of_run(2) == [written(1, "email", later(minutes=2), run=2)]


def test_an_untouched_audit_proves_itself(store: Store) -> None:
    assert store.verify_audit() == []
    wrote(store, *(written(number) for number in range(1500)))
    wrote(store, written(1, "phone"))
    assert store.verify_audit() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update audit set rule = 'nothing to see' where id = 2", "audit row 2 was changed"),
        ("update audit set at = at + 1 where id = 1", "audit row 1 was changed"),
        ("delete from audit where id = 2", "audit rows 2 to 2 are missing"),
        ("delete from audit where id = 3", "audit rows after 2 are missing"),
        ("delete from audit", "audit rows after 0 are missing"),
        ("update audit set id = 9 where id = 3", "audit rows 3 to 8 are missing"),
    ],
)
def test_a_changed_or_missing_audit_row_shows(store: Store, url: str, statement: str, words: str) -> None:
    wrote(store, written(1), written(2), written(3))
    tamper(url, statement)
    assert store.verify_audit() == [words]


def test_old_values_come_back_for_who_holds_the_key(store: Store) -> None:
    mine = kept(1, "Årø & Søn 🚲", MONDAY + DAY)
    lost = replace(kept(1, "", MONDAY + DAY, "phone", Role.LOST), value=("003A", "003B"))
    store.begin(1, (), (mine, lost, kept(2, "other", MONDAY + DAY)))
    assert store.secrets_of(link_id(1)) == [lost, mine]
    assert store.secrets_of(link_id(1), "email") == [mine]


@pytest.mark.parametrize("value", ["", "1", 1, 1.5, True, None, (), ("a",), "\ud800", 2**70], ids=repr)
def test_every_kind_of_value_comes_back_as_it_was(store: Store, value: object) -> None:
    secret = replace(kept(1, "", MONDAY + DAY), value=value)
    store.begin(1, (), (secret,))
    (back,) = store.secrets_of(link_id(1))
    assert (back.value, type(back.value)) == (value, type(value))


def test_a_value_moved_to_another_person_does_not_open(store: Store, url: str) -> None:
    store.begin(1, (), (kept(1, "secret", MONDAY + DAY),))
    tamper(url, f"update ledger set link = '{link_id(2)}'")
    with pytest.raises(Stop, match="does not open"):
        store.secrets_of(link_id(2))


def test_old_values_end_with_their_time(store: Store) -> None:
    store.begin(1, (), (kept(1, "old", MONDAY + DAY), kept(1, "new", MONDAY + 3 * DAY)))
    assert store.purge(MONDAY + 2 * DAY)["ledger"] == 1
    assert [secret.value for secret in store.secrets_of(link_id(1))] == ["new"]


def test_the_audit_stays_provable_when_its_oldest_part_is_dropped(store: Store) -> None:
    wrote(store, written(1), written(2), written(3, at=MONDAY + 100 * DAY))
    assert store.purge(MONDAY + KEEP_AUDIT)["audit"] == 2
    wrote(store, written(4, at=MONDAY + 101 * DAY))
    assert store.verify_audit() == []
    assert store.purge(MONDAY + KEEP_AUDIT + 200 * DAY)["audit"] == 2
    assert store.verify_audit() == []
    wrote(store, written(5, at=MONDAY + 300 * DAY))
    assert store.verify_audit() == []


def test_another_key_opens_nothing(url: str, opened: Opener) -> None:
    """With another key every value would look changed on both sides: the state refuses to open at all."""
    opened()
    with pytest.raises(Stop, match="not the one that this state was made with") as stopped:
        open_store(url, Key(bytes(32)))
    assert stopped.value.reason == "state"
    assert "restore the key file" in stopped.value.fix
    opened()


def test_an_announced_write_stays_open_until_it_is_settled(store: Store, opened: Opener) -> None:
    store.begin(7, [intent(1), intent(2), intent(2, Side.HUBSPOT)])
    expected = [replace(each, run=7) for each in (intent(1), intent(2, Side.HUBSPOT), intent(2))]
    assert opened().open_intents() == expected
    store.settle(Settlement(links=(newcomer(1),), done_intents=(intent(1).id, intent(2).id)), MONDAY)
    assert [each.id for each in store.open_intents()] == [intent(2, Side.HUBSPOT).id]


def test_a_record_with_an_unresolved_write_is_not_written_again(store: Store) -> None:
    store.begin(1, [intent(1)])
    with pytest.raises(Stop, match="unresolved") as stopped:
        store.begin(1, [intent(2), replace(intent(1), id="another")])
    assert stopped.value.reason == "intents"
    assert [each.id for each in store.open_intents()] == [intent(1).id], (
        "nothing of the second batch is announced"
    )
