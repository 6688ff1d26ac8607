"""What waits for people: review items and held fields."""

from dataclasses import replace
from datetime import timedelta

import pytest
from state_samples import HOUR, MONDAY, ambiguous, hub, link_id, newcomer, person, too_long

from connector.errors import ConfigError
from connector.model import Held, Kind, Review
from connector.state.rows import Settlement
from connector.state.store import Store


def found(store: Store, *items: Review, at: object = MONDAY) -> None:
    store.settle(Settlement(reviews=items), at)  # type: ignore[arg-type]


def test_the_same_question_is_asked_once(store: Store) -> None:
    found(store, ambiguous(1), ambiguous(2))
    found(store, ambiguous(1, "three leads have this email"), at=MONDAY + HOUR)
    first, second = store.open_reviews()
    assert first.review == ambiguous(1, "three leads have this email")
    assert first.opened_at == MONDAY, "it has been open since it was first asked"
    assert second.review == ambiguous(2)
    assert store.count_reviews() == {"ambiguous": 2}


def test_questions_of_another_code_field_or_record_are_others(store: Store) -> None:
    base = ambiguous(1)
    deal = replace(base, kind=Kind.DEAL, subject=hub(1, "deals"), link=None)
    found(store, base, replace(base, code="clash"), replace(base, field="phone"), deal)
    assert store.count_reviews() == {"ambiguous": 3, "clash": 1}
    assert [item.review for item in store.open_reviews(Kind.DEAL)] == [deal]


def test_a_decision_closes_the_question(store: Store) -> None:
    found(store, ambiguous(1))
    number = store.open_reviews()[0].id
    resolved = store.resolve_review(number, "linked to the lead", MONDAY + HOUR)
    assert (resolved.resolved_at, resolved.resolution) == (MONDAY + HOUR, "linked to the lead")
    assert store.open_reviews() == []
    assert store.review(number) == resolved
    with pytest.raises(ConfigError, match=f"no open review item {number}"):
        store.resolve_review(number, "again", MONDAY)


def test_a_question_that_comes_up_anew_is_opened_again_under_its_number(store: Store) -> None:
    found(store, ambiguous(1))
    number = store.open_reviews()[0].id
    store.resolve_review(number, "linked", MONDAY)
    found(store, ambiguous(1), at=MONDAY + HOUR)
    (again,) = store.open_reviews()
    assert (again.id, again.opened_at, again.resolution) == (number, MONDAY + HOUR, "")


def test_what_settled_itself_is_closed(store: Store) -> None:
    found(store, ambiguous(1), replace(ambiguous(1), field="phone"), ambiguous(2))
    store.settle(Settlement(close_reviews=((link_id(1), "email"), (link_id(9), "email"))), MONDAY)
    assert [(item.review.link, item.review.field) for item in store.open_reviews()] == [
        (link_id(1), "phone"),
        (link_id(2), "email"),
    ]


def test_what_settled_and_comes_up_in_the_same_batch_stays_open(store: Store) -> None:
    found(store, ambiguous(1))
    store.settle(Settlement(close_reviews=((link_id(1), "email"),), reviews=(ambiguous(1),)), MONDAY)
    assert len(store.open_reviews()) == 1


def test_held_fields_are_replaced_per_link(store: Store) -> None:
    store.settle(Settlement(held=(too_long(1), too_long(1, "note"), too_long(2))), MONDAY)
    assert store.count_held() == {"too_long": 3}
    waiting = Held("waiting", link_id(1), hub(1), "its company is not linked yet")
    store.settle(Settlement(held=(waiting,), held_for=(link_id(1),)), MONDAY)
    assert store.held_items() == [too_long(2), waiting]
    assert store.held_items(link_id(1)) == [waiting]
    store.settle(Settlement(held_for=(link_id(1), link_id(2))), MONDAY)
    assert store.held_items() == []


def test_what_is_held_keeps_its_number_and_its_age(store: Store) -> None:
    """Alarms go by the age: looking again at the same thing does not make it young."""
    store.settle(Settlement(links=(person(1),), held=(too_long(1), too_long(1, "note"))), MONDAY)
    first = {item.field: item for item in store.waiting_items()}
    later = MONDAY + timedelta(days=3)
    store.settle(Settlement(held=(too_long(1, "note"),), held_for=(link_id(1),)), later)
    (item,) = store.waiting_items()
    assert (item, item.since) == (first["note"], MONDAY)


def test_a_failed_write_stays_listed_until_it_is_known_to_have_succeeded(store: Store) -> None:
    """That the record is looked at again is not yet a success."""
    refused = Held("refused", link_id(1), hub(1), "salesforce Lead refused the record: X")
    store.settle(Settlement(links=(person(1),), held=(too_long(1),)), MONDAY)
    store.settle(Settlement(held=(refused,), parked_for=(link_id(1),)), MONDAY)
    store.settle(Settlement(held_for=(link_id(1),)), MONDAY)
    assert store.held_items() == [refused]
    store.settle(Settlement(parked_for=(link_id(1),)), MONDAY)
    assert store.held_items() == []


def test_everything_that_waits_is_one_list_oldest_first(store: Store) -> None:
    store.settle(Settlement(links=(person(1),), held=(too_long(1),)), MONDAY)
    store.settle(Settlement(links=(newcomer(2),), reviews=(ambiguous(2),)), MONDAY - timedelta(days=9))
    question, held = store.waiting_items()
    assert (question.code, question.id.isdecimal(), question.since) == (
        ambiguous(2).code,
        True,
        MONDAY - timedelta(days=9),
    )
    assert (held.code, held.id[0], held.kind, held.subject) == ("too_long", "h", person(1).kind, hub(1))


def test_links_that_a_person_wants_looked_at_are_remembered_until_a_run_took_them_up(store: Store) -> None:
    store.ask_retry([link_id(1), link_id(2)])
    store.ask_retry([link_id(2), link_id(3)])
    store.retries_taken([link_id(1), link_id(2)])
    assert store.retries_asked() == [link_id(3)]


def test_a_link_merged_into_another_leaves_nothing_waiting(store: Store) -> None:
    store.settle(
        Settlement(links=(person(1), newcomer(2)), held=(too_long(2),), reviews=(ambiguous(2),)), MONDAY
    )
    store.settle(Settlement(drop_links=(link_id(2),)), MONDAY)
    assert store.held_items() == []
    assert store.open_reviews() == []
