"""One directed story per seeded bug: it holds as the product is, and fails with the bug.

Each takes people in an office through the one situation in which the bug does its harm, then to rest, where
all invariants are checked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from invariants import settled
from office import office
from people import People
from witness import Person

from connector.model import LinkState, Ref, Side
from connector.sync.guards import Limits

H, S = Side.HUBSPOT, Side.SALESFORCE
UPDATES = "/services/data/*/composite/sobjects"


@dataclass(frozen=True)
class Story:
    """What is told, and the seeded bugs that spoil it."""

    tell: Callable[[People], None]
    spoiled_by: tuple[str, ...]
    overlap_s: float = 900
    shortens: bool = False

    @contextmanager
    def told(self) -> Iterator[People]:
        """An office in which the story is told, to its end."""
        with office(self.overlap_s) as made:
            made.shortens = self.shortens
            people = People(made)
            self.tell(people)
            settled(people)
            yield people


STORIES: dict[str, Story] = {}


def story(*bugs: str, **more: object) -> Callable[[Callable[[People], None]], Callable[[People], None]]:
    def note(tell: Callable[[People], None]) -> Callable[[People], None]:
        STORIES[tell.__name__] = Story(tell, bugs, **more)  # type: ignore[arg-type]
        return tell

    return note


def pair(people: People, fields: int = 2) -> Person:
    """Somebody whom both CRMs know, linked."""
    person = people.arrive(H, fields=fields)
    people.office.sync()
    people.meet()
    return person


@story("cursor_after_an_error", overlap_s=120)
def a_run_that_failed_forgets_nothing(people: People) -> None:
    """Salesforce is down when the first run since an edit begins; the next run comes much later."""
    person = pair(people)
    people.edit(person, H, "job_title")
    people.office.pass_time(600)
    people.office.fault({"status": 500, "body": ""}, side="salesforce", nth=3, times=9)
    assert people.office.try_sync() is None
    people.office.calm()
    people.office.pass_time(600)
    people.office.sync()


@story("strict_cursor", overlap_s=300)
def a_long_transaction_is_seen_when_it_ends(people: People) -> None:
    """A rep's transaction begins before a run and commits after it, with the older stamp."""
    person = pair(people)
    people.edit(person, S, "job_title", late_s=60)
    people.office.pass_time(30)
    people.office.sync()
    people.office.pass_time(60)
    people.office.sync()


@story("cursor_past_a_failed_row", "base_from_the_plan", overlap_s=120)
def a_row_that_failed_is_tried_again(people: People) -> None:
    """Three titles are corrected, Salesforce refuses one of them."""
    everybody = [people.arrive(H) for _ in range(3)]
    people.office.sync()
    people.meet()
    for person in everybody:
        people.edit(person, H, "job_title")
    refused = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION"}
    people.office.fault({"fail_rows": [1], "error": refused}, side="salesforce", route=UPDATES)
    people.office.sync()
    people.office.calm()
    people.office.pass_time(4000)
    people.office.sync()


@story("base_before_the_write")
def a_write_that_never_arrived_is_no_edit_of_the_other_side(people: People) -> None:
    person = pair(people)
    people.edit(person, H, "job_title")
    people.office.fault("drop", side="salesforce", route=UPDATES)
    people.office.try_sync()
    people.office.calm()


@story("no_read_back", "one_base_for_both_sides", shortens=True)
def what_a_flow_shortens_stays_whole_where_it_was_entered(people: People) -> None:
    person = pair(people)
    people.edit(person, H, "job_title")
    people.office.sync()


@story("flows_of_lost_answers_are_edits", shortens=True)
def what_a_flow_shortens_stays_whole_where_it_was_entered_though_the_answer_was_lost(people: People) -> None:
    """The title arrived, shortened, and nobody told us; meanwhile the rep corrects the phone number."""
    person = pair(people)
    people.edit(person, H, "job_title")
    people.office.fault("apply_then_drop", side="salesforce", route=UPDATES)
    people.office.try_sync()
    people.office.calm()
    people.edit(person, S, "phone")


