"""State machines: everything that may happen to both CRMs and the connector, in any order.

Each machine drives the real adapters against the simulated CRMs, and in the end comes to rest and checks all
invariants. They differ in how far a pull reaches back and in which steps they take: adding rules dilutes the
others, and a wide overlap hides what a narrow one shows.
"""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from lives import FAILS, LOST, NAMES, PAUSES, REFUSAL, SIDES, STEP, WHO, Edits, H, Life, S, Trouble

from connector.errors import SmarketingError
from connector.model import LinkState, Ref, Side
from connector.sync.guards import Limits


class Moves(Edits):
    """Records go, come back, become one, become another object, come in by the dozen; fields disappear; an
    old backup is put back."""

    @rule(who=WHO, side=SIDES)
    def delete(self, who: int, side: Side) -> None:
        self.people.delete(self.who(who), side)

    @rule(who=WHO)
    def undelete(self, who: int) -> None:
        self.people.undelete(self.who(who))

    @rule(who=WHO, side=SIDES, pause=PAUSES)
    def deleted_and_taken_back(self, who: int, side: Side, pause: float) -> None:
        """Between two looks, or with looks between."""
        self.people.delete(self.who(who), side)
        self.sync()
        self.office.pass_time(pause)
        self.sync()
        self.people.undelete(self.who(who))

    @rule(winner=WHO, loser=WHO, side=SIDES)
    def merge(self, winner: int, loser: int, side: Side) -> None:
        self.people.merge(self.who(winner), self.who(loser), side)

    @rule(who=WHO)
    def convert(self, who: int) -> None:
        self.people.convert(self.who(who))

    @rule(who=WHO, step=STEP)
    def converted_meanwhile(self, who: int, step: int) -> None:
        self.people.edit(self.who(who), H, "job_title")
        self.office.meanwhile(step, lambda: self.people.convert(self.who(who)))
        self.people.meet()

    @rule(sides=st.sampled_from([(H,), (S,)]), n=st.integers(2, 5))
    def import_some(self, sides: tuple[Side, ...], n: int) -> None:
        """All with the same second as their stamp."""
        if len(self.people.everybody) < 4:
            for _ in range(n):
                self.people.arrive(*sides, fields=2)

    @rule(n=st.integers(2, 4))
    def import_too_many(self, n: int) -> None:
        """More than a guard lets through in a day: nobody of them is created until somebody says so."""
        if len(self.people.everybody) > 3:
            return
        most = len(self.office.created) + 1  # what was created today counts
        self.office.limits = Limits(creates=most)
        for _ in range(n):
            self.people.arrive(H, fields=1)
        self.sync()
        assert len(self.office.created) <= most, "10: a volume guard lets a class of actions through"
        self.office.limits = Limits()

    @rule(who=WHO, side=SIDES)
    def row_is_hidden(self, who: int, side: Side) -> None:
        """A sharing rule hides a lead from us for a while: that is no deletion."""
        person = self.who(who)
        if S not in person.refs or person.vague or person.gone:
            return
        ref = Ref(S, *person.refs[S])
        before = self.office.store.links_by_ref([ref]).get(ref)
        self.office.world.salesforce.share(hidden=[ref.id])
        self.people.edit(person, side, "job_title")
        self.sync()
        after = self.office.store.links_by_ref([ref]).get(ref)
        self.office.world.salesforce.share(hidden=[])
        if before is not None and after is not None and before.state is LinkState.LINKED:
            assert after.state is LinkState.LINKED, "10 deletion safety: absence counts as a deletion"

    @rule(who=WHO)
    def twin(self, who: int) -> None:
        if len(self.people.everybody) < 6:
            self.people.twin(self.who(who))

    @rule(place=st.sampled_from([("Lead", "Title"), ("Lead", "City"), ("contacts", "jobtitle")]), who=WHO)
    def field_vanishes(self, place: tuple[str, str], who: int) -> None:
        """Somebody takes a permission away, and gives it back a while later: nothing is blanked."""
        type, name = place
        self.people.edit(self.who(who), H, "city")
        self.office.fault({"hide_field": {"type": type, "field": name}})
        for seconds in (1.0, 4000.0):
            self.sync()
            self.office.pass_time(seconds)
        self.sync()
        self.office.calm()
        self.office.pass_time(4000.0)

    @rule(who=WHO, side=SIDES)
    def old_backup(self, who: int, side: Side) -> None:
        """The state of yesterday is put back: no run begins. Then the latest one again."""
        self.office.back_up()
        self.people.edit(self.who(who), side, "job_title")
        self.sync()
        self.office.swap_state()
        writes = self.office.api_writes.total()
        try:
            self.office.sync()
        except SmarketingError:
            pass
        else:
            raise AssertionError("10: a run began with a state from a backup")
        assert self.office.api_writes.total() == writes, "10: a danger guard lets nothing through"
        self.office.swap_state()


