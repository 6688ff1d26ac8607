"""The mapping files as the program uses them: checked, typed, and still knowing where each line stands.

Enters: nothing (plain data, built by ``mapping.load``). Leaves: what ``sync`` and ``install`` follow. Never:
I/O.
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from enum import StrEnum

from connector.mapping.convert import Converter
from connector.mapping.criteria import Criterion
from connector.model import DealState, Kind, Raw, Record, Side, Value, Via
from connector.schema import FieldType, Option


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a mapping file; line and column count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Rule(StrEnum):
    """How a field moves between the sides; the decision table stands in docs/mapping.md."""

    TWO_WAY = "two_way"
    PREFER_HUBSPOT = "prefer_hubspot"
    PREFER_SALESFORCE = "prefer_salesforce"
    HUBSPOT_OWNS = "hubspot_owns"
    SALESFORCE_OWNS = "salesforce_owns"
    FILL_HUBSPOT = "fill_hubspot"
    FILL_SALESFORCE = "fill_salesforce"
    STRICTEST = "strictest"

    @property
    def side(self) -> Side | None:
        """The side the rule names: who is preferred, who owns, or which side is filled."""
        for side in Side:
            if self.value.endswith(side.value) or self.value.startswith(side.value):
                return side
        return None

    def writes(self, side: Side) -> bool:
        """Whether the rule ever writes that side: an owner is never written, a fill rule writes the named
        side only."""
        if self in (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS):
            return side is not self.side
        if self in (Rule.FILL_HUBSPOT, Rule.FILL_SALESFORCE):
            return side is self.side
        return True

    @property
    def swapped(self) -> "Rule":
        """The same rule with the sides exchanged."""
        side = self.side
        return self if side is None else Rule(self.value.replace(side.value, side.other.value))


class Clash(StrEnum):
    """Who wins when both sides changed a two_way field to different values. ``furthest``: stages only."""

    NEWEST = "newest"
    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"
    REVIEW = "review"
    FURTHEST = "furthest"


class First(StrEnum):
    """Who wins when two filled values differ at first contact."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"
    REVIEW = "review"
    FURTHEST = "furthest"


class Blank(StrEnum):
    """What clearing a value does to the other side."""

    KEEP = "keep"
    CLEAR = "clear"
    REVIEW = "review"


class Unmapped(StrEnum):
    """What a value without a counterpart does."""

    HOLD = "hold"
    PASS = "pass"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One shared field. ``columns``: per side, the CRM's field name per object type; a type that lacks the
    field is absent (``{Side.SALESFORCE: {"Lead": "Country", "Contact": "MailingCountry"}}``).

    ``fallback``: shared field names tried in order when a record is created and the value is blank
    (Lead.Company). ``default``: per side, the raw value that stands for whatever has no counterpart (the
    converter applies it). ``write``: the only side that may be written, where the rule alone would allow
    both. ``ours``: a field the connector adds (prefix smk)."""

    name: str
    kind: Kind
    columns: Map[Side, Map[str, str]]
    rule: Rule
    convert: Converter
    where: Where
    clash: Clash = Clash.REVIEW
    first: First = First.REVIEW
    blank: Blank = Blank.KEEP
    unmapped: Unmapped = Unmapped.HOLD
    default: Map[Side, Raw] = field(default_factory=dict)
    fallback: tuple[str, ...] = ()
    ours: bool = False
    write: Side | None = None

    def writes(self, side: Side) -> bool:
        """Whether this field may ever be written on that side: the rule allows it, ``write`` does not forbid
        it, and both sides have a column (a field with one column only is read)."""
        if self.write not in (None, side) or len(self.columns) < 2:
            return False
        return self.rule.writes(side)

    def column(self, side: Side, type: str) -> str | None:
        """The CRM's name of this field on that object type, None where the type lacks it."""
        return self.columns.get(side, {}).get(type)


CURRENCY_COLUMNS = frozenset({"deal_currency_code", "CurrencyIsoCode"})
"""Where HubSpot's deals, and the records of a Salesforce with several currencies, say in which one they
are."""


class OnExit(StrEnum):
    KEEP = "keep"
    STOP = "stop"


