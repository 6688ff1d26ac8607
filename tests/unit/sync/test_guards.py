"""What is held until a person has said yes, and what goes on meanwhile."""

from collections.abc import Mapping
from dataclasses import replace

from connector.model import Action, Change, Delta, Kind, Op, Raw, Ref, Side, Why
from connector.sync.guards import (
    Limits,
    Tally,
    allowed,
    class_of,
    digest_of,
    plan_hash,
    suddenly_small,
)
from connector.sync.volume import Past, judge

OWNERS = frozenset({"owner"})


def tripped(
    plan: Tally, approved: frozenset[bytes], done: Mapping[str, int], limits: Limits
) -> Mapping[str, int]:
    return judge(plan.fresh(approved), Past(done), limits, ()).held


def change(field: str = "phone", before: Raw = "1", after: Raw | Delta = "2", ours: bool = False) -> Change:
    return Change(field, field, before, after, Why.EDIT, "two_way contacts.yaml:1", given="2", ours=ours)


def update(n: int, *changes: Change) -> Action:
    target = Ref(Side.SALESFORCE, "Contact", str(n))
    return Action(Op.UPDATE, Kind.CONTACT, f"link{n}", target, None, changes)


def create(n: int) -> Action:
    source = Ref(Side.HUBSPOT, "contacts", str(n))
    return Action(
        Op.CREATE, Kind.CONTACT, f"link{n}", Ref(Side.SALESFORCE, "Lead", ""), source, (change(before=None),)
    )


def tally(*actions: Action) -> Tally:
    counted = Tally()
    for action in actions:
        counted.add(action, OWNERS)
    return counted


def test_every_kind_of_change_has_its_own_class() -> None:
    classes = {
        class_of(create(1), None, OWNERS),
        class_of(update(1), change(), OWNERS),
        class_of(update(1), change(after=None), OWNERS),
        class_of(update(1), change("owner"), OWNERS),
        class_of(update(1), change("contacts", after=Delta(remove=frozenset({"x"}))), OWNERS),
        class_of(update(1), change("link_id", ours=True), OWNERS),
    }
    assert classes == {
        "create salesforce contact",
        "overwrite salesforce contact.phone",
        "blank salesforce contact.phone",
        "owner salesforce contact",
        "unlink salesforce contact.contacts",
        "own salesforce contact",
    }
    assert class_of(update(1), change(before=None), OWNERS) is None  # filling a blank loses nothing


def test_a_class_over_its_limit_is_held_whole_and_the_rest_goes_on() -> None:
    """An import touched 201 phone numbers; the one changed title is not held up by them."""
    plan = tally(*(update(n, change()) for n in range(201)), update(500, change("title")))
    held = tripped(plan, frozenset(), {}, Limits())
    assert held == {"overwrite salesforce contact.phone": 201}
    assert allowed(update(3, change()), held, frozenset(), OWNERS) == (
        None,
        ("overwrite salesforce contact.phone",),
    )
    both = update(4, change(), change("title"))
    rest, labels = allowed(both, held, frozenset(), OWNERS)
    assert rest is not None
    assert [c.field for c in rest.changes] == ["title"]
    assert labels == ("overwrite salesforce contact.phone",)


def test_what_was_written_in_the_last_24_hours_counts() -> None:
    plan = tally(*(create(n) for n in range(60)))
    assert tripped(plan, frozenset(), {}, Limits()) == {}
    assert tripped(plan, frozenset(), {"create salesforce contact": 150}, Limits()) == {
        "create salesforce contact": 60
    }


def test_an_approval_lets_exactly_the_listed_actions_through() -> None:
    actions = [create(n) for n in range(300)]
    approved = frozenset(digest_of(a, None) for a in actions)
    newcomer = create(999)
    held = tripped(tally(*actions), approved, {}, Limits())
    assert held == {}
    held = tripped(tally(*actions, *(create(n) for n in range(1000, 1201))), approved, {}, Limits())
    assert held == {"create salesforce contact": 201}
    assert allowed(actions[0], held, approved, OWNERS)[0] is actions[0]
    assert allowed(newcomer, held, approved, OWNERS)[0] is None


def test_the_hash_of_a_plan_does_not_depend_on_our_random_link_ids_but_on_every_value() -> None:
    one, two = update(1, change()), replace(update(1, change()), link="another")
    assert digest_of(one, one.changes[0]) == digest_of(two, two.changes[0])
    other = replace(change(), given="3", after="3")
    assert digest_of(one, other) != digest_of(one, one.changes[0])
    assert plan_hash([b"a", b"b"], "m") == plan_hash([b"b", b"a"], "m") != plan_hash([b"a"], "m")


def test_a_word_to_take_one_contact_off_a_deal_takes_off_no_other() -> None:
    ann, bo = (
        Change("contacts", "@contacts", ("1", "2"), Delta(remove=frozenset([link])), Why.EDIT, "two_way")
        for link in ("a" * 32, "b" * 32)
    )
    deal = replace(update(1), changes=(bo,))
    approved = frozenset([digest_of(replace(deal, changes=(ann,)), ann)])
    held = {"unlink salesforce contact.contacts": 1}
    assert allowed(replace(deal, changes=(ann,)), held, approved, OWNERS)[0] is not None
    assert allowed(deal, held, approved, OWNERS)[0] is None


def test_a_side_that_lost_half_of_its_records_stops_the_run() -> None:
    """A lost permission looks like a mass deletion: nobody acts on it."""
    known = {(Side.SALESFORCE, Kind.CONTACT): 100, (Side.HUBSPOT, Kind.CONTACT): 100}
    assert suddenly_small({(Side.SALESFORCE, Kind.CONTACT): 49, (Side.HUBSPOT, Kind.CONTACT): 90}, known) == [
        "salesforce contact"
    ]


def test_an_opt_out_for_good_has_its_own_class_also_where_it_comes_with_a_new_contact() -> None:
    said = Change("opted_out", "hs_email_optout", None, "true", Why.EDIT, "strictest contacts.yaml:9")
    contact = Ref(Side.HUBSPOT, "contacts", "1")
    moved = Action(Op.UPDATE, Kind.CONTACT, "link", contact, None, (said, change()))
    assert class_of(moved, said, OWNERS) == "optout hubspot contact"
    assert class_of(moved, moved.changes[1], OWNERS) == "overwrite hubspot contact.phone"
    born = replace(moved, op=Op.CREATE, target=replace(contact, id=""))
    assert class_of(born, None, OWNERS) == "optout hubspot contact"
    assert class_of(replace(born, again=True), None, OWNERS) == "recreate hubspot contact"
    assert class_of(replace(moved, op=Op.ARCHIVE), None, OWNERS) == "archive hubspot contact"