class Sequences(Edits):
    """Sequences that no random walk finds: each was how a real defect was lost once."""

    @rule(step=st.integers(8, 40), side=SIDES, name=NAMES, who=WHO)
    def crash_then_edit(self, step: int, side: Side, name: str, who: int) -> None:
        """Our own write, whose end we did not live to see, is no user's edit: the newer one must win."""
        person = self.who(who)
        self.people.edit(person, side, name)
        self.office.die_at(step)
        self.people.meet()
        self.people.edit(person, side, name)
        self.sync()

    @rule(side=SIDES, name=NAMES, who=WHO, answer=st.sampled_from(LOST))
    def lost_then_edit(self, side: Side, name: str, who: int, answer: object) -> None:
        person = self.who(who)
        self.people.edit(person, side, name)
        self.faulty(answer, side=side.other, writes=True)
        self.people.edit(person, side, name)
        self.sync()

    @rule(who=WHO, name=NAMES, late=st.sampled_from([60.0, 100.0]), gap=st.sampled_from([5.0, 70.0]))
    def straddled(self, who: int, name: str, late: float, gap: float) -> None:
        """A long transaction commits after a run with stamps from before it, beside a newer edit."""
        self.people.edit(self.who(who), S, name, late_s=late)
        self.office.pass_time(gap)
        self.people.edit(self.who(who + 1), S, name)
        self.sync()
        self.office.pass_time(late)
        self.sync()

    @rule(who=WHO, side=SIDES, name=NAMES, nth=st.integers(1, 6), answer=st.sampled_from(FAILS))
    def failed_then_long_after(self, who: int, side: Side, name: str, nth: int, answer: object) -> None:
        """The first run since an edit fails, and does not move its cursor: the edit is met though the next
        run is hours away."""
        self.people.edit(self.who(who), side, name)
        self.office.pass_time(2 * self.overlap_s)
        self.faulty(answer, side=side.other, nth=nth, times=9)
        self.office.pass_time(4 * self.overlap_s)
        self.sync()

    @rule(answer=st.sampled_from(("apply_then_drop", {"hang_s": 0, "apply": True})), step=st.integers(0, 1))
    def lost_create(self, answer: object, step: int) -> None:
        """Created, and never heard of it; the next run comes while the index is still late."""
        if len(self.people.everybody) < 6:
            self.people.arrive(H, fields=step * 3)
            self.faulty(answer, side=S, writes=True)
            self.sync()

    @rule(who=WHO, side=SIDES, name=NAMES)
    def edited_right_before_the_write(self, who: int, side: Side, name: str) -> None:
        """Between the look and the write somebody changes the target: it is not overwritten."""
        person = self.who(who)
        self.people.edit(person, side.other, name)
        self.office.before_write(side, lambda: self.people.edit(person, side, name))
        self.people.meet()

    @rule(who=WHO, side=SIDES, name=NAMES)
    def edited_right_after_the_write(self, who: int, side: Side, name: str) -> None:
        """Between the write and the reading back somebody changes the target: that is no echo of ours."""
        person = self.who(who)
        self.people.edit(person, side.other, name)
        self.office.after_write(side, lambda: self.people.edit(person, side, name))
        self.people.meet()

    @rule(who=WHO, name=st.sampled_from(["job_title", "city", "phone"]))
    def title_goes_round(self, who: int, name: str) -> None:
        """Marketing enters a long title, the flow shortens it, and several runs look at it."""
        self.people.edit(self.who(who), H, name)
        for _ in range(2):
            self.sync()
            self.office.pass_time(30)

    @rule(who=WHO, row=st.integers(0, 1))
    def one_of_many_fails(self, who: int, row: int) -> None:
        """Several edits go out together, one row is refused, and it is long until the next run."""
        for n in range(3):
            self.people.edit(self.who(who + n), H, "job_title")
        self.faulty({"fail_rows": [row], "error": REFUSAL}, side=S, writes=True)
        self.office.pass_time(4 * self.overlap_s)
        self.sync()