class OnDelete(StrEnum):
    """What becomes of a record whose partner was deleted. It is unlinked in any case, and neither deleted nor
    given a new partner; ``unlink`` asks a person about it, ``unlink_quietly`` does not."""

    UNLINK = "unlink"
    UNLINK_QUIETLY = "unlink_quietly"


@dataclass(frozen=True, slots=True)
class MatchKey:
    """Records whose values of the shared field are equal are the same. ``fields``: shared names, all must be
    equal and filled."""

    fields: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class ObjectMap:
    """One kind of record. ``types``: per side the object types, the primary one first (Salesforce contact:
    Contact, Lead).

    ``include``: per side, the criterion that brings a record into scope (its own side's values). ``create``:
    per side the object type to create there, None for never. ``link_column``: per side the CRM's name of our
    unique link id field. ``partner_columns``: per side, the CRM's fields that hold the other CRM's id for a
    record: our own first, then those left by HubSpot's own Salesforce integration (``{Side.HUBSPOT:
    ("smk_salesforce_id", "salesforceleadid", "salesforcecontactid"), Side.SALESFORCE:
    ("SMK_HubSpot_Id__c",)}``); may be empty. ``on_delete``: per side, what a deletion there does.
    ``derived``: values that the connector works out -> per side our field that shows it. ``entered``: per
    side, a stage's raw value -> the CRM's own column with the time when a record last entered it; evidence,
    never mapped, compared or written.
    ``addresses``: per side, the CRM's field that holds a person's further email addresses, split at ";".
    ``person_marks``: per side, the CRM's field that marks a person account.
    ``evidence``: per side, what else is read to decide by, and never written.
    """

    kind: Kind
    types: Map[Side, tuple[str, ...]]
    match: tuple[MatchKey, ...]
    include: Map[Side, Criterion]
    on_exit: OnExit
    create: Map[Side, str | None]
    fields: tuple[FieldRule, ...]
    link_column: Map[Side, str]
    partner_columns: Map[Side, tuple[str, ...]]
    where: Where
    evidence: Map[Side, tuple[str, ...]] = field(default_factory=dict)
    on_delete: Map[Side, OnDelete] = field(default_factory=lambda: dict.fromkeys(Side, OnDelete.UNLINK))
    derived: Map[str, Map[Side, str]] = field(default_factory=dict)
    entered: Map[Side, Map[str, str]] = field(default_factory=dict)
    addresses: Map[Side, str] = field(default_factory=dict)
    person_marks: Map[Side, str] = field(default_factory=dict)

    def columns(self, side: Side, type: str) -> tuple[str, ...]:
        """All raw field names to read for this type: mapped fields, link id, partner ids, what the connector
        works out, and with amounts the columns in which a CRM may keep their currency; sorted, no duplicates.

        Salesforce Lead adds IsConverted and ConvertedContactId."""
        names = {c for f in self.fields if (c := f.column(side, type))}
        names |= {self.link_column[side], *self.partner_columns[side]}
        names |= {marks[side] for marks in (self.addresses, self.person_marks) if side in marks}
        names |= {columns[side] for columns in self.derived.values()}
        names |= set(self.evidence.get(side, ()))
        if self.amounts:
            names |= CURRENCY_COLUMNS
        return tuple(sorted(names))

    def is_person_account(self, record: Record) -> bool:
        """Whether a record is one half of a person account, whose names and company are the other half's."""
        return record.values.get(self.person_marks.get(record.ref.side, "")) is True

    def own_partner(self, side: Side) -> str | None:
        """Our own field with the other CRM's id, the only partner column that may be written; None for
        companies and deals, whose partner columns belong to HubSpot's own integration."""
        prefix = self.link_column[side].partition("_")[0] + "_"
        return next((column for column in self.partner_columns[side] if column.startswith(prefix)), None)

    @property
    def amounts(self) -> tuple[FieldRule, ...]:
        """The fields that hold money."""
        return tuple(rule for rule in self.fields if rule.convert.name == "money")

    @property
    def currency(self) -> FieldRule | None:
        """The shared field that says in which currency the amounts are; None where nothing carries it."""
        return next((rule for rule in self.fields if _is_currency(rule)), None)

    def field(self, name: str) -> FieldRule:
        """The field of that shared name. Raises KeyError."""
        for rule in self.fields:
            if rule.name == name:
                return rule
        raise KeyError(name)


