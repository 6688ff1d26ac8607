"""Links: what the connector knows of a person, found from either CRM."""

from dataclasses import replace

import pytest
from state_samples import DAY, HOUR, MONDAY, contact, hub, later, lead, link_id, newcomer, person

from connector.errors import Stop
from connector.model import Kind, Link, LinkState, Ref, Side
from connector.state.rows import Settlement
from connector.state.store import Store


def settle(store: Store, *links: Link, drop: tuple[str, ...] = ()) -> None:
    store.settle(Settlement(links=links, drop_links=drop), MONDAY)


def test_a_person_is_found_from_both_crms_with_all_that_was_remembered(store: Store) -> None:
    settle(store, person(1))
    assert store.links_by_ref([hub(1), lead(1)]) == {hub(1): person(1), lead(1): person(1)}
    assert store.links_by_id([link_id(1), "unknown"]) == {link_id(1): person(1)}
    assert store.ref_links([hub(1), hub(2)]) == {hub(1): link_id(1)}


def test_an_id_means_nothing_without_its_object(store: Store) -> None:
    """HubSpot's contact 7 and company 7 are different records; so are a lead and a contact."""
    settle(store, newcomer(7), replace(newcomer(8, Kind.COMPANY), refs={Side.HUBSPOT: hub(7, "companies")}))
    assert store.ref_links([hub(7), hub(7, "companies"), Ref(Side.SALESFORCE, "Lead", "7")]) == {
        hub(7): link_id(7),
        hub(7, "companies"): link_id(8),
    }


def test_settling_again_replaces_the_link(store: Store) -> None:
    settle(store, newcomer(1))
    settle(store, person(1))
    assert store.links_by_id([link_id(1)]) == {link_id(1): person(1)}
    assert store.count_links() == {(Kind.CONTACT, LinkState.LINKED): 1}


def test_the_lead_beside_the_contact_leads_to_the_same_person(store: Store) -> None:
    both = replace(
        person(1), refs={Side.HUBSPOT: hub(1), Side.SALESFORCE: contact(1)}, aliases=(lead(1), lead(2))
    )
    settle(store, both)
    assert store.links_by_ref([lead(1), lead(2), contact(1)]) == {
        lead(1): both,
        lead(2): both,
        contact(1): both,
    }
    settle(store, replace(both, aliases=(lead(2),)))
    assert store.ref_links([lead(1), lead(2)]) == {lead(2): link_id(1)}


def test_an_alias_that_became_a_record_of_its_own_leads_to_its_own_link(store: Store) -> None:
    settle(store, replace(newcomer(1), aliases=(lead(5),)))
    settle(store, replace(newcomer(2), refs={Side.SALESFORCE: lead(5)}))
    assert store.ref_links([lead(5)]) == {lead(5): link_id(2)}


def test_a_deleted_record_is_remembered_until_a_live_link_takes_over(store: Store) -> None:
    """The survivor of a deleted pair must not be taken for a newcomer; linked anew by a person, the new link
    counts."""
    gone = replace(person(1), state=LinkState.TOMBSTONE)
    settle(store, gone)
    assert store.links_by_ref([hub(1)]) == {hub(1): gone}
    anew = replace(person(2), refs={Side.HUBSPOT: hub(1), Side.SALESFORCE: lead(2)})
    settle(store, anew)
    assert store.links_by_ref([hub(1), lead(1)]) == {hub(1): anew, lead(1): gone}


def test_one_record_never_belongs_to_two_live_links(store: Store) -> None:
    settle(store, person(1))
    twice = replace(newcomer(2), refs={Side.SALESFORCE: lead(1)})
    with pytest.raises(Stop, match="two live links") as stopped:
        settle(store, newcomer(3), twice)
    assert stopped.value.reason == "state"
    assert store.links_by_id([link_id(2), link_id(3)]) == {}, "nothing of the batch may be stored"


def test_two_people_who_swapped_their_leads_are_stored_in_one_batch(store: Store) -> None:
    settle(store, person(1), person(2))
    swapped = [
        replace(person(1), refs={Side.HUBSPOT: hub(1), Side.SALESFORCE: lead(2)}),
        replace(person(2), refs={Side.HUBSPOT: hub(2), Side.SALESFORCE: lead(1)}),
    ]
    settle(store, *swapped)
    assert store.ref_links([lead(1), lead(2)]) == {lead(1): link_id(2), lead(2): link_id(1)}


def test_two_links_become_one_after_a_merge(store: Store) -> None:
    settle(store, person(1), replace(person(2), aliases=(contact(2),)))
    merged = replace(person(1), aliases=(lead(2), contact(2)))
    settle(store, merged, drop=(link_id(2),))
    assert store.links_by_ref([lead(2), contact(2), hub(2)]) == {lead(2): merged, contact(2): merged}


def test_rows_already_seen_are_known_by_their_stamp(store: Store) -> None:
    gone = replace(person(2), state=LinkState.TOMBSTONE)
    settle(store, person(1), gone, newcomer(3))
    assert store.stamps(Side.HUBSPOT, "contacts", ["1", "2", "3", "4"]) == {"1": MONDAY, "2": MONDAY}
    assert store.stamps(Side.SALESFORCE, "Lead", [lead(1).id]) == {lead(1).id: later(microseconds=1)}


def test_what_waits_comes_when_it_is_due_and_what_a_guard_held_only_when_approved(store: Store) -> None:
    settle(
        store,
        replace(newcomer(1), pending="retry", retry_at=MONDAY + HOUR),
        replace(newcomer(2), pending="guard", retry_at=MONDAY + DAY),
        replace(newcomer(3), pending="look again"),
        newcomer(4),
        replace(newcomer(5, Kind.DEAL), refs={Side.HUBSPOT: hub(5, "deals")}, pending="look again"),
    )

    def due(**kwargs: tuple[str, ...]) -> list[str]:
        return [link.id for link in store.pending(Kind.CONTACT, MONDAY + HOUR, 10, **kwargs)]

    assert due() == [link_id(3), link_id(1)]
    assert due(early=("guard",)) == [link_id(3), link_id(1), link_id(2)]
    assert [link.id for link in store.pending(Kind.CONTACT, MONDAY, 10)] == [link_id(3)]
    assert len(store.pending(Kind.CONTACT, MONDAY + DAY, 2)) == 2


def test_all_links_come_in_batches_while_others_are_settled(store: Store) -> None:
    settle(store, *(newcomer(number) for number in range(25)))
    settle(store, replace(person(100), state=LinkState.TOMBSTONE))
    seen: list[str] = []
    for batch in store.iter_links(Kind.CONTACT, {LinkState.SINGLE}, batch=10):
        settle(store, *(replace(link, fails=1) for link in batch))
        seen += [link.id for link in batch]
    assert seen == [link_id(number) for number in range(25)]
    assert store.count_links() == {
        (Kind.CONTACT, LinkState.SINGLE): 25,
        (Kind.CONTACT, LinkState.TOMBSTONE): 1,
    }
    assert list(store.iter_links(Kind.DEAL)) == []


def test_a_batch_of_a_thousand_is_stored_and_read_whole(store: Store) -> None:
    people = [person(number) for number in range(1, 2501)]
    settle(store, *people[:1000])
    settle(store, *people)
    found = store.links_by_ref(hub(number) for number in range(1, 2501))
    assert list(found.values()) == people


def test_names_of_any_script_survive(store: Store) -> None:
    odd = replace(newcomer(1), diverged={"naïve-字段": "Ærø 🚲"}, pending="wacht op “bedrijf”")
    settle(store, odd)
    assert store.links_by_id([link_id(1)]) == {link_id(1): odd}
