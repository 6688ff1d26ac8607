"""The shared nouns, grouped by which stages exchange them.

Only frozen data: no I/O, no decisions. A side is a value (``Side.HUBSPOT.other``), never a suffix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

# ---------------------------------------------------------------- everybody


class Side(StrEnum):
    """One of the two CRMs. What is true of one side is true of the other."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"

    @property
    def other(self) -> "Side":
        return Side.SALESFORCE if self is Side.HUBSPOT else Side.HUBSPOT


class Kind(StrEnum):
    """What a record means to people, whatever a CRM calls its object. In the order parents first."""

    COMPANY = "company"
    CONTACT = "contact"
    DEAL = "deal"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Points at one record of one CRM.

    ``type`` is the CRM's object: ``contacts``, ``companies``, ``deals``; ``Lead``, ``Contact``, ``Account``,
    ``Opportunity``. ``id`` is the CRM's id as text (Salesforce: always 18 characters).
    """

    side: Side
    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.side}:{self.type}:{self.id}"


Raw: TypeAlias = str | int | float | bool | None | tuple[str, ...]
"""A value as a CRM gives it. Blank is ``None`` (adapters turn ``""`` into it). A tuple holds the record ids
of a to-many reference, sorted. HubSpot gives text only; Salesforce JSON scalars."""

Value: TypeAlias = str | Decimal | bool | date | datetime | frozenset[str] | None
"""A value as the mapping understands it, the same on both sides. Datetimes are aware, in UTC."""

COMPANY_REF = "@company"
"""Pseudo-field of a record: the id of its (primary) company. HubSpot: the primary association; Salesforce:
AccountId."""

CONTACTS_REF = "@contacts"
"""Pseudo-field of a deal: the ids of its contacts. HubSpot: associations; Salesforce: contact roles."""

ROLES_REF = "@roles"
"""Pseudo-field of an Opportunity, only read: a text per contact role, of the contact's id, ``1`` for the
primary one or ``0``, and the role's name, parted by bars."""

OPT_OUT = "hs_email_optout"
"""HubSpot's own property of people who want no email at all. Its adapter sets it through communication
preferences, which can only opt out, and for good; no person's word is undone by it."""


# ---------------------------------------------------------------- crm -> pull


class How(StrEnum):
    """Positive evidence that a record is no longer what it was. Absence is never evidence."""

    ARCHIVED = "archived"
    MERGED = "merged"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True)
class Gone:
    """A record is gone: archived (``into`` is None), merged or converted into another record."""

    how: How
    into: Ref | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read. A field that was asked for and is missing from ``values`` was *not read*
    (no permission, removed): that is not a blank.

    ``absorbed``: ids of records that were merged into this one, where the CRM lists them. ``stamp`` is the
    CRM's own time of the last change (HubSpot ``updatedAt``, Salesforce ``SystemModstamp``), aware.
    """

    ref: Ref
    values: Mapping[str, Raw]
    stamp: datetime
    gone: Gone | None = None
    absorbed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some records. ``exact`` is False where the values may be older than the record (a search index): then
    only ids and stamps may be used. ``total``: how many records match in all, on a first page that holds the
    newest; a reader that knows them all already may stop there."""

    records: tuple[Record, ...]
    exact: bool = True
    total: int | None = None


# ---------------------------------------------------------------- state -> match


class LinkState(StrEnum):
    """linked: two live records. single: known on one side only (not in scope, or waiting). tombstone: was
    linked, one record is gone; never re-created."""

    LINKED = "linked"
    SINGLE = "single"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True)
class Link:
    """What the connector knows of one person, company or deal. Holds no values of anyone's record.

    ``id`` is our link id (32 hex digits), written to both records. ``refs``: the record on each side, one or
    two. ``bases``: per side and mapped field, the keyed hash of the raw value seen when the two agreed.
    ``rows``: per side the keyed hash of all mapped raw values at the last look (with the mapping's digest).
    ``stamps``: per side the record's stamp at the last look. ``diverged``: fields that are meant to differ,
    with the reason. ``pending``: why the link must be looked at again though nothing changed (blank: not).
    ``armed``: marks of entry criteria that were false at the last look (``domain.criteria``).
    """

    id: str
    kind: Kind
    refs: Mapping[Side, Ref]
    state: LinkState = LinkState.SINGLE
    bases: Mapping[Side, Mapping[str, bytes]] = field(default_factory=dict)
    rows: Mapping[Side, bytes] = field(default_factory=dict)
    stamps: Mapping[Side, datetime] = field(default_factory=dict)
    diverged: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[Ref, ...] = ()
    armed: frozenset[str] = frozenset()
    pending: str = ""
    retry_at: datetime | None = None
    fails: int = 0

    def ref(self, side: Side) -> Ref | None:
        return self.refs.get(side)