def _is_currency(rule: FieldRule) -> bool:
    columns = [column for by_type in rule.columns.values() for column in by_type.values()]
    return len(rule.columns) > 1 and CURRENCY_COLUMNS.issuperset(columns)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the shared pipeline, in order. ``reads``: per side and column, the raw values that mean
    this stage; the first is the one written. ``index``: place from 0. ``only``: who has this stage; None for
    everybody."""

    key: str
    index: int
    label: Map[str, str]
    owner: str
    reads: Map[Side, Map[str, tuple[str, ...]]]
    enter_when: Criterion | None
    where: Where
    only: Criterion | None = None


@dataclass(frozen=True, slots=True)
class BackwardMove:
    start: str
    to: tuple[str, ...]
    needs_reason: bool
    grace_s: int


@dataclass(frozen=True, slots=True)
class Rearm:
    """When criteria may bring on again who was moved back: so many seconds later, and when this holds."""

    after_s: int
    when: Criterion | None


@dataclass(frozen=True, slots=True)
class DealStage:
    """One step of a deal. ``hubspot`` is (pipeline, dealstage); ``salesforce`` lists StageName values, the
    first is written; ``state``: what it means for the deal's people; ``record_types``: developer
    names of those whose opportunities it is for, empty for all."""

    key: str
    index: int
    hubspot: tuple[str, str]
    salesforce: tuple[str, ...]
    where: Where
    state: DealState = DealState.OPEN
    record_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageFromDeals:
    """How a person's stage follows their deals. ``open``, ``won``: the stage that such a deal asks for, None
    for nothing; ``recycle_to``: where a lost one takes back whom an open one had brought to ``open``, None
    for nowhere. ``through``: what counts as a part in a deal; ``roles``: the only contact roles that count,
    empty for all."""

    open: str | None
    won: str | None
    recycle_to: str | None
    through: frozenset[Via]
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The shared pipeline: stages in order, the hand-over stage, allowed moves, the deal stages.

    ``clash``: who wins when both teams moved a person: ``furthest``, ``newest`` or ``review``. ``rearm``:
    None: criteria never bring on again who was moved back. ``reason``: shared fields that state why somebody
    was moved back."""

    handover: str
    stages: tuple[Stage, ...]
    forward: str
    backward: tuple[BackwardMove, ...]
    deals: tuple[DealStage, ...]
    ignored: Map[Side, tuple[str, ...]]  # raw lifecycle values that are held, never mapped (HubSpot "other")
    where: Where
    clash: Clash = Clash.FURTHEST
    rearm: Rearm | None = None
    reason: tuple[str, ...] = ()
    from_deals: StageFromDeals | None = None

    def deal_state(self, step: Value) -> DealState | None:
        """What a step means for the deal's people; None for one that is not known."""
        return next((one.state for one in self.deals if one.key == step), None)

    def index(self, key: str) -> int:
        """Place of a stage, from 0. Raises KeyError."""
        for stage in self.stages:
            if stage.key == key:
                return stage.index
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field the connector adds to an object of a CRM (``install``). ``scale``: decimal places of a
    number."""

    side: Side
    type: str
    column: str
    label: str
    help: str
    field_type: FieldType
    unique: bool = False
    length: int = 255
    options: tuple[Option, ...] = ()
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """All mapping files together. ``digest``: hex BLAKE2b of what they say (comments and spacing don't
    count); ``prefix``: of our fields; ``language``: of what people read in the CRMs (en, nl, da);
    ``same_owners``: an owner's address in Salesforce -> the one in HubSpot, where they differ."""

    pipeline: Pipeline
    objects: Map[Kind, ObjectMap]
    own_fields: tuple[OwnField, ...]
    prefix: str
    digest: str
    language: str = "en"
    same_owners: Map[str, str] = field(default_factory=dict)
