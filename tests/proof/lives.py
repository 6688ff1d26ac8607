"""What the state machines share: two linked people to begin with, edits, runs that fail in every way, the
end.

Enters: steps that hypothesis chooses. Leaves: nothing, or the invariant that does not hold at rest. Which
machines there are stands in ``machines.py``.
"""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from invariants import settled
from office import Office, office
from people import EDITABLE, People
from witness import Person

from connector.model import Side

H, S = Side.HUBSPOT, Side.SALESFORCE
WHO = st.integers(0, 3)
SIDES = st.sampled_from(Side)
NAMES = st.sampled_from(EDITABLE)
STEP = st.integers(1, 45)
PAUSES = st.sampled_from([1.0, 30.0, 150.0, 400.0, 1500.0])

WRITE_ROUTES = {
    H: ("/crm/*/objects/contacts/batch/update", "/crm/objects/*/contacts/batch/update"),
    S: ("/services/data/*/composite/sobjects",),
}
LOST = ("apply_then_drop", "apply_then_reset", {"cut_after": 20})
FAILS = (
    "drop",
    "reset",
    {"status": 500, "body": ""},
    {"vendor": "html_503"},
    {"vendor": "bad_gateway_html"},
    {"cut_after": 9},
)
REFUSAL = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION"}
BUSY = {H: {"vendor": "rate_limit_burst"}, S: {"vendor": "SERVER_UNAVAILABLE"}}


class Life(RuleBasedStateMachine):
    """What all machines share: two linked people to begin with, and the end."""

    overlap_s: ClassVar[float] = 900
    index_lag_s: ClassVar[float] = 0
    late_s: ClassVar[float] = 300

    def __init__(self) -> None:
        super().__init__()
        self._open = office(self.overlap_s, self.index_lag_s)
        self.office: Office = self._open.__enter__()
        self.people = People(self.office)

    @initialize(shortens=st.booleans())
    def begin(self, shortens: bool) -> None:
        self.office.shortens = shortens
        self.people.arrive(H, fields=2)
        self.people.arrive(H, S, fields=4)
        self.office.try_sync()
        self.people.meet()

    def teardown(self) -> None:
        try:
            settled(self.people)
        finally:
            self._open.__exit__(None, None, None)

    def who(self, n: int) -> Person:
        everybody = self.people.everybody
        return everybody[n % len(everybody)]

    def sync(self) -> None:
        self.office.try_sync()
        self.people.meet()

    def faulty(self, answer: object, *, side: Side, writes: bool = False, **more: Any) -> None:
        routes = WRITE_ROUTES[side] if writes else (None,)
        for route in routes:
            where = {"side": str(side)} | ({"route": route} if route else {})
            self.office.fault(answer, **where, **more)
        self.sync()
        self.office.calm()


class Edits(Life):
    """People enter, edit, clear and copy values; syncs come between, and time passes."""

    @rule(sides=st.sampled_from([(H,), (H,), (S,), (H, S)]), fields=st.integers(0, 6), scope=st.booleans())
    def somebody_new(self, sides: tuple[Side, ...], fields: int, scope: bool) -> None:
        if len(self.people.everybody) < 4:
            self.people.arrive(*sides, fields=fields, in_scope=scope or len(sides) > 1)

    @rule(who=WHO, side=SIDES, name=NAMES, late=st.booleans(), as_us=st.sampled_from([False, False, True]))
    def edit(self, who: int, side: Side, name: str, late: bool, as_us: bool) -> None:
        self.people.edit(self.who(who), side, name, late_s=self.late_s if late else 0, as_us=as_us)

    @rule(who=WHO, name=NAMES, first=SIDES)
    def edit_both(self, who: int, name: str, first: Side) -> None:
        self.people.edit(self.who(who), first, name)
        self.people.edit(self.who(who), first.other, name)

    @rule(who=WHO, side=SIDES, name=NAMES)
    def clear(self, who: int, side: Side, name: str) -> None:
        self.people.edit(self.who(who), side, name, None)

    @rule(who=WHO, side=SIDES, name=NAMES)
    def copy(self, who: int, side: Side, name: str) -> None:
        self.people.copy(self.who(who), side, name)

    @rule(seconds=PAUSES)
    def sleep(self, seconds: float) -> None:
        self.office.pass_time(seconds)

    @rule()
    def sync_calmly(self) -> None:
        self.sync()


class Trouble(Edits):
    """Runs that fail in every way, die at any step, overlap each other, or meet people at work."""

    @rule(side=SIDES, answer=st.sampled_from(LOST), nth=st.integers(1, 2), who=WHO, name=NAMES)
    def lost_answer(self, side: Side, answer: object, nth: int, who: int, name: str) -> None:
        self.people.edit(self.who(who), side.other, name)
        self.faulty(answer, side=side, nth=nth, writes=True)

    @rule(side=SIDES, answer=st.sampled_from(FAILS), nth=st.integers(1, 8), times=st.sampled_from([1, 9]))
    def failing(self, side: Side, answer: object, nth: int, times: int) -> None:
        self.faulty(answer, side=side, nth=nth, times=times)

    @rule(side=SIDES, times=st.sampled_from([1, 9]), nth=st.integers(1, 8))
    def busy(self, side: Side, times: int, nth: int) -> None:
        self.faulty(BUSY[side], side=side, nth=nth, times=times)

    @rule(side=SIDES, row=st.integers(0, 1), error=st.sampled_from([None, REFUSAL]))
    def some_rows_fail(self, side: Side, row: int, error: object) -> None:
        self.faulty({"fail_rows": [row], "error": error}, side=side, writes=True)

    @rule(nth=st.integers(1, 9), side=SIDES)
    def token_ends(self, nth: int, side: Side) -> None:
        self.faulty("expire_token", side=side, nth=nth)

    @rule()
    def answers_in_another_order(self) -> None:
        for n in range(2):
            self.people.edit(self.who(n), S, "job_title")
        self.faulty("reorder", side=H, times=None)

    @rule(step=STEP)
    def killed(self, step: int) -> None:
        self.office.die_at(step)
        self.people.meet()

    @rule(pause=st.integers(1, 3), side=SIDES)
    def overtaken(self, pause: int, side: Side) -> None:
        if len(self.people.everybody) < 5:
            self.people.arrive(side, fields=1)
        self.office.overtaken_at(pause)
        self.people.meet()

    @rule(step=STEP, who=WHO, side=SIDES, name=NAMES)
    def edited_meanwhile(self, step: int, who: int, side: Side, name: str) -> None:
        self.office.meanwhile(step, lambda: self.people.edit(self.who(who), side, name))
        self.people.meet()

    @rule(who=WHO)
    def poison(self, who: int) -> None:
        """An admin's rule refuses somebody until they come to rest."""
        self.office.poison |= {v for v in self._addresses(self.who(who))}

    def _addresses(self, person: Person) -> set[str]:
        values = (person.said["email"].newest.get(side) for side in Side)
        return {spelled for v in values if v for spelled in (v, v.capitalize())}