# ---------------------------------------------------------------- match -> reconcile


@dataclass(frozen=True, slots=True)
class Pair:
    """One link with the present records of both sides. A side without a record is missing."""

    link: Link
    kind: Kind
    records: Mapping[Side, Record]


# ---------------------------------------------------------------- the stage and its history


@dataclass(frozen=True, slots=True)
class StageMove:
    """A person entered a stage of the shared pipeline. Stage keys and ids only.

    ``at``: the CRM's own time of it, aware; ``side``: the CRM in which it happened. ``start`` and ``end``:
    the stage before, as far as it is known, and after. ``by_kind``: person, workflow, integration,
    connector or unknown; ``by_id``: the CRM's id of who it was. ``why`` and ``rule``: of the connector's
    own moves, as in a ``Change``. ``source``: how it is known: hubspot_history, hubspot_dates,
    salesforce_history, stamp (of the record) or connector. ``reason``: what was stated for it, if
    anything: keys of value maps; of a field that people type in its name and a keyed hash.
    """

    at: datetime
    side: Side
    start: str | None
    end: str
    by_kind: str = "unknown"
    by_id: str = ""
    why: str = ""
    source: str = "stamp"
    reason: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class StageNow:
    """What the state knows of a person's stage. Times are aware.

    ``stage`` entered at ``since``; both None where nobody has given one yet. ``episode``: how often the
    person was handed over, the present time included; ``handed_over_at``: when that was, of the present
    episode. ``back_at``, ``back_from``: the last move backward, and the stage it left. ``target``: the
    stage of an own write that clears first and sets then, while that is under way; ``wait_until``: end of
    the grace period of a move that lacks its reason; ``note``: code of the note that the record shows.
    """

    stage: str | None
    since: datetime | None
    episode: int = 0
    handed_over_at: datetime | None = None
    back_at: datetime | None = None
    back_from: str = ""
    target: str = ""
    wait_until: datetime | None = None
    note: str = ""


# ---------------------------------------------------------------- reconcile, derive -> plan


class Why(StrEnum):
    """The reason of a change, as shown by ``explain``."""

    EDIT = "edit"  # changed on one side, carried over
    CLASH = "clash"  # changed on both, the rule decided
    FIRST = "first contact"
    FILL = "fill"  # the target was blank
    PUT_BACK = "put back"  # the side that does not own the field changed it
    CREATE = "create"
    DERIVED = "derived"  # our own fields: link id, stage times
    CRITERION = "criterion"  # an entry criterion of the pipeline became true
    DEAL = "deal"  # a person's stage follows their deals
    UNDO = "undo"  # a person took back what a run wrote
    OPT_IN = "new opt-in"  # a person who had opted out opted in again, by HubSpot's own history


OWN_MOVES = frozenset({Why.DERIVED, Why.CRITERION, Why.DEAL})
"""Reasons of changes that no value on the other side caused: only the base of the side that is written
moves."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What to add to and take from a to-many reference: link ids before apply, record ids at the adapter."""

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """One field to be written. ``field`` is the name in the mapping, ``column`` the CRM's own.

    ``before``: raw value on the target now; ``after``: raw value to write (a reference holds our *link id*
    until apply resolves it; an undo puts back the CRM's own record ids). ``given``: the raw value on the
    other side that caused it (of a set: the link ids of all wanted members, of an undo those that it puts
    back, and each after a minus those that it takes; of an archive: the target's stamp when it was judged).
    ``rule``: the mapping's rule and place (``two_way contacts.yaml:12``).
    ``ours``: a field the connector added. ``bound``: changes of one record that bear the same name are
    written together or not at all (an amount and its currency).
    """

    field: str
    column: str
    before: Raw
    after: Raw | Delta
    why: Why
    rule: str
    given: Raw = None
    ours: bool = False
    bound: str = ""