class NarrowRows(Life):
    """Batches of several rows, of which some fail or are answered in another order; nothing else touches
    their records. A narrow overlap: what is not tried again is forgotten."""

    overlap_s = 120

    @rule(fields=st.integers(0, 4))
    def somebody_new(self, fields: int) -> None:
        if len(self.people.everybody) < 6:
            self.people.arrive(H, fields=fields)

    @rule(
        side=SIDES, name=NAMES, rows=st.sets(st.integers(0, 3), min_size=1, max_size=2), refused=st.booleans()
    )
    def some_of_many_fail(self, side: Side, name: str, rows: set[int], refused: bool) -> None:
        """One field of everybody is edited, and some rows do not get through."""
        for person in self.people.everybody:
            self.people.edit(person, side, name)
        error = REFUSAL if refused and side is H else None
        self.faulty({"fail_rows": sorted(rows), "error": error}, side=side.other, writes=True)

    @rule(name=NAMES)
    def answers_in_another_order(self, name: str) -> None:
        for person in self.people.everybody:
            self.people.edit(person, S, name)
        self.faulty("reorder", side=H, times=None)

    @rule(seconds=PAUSES)
    def sleep(self, seconds: float) -> None:
        self.office.pass_time(seconds)

    @rule()
    def sync_calmly(self) -> None:
        self.sync()


class WideRaces(Life):
    """People who are at a record in the very moment in which it is written, in a field of their own."""

    @rule(fields=st.integers(0, 6))
    def somebody_new(self, fields: int) -> None:
        if len(self.people.everybody) < 4:
            self.people.arrive(H, fields=fields)

    @rule(who=WHO, side=SIDES, name=st.sampled_from(["job_title", "last_name"]), other=NAMES)
    def saved_right_after_the_write(self, who: int, side: Side, name: str, other: str) -> None:
        """What a flow made of our write stays known as ours, though somebody saves the record after us."""
        person = self.who(who)
        self.people.edit(person, side.other, name)
        self.office.after_write(side, lambda: self.people.edit(person, side, other))
        self.people.meet()

    @rule(who=WHO, side=SIDES, name=st.sampled_from(["job_title", "last_name"]), other=NAMES)
    def saved_right_before_the_write(self, who: int, side: Side, name: str, other: str) -> None:
        person = self.who(who)
        self.people.edit(person, side.other, name)
        self.office.before_write(side, lambda: self.people.edit(person, side, other))
        self.people.meet()

    @rule(seconds=PAUSES)
    def sleep(self, seconds: float) -> None:
        self.office.pass_time(seconds)

    @rule()
    def sync_calmly(self) -> None:
        self.sync()


class WideLife(Trouble):
    """A wide overlap, uniform steps."""


class NarrowLife(Trouble):
    """A narrow overlap, an index that lags, uniform steps: what the cursors forget is gone."""

    overlap_s = 120
    index_lag_s = 60
    late_s = 100


class WideSequences(Sequences):
    """A wide overlap, with sequences."""


class NarrowSequences(Sequences):
    """A narrow overlap and an index that lags, with sequences."""

    overlap_s = 120
    index_lag_s = 60
    late_s = 100


class WideMoves(Moves):
    """A wide overlap; records come, go and become others."""


class NarrowMoves(Moves):
    """The same with a narrow overlap and an index that lags."""

    overlap_s = 120
    index_lag_s = 60
    late_s = 100


MACHINES: dict[str, type[Life]] = {
    one.__name__: one
    for one in (
        WideLife,
        NarrowLife,
        WideSequences,
        NarrowSequences,
        WideMoves,
        NarrowMoves,
        NarrowRows,
        WideRaces,
    )
}
