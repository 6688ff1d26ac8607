"""Plan: outcomes -> actions. What would be written, where, and why; or why not.

Enters: pairs with their outcomes, records without a partner, the live schemas. Leaves: one ``Decision`` per
link. Never: I/O. The same decisions are the dry run and what apply executes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from connector.domain.own_values import OwnValue, raw_of
from connector.domain.pipeline import STAGE
from connector.mapping.objects import ENTERED
from connector.mapping.rules import FieldRule, Rule
from connector.model import (
    LINK_ID,
    PARTNER_ID,
    Action,
    Change,
    Decision,
    Delta,
    Held,
    Link,
    LinkState,
    Op,
    Pair,
    Raw,
    Record,
    Ref,
    Review,
    Side,
    Value,
    Why,
)
from connector.sync.changes import NO_SUCH_OWNER, own_change
from connector.sync.consent import OWED
from connector.sync.create import Creation
from connector.sync.outcome import Outcome
from connector.sync.refusal import REVIEW_MESSAGES
from connector.sync.sets import set_bases, without_set, without_strays

Row = Callable[[Record], bytes]
"""The hash by which an unchanged record is recognised before anything is converted."""


def row_hash(hash_row: Callable[[Mapping[str, Raw]], bytes], mapping_digest: str) -> Row:
    """Hashes a record's raw values together with what the mapping says, so that an edited mapping makes every
    row new."""

    def row(record: Record) -> bytes:
        # when a stage was entered is evidence that HubSpot adds after our own write; the stage itself counts
        values = {name: raw for name, raw in record.values.items() if not name.startswith(ENTERED)}
        # no column can have these names
        return hash_row({**values, "\0mapping": mapping_digest, "\0type": record.ref.type})

    return row


AGAIN = "@again"
"""``diverged`` mark of a record without a partner that may have had one, which the state does not know."""

UNLINKED = "@unlinked"
"""``diverged`` mark of a record that a person took out of a pair: the pair's link id, which the record may
still carry."""


@dataclass(frozen=True)
class Planner(Creation):
    """What planning needs besides the pair. ``row``: the hash of a whole record."""

    row: Row

    # ------------------------------------------------------------ pairs

    def pair(self, pair: Pair, outcomes: Mapping[str, Outcome], own: Sequence[OwnValue] = ()) -> Decision:
        """Actions for two records that are linked; at most one per side. ``own``: values that the connector
        worked out, written where their field is there and shows something else."""
        changes: dict[Side, list[Change]] = {side: [] for side in Side}
        reviews: list[Review] = []
        held: list[Held] = []
        bases = {side: dict(pair.link.bases.get(side, {})) for side in Side}
        diverged = {name: why for name, why in pair.link.diverged.items() if name != AGAIN}
        for name, outcome in outcomes.items():
            rule = self.objects.field(name)
            if outcome.held or outcome.review:
                self._note(pair, rule, outcome, reviews, held)
                if outcome.diverged:
                    self._doubt(pair.records, rule, outcome, bases, diverged)
                elif outcome.writes:  # the base stays: what is held is decided later
                    self._changes(pair, rule, outcome, changes, held)
                continue
            written = self._changes(pair, rule, outcome, changes, held)
            if outcome.writes and rule.convert.name == "references":
                bases = without_strays(bases, name, self._sets(pair.records, rule), self.digest)
            if outcome.agreed or outcome.diverged or (outcome.writes and written == 0):
                self._move_base(pair.records, rule, bases)
            if outcome.diverged or (rule.rule is Rule.STRICTEST and written):
                diverged[name] = outcome.diverged or OWED
            elif outcome.agreed or (outcome.writes and written == 0):
                diverged.pop(name, None)  # of a field that is to be written the mark goes when that is done
        for side in Side:
            changes[side] = self._whole(changes[side], pair.link.id, pair.records[side].ref, held)
            changes[side] += self._link_changes(pair.link, pair.records[side])
            changes[side] += self._own_changes(own, pair.records[side])
        link = replace(self._looked_at(pair), bases=bases, diverged=diverged, state=LinkState.LINKED)
        actions = tuple(
            Action(
                Op.UPDATE,
                pair.kind,
                link.id,
                pair.records[side].ref,
                pair.records[side.other].ref,
                tuple(changes[side]),
            )
            for side in Side
            if changes[side]
        )
        waits = any(h.code == "unlinked" for h in held) or self._has_strangers(pair)
        pending = "waiting" if waits else "held" if held else ""
        disputed = {r.field for r in reviews} | {h.field for h in held}
        judged = ("", *(name for name in outcomes if name not in disputed))
        return Decision(replace(link, pending=pending), actions, tuple(reviews), tuple(held), judged)

    def left_alone(self, pair: Pair) -> Decision:
        """A pair that left the scope with ``on_exit: stop``: it stays linked, and nothing is written any
        more."""
        return Decision(replace(self._looked_at(pair), pending=""), judged=("",))

    def _has_strangers(self, pair: Pair) -> bool:
        """Whether a set of references names records that have no link yet: it is looked at again when they
        may have got one."""
        return any(
            isinstance(raw := record.values.get(rule.column(side, record.ref.type) or ""), tuple)
            and len(raw) > len(_members(rule.convert.read(raw, side, record.ref.type, self.of(record))))
            for rule in self.objects.fields
            if rule.convert.name == "references"
            for side, record in pair.records.items()
        )

    def _changes(
        self,
        pair: Pair,
        rule: FieldRule,
        outcome: Outcome,
        changes: dict[Side, list[Change]],
        held: list[Held],
    ) -> int:
        """Append the changes of one outcome; how many there are, held ones counted (their base must not
        move)."""
        count = 0
        for side, value in outcome.writes.items():
            target, source = pair.records[side], pair.records[side.other]
            column = rule.column(side, target.ref.type)
            assert column is not None
            before = target.values[column]
            given = source.values.get(rule.column(side.other, source.ref.type) or "")
            if isinstance(value, Delta):
                given = tuple(sorted(outcome.members))
            made = self._make(rule, target.ref, column, before, given, value, outcome.why, target)
            if isinstance(made, Held):
                if made.code != NO_SUCH_OWNER:
                    held.append(replace(made, link=pair.link.id))
                count += 1
            elif made is not None:
                changes[side].append(made)
                count += 1
        return count

    def _note(
        self, pair: Pair, rule: FieldRule, outcome: Outcome, reviews: list[Review], held: list[Held]
    ) -> None:
        subject = pair.records[Side.HUBSPOT].ref
        if outcome.held:
            side = Side(outcome.detail) if outcome.detail else subject.side
            held.append(
                replace(self._held(outcome.held, rule.name, pair.records[side].ref, side), link=pair.link.id)
            )
            return
        message = REVIEW_MESSAGES[outcome.review].format(field=rule.name)
        reviews.append(
            Review(
                outcome.review,
                pair.kind,
                subject,
                message,
                rule.name,
                (pair.records[Side.SALESFORCE].ref,),
                pair.link.id,
            )
        )

    def _move_base(
        self, records: Mapping[Side, Record], rule: FieldRule, bases: dict[Side, dict[str, bytes]]
    ) -> None:
        for side, record in records.items():
            column = rule.column(side, record.ref.type)
            assert column is not None
            raw = record.values[column]
            if rule.convert.name != "references":
                bases[side][rule.name] = self.digest(raw)
                continue
            members = self._sets({side: record}, rule)[side]
            kept = without_set(bases[side], rule.name)
            bases[side] = {**kept, **set_bases(rule.name, members, self.digest)}

    def _sets(self, records: Mapping[Side, Record], rule: FieldRule) -> dict[Side, frozenset[str]]:
        """Per side the link ids of all known members of a set."""
        found: dict[Side, frozenset[str]] = {}
        for side, record in records.items():
            raw = record.values.get(rule.column(side, record.ref.type) or "")
            found[side] = _members(rule.convert.read(raw, side, record.ref.type, self.of(record)))
        return found

    def _doubt(
        self,
        records: Mapping[Side, Record],
        rule: FieldRule,
        outcome: Outcome,
        bases: dict[Side, dict[str, bytes]],
        diverged: dict[str, str],
    ) -> None:
        """From now on an edit counts against what is there now; what could not be read has no base at all."""
        diverged[rule.name] = outcome.diverged
        if outcome.review:
            self._move_base(records, rule, bases)
        else:
            for side in Side:
                bases[side] = without_set(bases[side], rule.name)

    def _looked_at(self, pair: Pair) -> Link:
        """The link with refs, row hashes and stamps of the present records."""
        rows = {side: self.row(record) for side, record in pair.records.items()}
        stamps = {side: record.stamp for side, record in pair.records.items()}
        refs = {side: record.ref for side, record in pair.records.items()}
        return replace(pair.link, refs=refs, rows=rows, stamps=stamps)

    # ------------------------------------------------------------ records without a partner

    def single(
        self,
        link: Link,
        record: Record,
        *,
        create: str | None,
        review: Review | None,
        own: Sequence[OwnValue] = (),
    ) -> Decision:
        """A record known on one side only. ``create``: the type to create on the other side, None for not
        now. ``own``: values that the new record, and then its source, is to show."""
        looked = self._looked_at(Pair(link, link.kind, {record.ref.side: record}))
        looked = replace(looked, state=LinkState.SINGLE, pending="")
        if review is not None:
            return Decision(looked, reviews=(replace(review, link=link.id),), judged=("",))
        if create is None:
            return Decision(looked, judged=("",))
        target = Ref(record.ref.side.other, create, "")
        changes, held, complete = self._create_changes(record, target)
        held = [replace(h, link=link.id, subject=record.ref) for h in held]
        if not complete:
            return Decision(replace(looked, pending="held"), held=tuple(held), judged=("",))
        column = self.objects.link_column[target.side]
        changes.append(own_change(LINK_ID, column, None, link.id))
        partner = self.objects.own_partner(target.side)
        if partner is not None and partner in self.schemas[target.side][create].fields:
            changes.append(own_change(PARTNER_ID, partner, None, link.id))
        changes += [
            own_change(one.name, column, None, raw_of(one.value, target.side))
            for one, column in self._own_columns(own, target)
            if one.value is not None
        ]
        back = [*self._link_changes(link, record), *self._own_changes(own, record)]
        again = AGAIN in link.diverged
        actions = [Action(Op.CREATE, link.kind, link.id, target, record.ref, tuple(changes), again)]
        if back:
            actions.append(Action(Op.UPDATE, link.kind, link.id, record.ref, None, tuple(back)))
        pending = "held" if held else ""
        return Decision(replace(looked, pending=pending), tuple(actions), held=tuple(held), judged=("",))

    def apart(self, link: Link, record: Record) -> Decision:
        """A record that is kept apart. One that was taken out of a pair says so itself: it carries a link id
        of its own and no partner, so that not even a state that is made anew links the two again."""
        changes: list[Change] = []
        if UNLINKED in link.diverged:
            side = record.ref.side
            column, own = self.objects.link_column[side], self.objects.own_partner(side)
            if column in record.values and record.values[column] != link.id:
                changes.append(own_change(LINK_ID, column, record.values[column], link.id))
            if own is not None and record.values.get(own) is not None:
                changes.append(own_change(PARTNER_ID, own, record.values[own], None))
        action = Action(Op.UPDATE, link.kind, link.id, record.ref, None, tuple(changes))
        return Decision(replace(link, pending=""), (action,) if changes else ())

    def moved(self, link: Link, record: Record, stage: str) -> Decision:
        """A record without a partner enters a stage by its criterion; what follows from that is decided when
        it is there."""
        looked = replace(
            self._looked_at(Pair(link, link.kind, {record.ref.side: record})), pending="look again"
        )
        rule = self.objects.field(STAGE)
        column = rule.column(record.ref.side, record.ref.type)
        assert column is not None
        made = self._make(rule, record.ref, column, record.values.get(column), None, stage, Why.CRITERION)
        if isinstance(made, Held):
            return Decision(
                replace(looked, pending="held"), held=(replace(made, link=link.id),), judged=("",)
            )
        action = Action(Op.UPDATE, link.kind, link.id, record.ref, None, (made,) if made else ())
        return Decision(looked, (action,) if made else (), judged=("",))

    def unjudged(self, link: Link, record: Record) -> Decision:
        """A field that decides about the scope was not read: the record is held."""
        looked = self._looked_at(Pair(link, link.kind, {record.ref.side: record}))
        held = Held("not_read", link.id, record.ref, "a field that decides about its scope could not be read")
        return Decision(replace(looked, pending="held"), held=(held,), judged=("",))


def _members(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