class Op(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"  # into the CRM's recycle bin: only an undo does it


@dataclass(frozen=True, slots=True)
class Action:
    """One record to be written: the dry run, the audit row and the test's assertion are this same value.

    ``target``: the record to update or archive; its id is "" for a create. ``source``: the record that
    caused it. ``again``: a create of what may have been there before, and been deleted: the state is too
    young to tell.
    """

    op: Op
    kind: Kind
    link: str
    target: Ref
    source: Ref | None
    changes: tuple[Change, ...]
    again: bool = False

    @property
    def side(self) -> Side:
        return self.target.side


@dataclass(frozen=True, slots=True)
class Review:
    """Something only a person can decide. One open item per (kind, subject, code, field).

    ``subject``: the record or link it is about; ``candidates``: records to choose from; ``message``: plain
    words without values.
    """

    code: str
    kind: Kind
    subject: Ref
    message: str
    field: str = ""
    candidates: tuple[Ref, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A field or record left alone for now, and why (``unmapped``, ``too_long``, ``not_read``, ``refused``).
    ``refusal``: the code with which the write of it failed, the CRM's own."""

    code: str
    link: str
    subject: Ref
    message: str
    field: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """All that is decided about one link in one run. ``link``: as it stands after this look, before any write
    (its ``pending`` says what remains when all actions are done). ``judged``: fields of which nothing is open
    any more ("" for the record as a whole): their review items are closed. A link without refs is to be
    forgotten. ``moves``: how the stage moved since the last look, oldest first; ``marks``: what is to be
    remembered of the stage beside its moves (``target``, ``wait_until``, ``note`` count), None to leave
    it. ``parts``: who has a part in this deal from now on, None to leave it."""

    link: Link
    actions: tuple[Action, ...] = ()
    reviews: tuple[Review, ...] = ()
    held: tuple[Held, ...] = ()
    judged: tuple[str, ...] = ()
    moves: tuple[StageMove, ...] = ()
    marks: StageNow | None = None
    parts: tuple["DealPart", ...] | None = None


LINK_ID = "link_id"
"""Name of the change that writes our link id."""

WHOLE_RECORD = "@record"
"""Name and column of the one change of an archive."""

CONNECTOR = "connector"
"""Rule of a change that no line of the mapping asks for: our ids and what the connector works out by itself.
Such a value has no base, nobody's edit of it counts, and an undo leaves it alone."""

PARTNER_ID = "partner_id"
"""Name of the change that writes the other CRM's record id; ``after`` is the link id until apply resolves
it."""


# ---------------------------------------------------------------- people and their deals


class DealState(StrEnum):
    """How a deal stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Via(StrEnum):
    """How somebody has a part in a deal: on it, as its primary contact, or by its company. DEAL: the deal
    itself, so that it is known to have been looked at."""

    CONTACT_ROLE = "contact_role"
    PRIMARY_CONTACT = "primary_contact"
    ACCOUNT = "account"
    DEAL = "deal"


@dataclass(frozen=True, slots=True)
class DealPart:
    """One person's or company's part in one deal (``deal``, ``link``: link ids). ``via``: CONTACT_ROLE for
    everybody on the deal, ACCOUNT for its company. ``primary``: Salesforce's primary contact; ``roles``: the
    names of the contact roles there. ``since``: from when on it was seen like this, aware."""

    deal: str
    link: str
    via: Via
    state: DealState
    primary: bool
    roles: tuple[str, ...]
    since: datetime

    def same(self, other: "DealPart") -> bool:
        """Whether nothing but the time differs."""
        return replace(self, since=other.since) == other


# ---------------------------------------------------------------- plan -> apply -> settle


@dataclass(frozen=True, slots=True)
class Write:
    """One record to write, in the CRM's own terms. ``key`` comes back in the Result."""

    key: str
    op: Op
    type: str
    id: str | None
    values: Mapping[str, Raw | Delta]


class Verdict(StrEnum):
    DONE = "done"
    REFUSED = "refused"  # repeating will not help
    RETRY = "retry"  # certainly not applied; later
    UNKNOWN = "unknown"  # may or may not have been applied: read


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one Write. ``values``: raw values read back after the write (written fields at least),
    ``stamp``: the record's stamp then. ``code``/``fields``/``message``: the vendor's refusal; the message
    holds no values of the record."""

    key: str
    verdict: Verdict
    id: str | None = None
    values: Mapping[str, Raw] = field(default_factory=dict)
    stamp: datetime | None = None
    code: str = ""
    fields: tuple[str, ...] = ()
    message: str = ""