@story("flows_beside_a_save_are_edits", shortens=True)
def what_a_flow_shortens_stays_whole_though_a_rep_saves_the_record_right_after(people: People) -> None:
    """Between our write and the look at what became of it, a rep corrects the phone number."""
    person = pair(people)
    people.edit(person, H, "job_title")
    people.office.after_write(S, lambda: people.edit(person, S, "phone"))


@story("no_freshness_check")
def what_a_rep_enters_between_look_and_write_stays(people: People) -> None:
    """Marketing has a new number; while the run is on, the rep enters another one. That is for a person to
    decide, and both numbers stay where they are."""
    person = pair(people)
    people.edit(person, H, "phone")
    people.office.before_write(S, lambda: people.edit(person, S, "phone"))


@story("others_edits_read_back")
def what_a_rep_enters_right_after_our_write_counts(people: People) -> None:
    """Between our write and the look at what became of it, a rep enters another title."""
    person = pair(people)
    people.edit(person, H, "job_title")
    people.office.after_write(S, lambda: people.edit(person, S, "job_title"))


@story("no_intents_for_updates")
def our_own_write_is_no_edit_after_a_crash(people: People) -> None:
    """The process dies right after Salesforce took the title; marketing corrects it once more."""
    person = pair(people)
    people.edit(person, H, "job_title")
    people.office.die_after_write(S)
    people.edit(person, H, "job_title")


@story("blind_create")
def a_create_whose_answer_was_lost_makes_one_lead(people: People) -> None:
    people.arrive(H)
    people.office.fault("apply_then_drop", side="salesforce", route=UPDATES)
    people.office.try_sync()
    people.office.calm()


@story("order_trusted")
def answers_in_another_order_are_told_apart(people: People) -> None:
    everybody = [people.arrive(H) for _ in range(4)]
    people.office.sync()
    people.meet()
    for person in everybody:
        people.edit(person, S, "city")
    people.office.fault("reorder", side="hubspot", times=None)
    people.office.sync()
    people.office.calm()
    for person in everybody:
        people.edit(person, H, "city")


@story("fencing_off")
def a_run_that_was_overtaken_writes_nothing_more(people: People) -> None:
    """A run hangs before its first write for longer than its lease lasts; the next one does the work."""
    people.arrive(H)
    people.office.overtaken_at(2)


@story("guard_per_record")
def too_many_creates_wait_for_a_word(people: People) -> None:
    people.office.limits = Limits(creates=2)
    for _ in range(4):
        people.arrive(H)
    report = people.office.sync()
    assert (report.created, report.stopped_by) == (0, ("create salesforce contact",))
    people.office.limits = Limits()


@story("delete_from_absence")
def somebody_who_is_not_shown_is_not_deleted(people: People) -> None:
    """A sharing rule hides a lead from us for an hour."""
    person = pair(people)
    type, id = person.refs[S]
    people.office.world.salesforce.share(hidden=[id])
    people.edit(person, H, "job_title")
    people.office.sync()
    ref = Ref(S, type, id)
    assert people.office.store.links_by_ref([ref])[ref].state is LinkState.LINKED
    people.office.world.salesforce.share(hidden=[])


@story("absent_is_blank")
def a_field_that_we_may_not_see_blanks_nothing(people: People) -> None:
    """An admin takes the city from us; for that field the mapping carries a clearing over."""
    person = pair(people, fields=2)
    people.office.fault({"hide_field": {"type": "Lead", "field": "City"}})
    people.edit(person, H, "job_title")
    for _ in range(2):
        people.office.try_sync()
        people.office.pass_time(4000)


@story("own_users_edits_ignored")
def what_is_done_in_our_users_name_counts(people: People) -> None:
    """An admin logs in as the integration user and corrects a lead."""
    person = pair(people)
    people.edit(person, S, "job_title", as_us=True)
    people.office.sync()
