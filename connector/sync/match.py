"""Match: which records of the two CRMs are the same person, company or deal.

Enters: records, the mapping's keys, what is linked already. Leaves: matches, or a review with the candidates;
never a guess. Never: I/O.

Order of evidence: an existing link; our own link id on both records; the id that one CRM holds of the other;
then the mapping's keys in their order. Exactly one candidate on each side, or a person decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import MatchKey, ObjectMap
from connector.model import Gone, How, Kind, Raw, Record, Ref, Review, Side, Value
from connector.salesforce_ids import id_or_none

LINK_KEY, PARTNER_KEY, FIRST_MATCH_KEY = 0, 1, 2
MATCHED = "matched"
"""Stands for the link of a record that has found its partner in this very run."""

SHARED_MAILBOXES = frozenset(
    """
    admin administratie backoffice billing bestilling boekhouding bogholderi contact customerservice faktura
    finance hello help hr info inkoop invoice invoices jobs klantenservice kontakt kontor kundeservice mail
    marketing no-reply noreply office order orders planning post receptie reception reservations sales salg
    secretariaat service support team verkoop webmaster
    """.split()  # noqa: SIM905 - a list of forty quoted words reads worse
)
"""Local parts of addresses that several people share; such an address never links on its own."""


@dataclass(frozen=True, slots=True)
class MatchKeyValue:
    """One key of one record. ``number``: its place in the order of evidence; ``text``: canonical; ``shared``:
    a role address; ``secondary``: a further address of a person, which counts after the first one."""

    number: int
    text: str
    shared: bool = False
    secondary: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record in a group of look-alikes. ``link``: the id of the link that it has a partner in, if any;
    ``lost``: that partner is gone (a tombstone)."""

    ref: Ref
    link: str | None = None
    shared: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Two records are the same. ``aliases``: other records of the same person on a side, of a lesser type (a
    Lead beside the Contact)."""

    refs: Mapping[Side, Ref]
    aliases: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Joins:
    """Records that turned up beside a pair are the same person. ``link``: the pair's; ``to``: the record
    that takes the place of a lesser one (a Contact that of a Lead), None when it stays; ``aliases``: the
    others."""

    link: str
    to: Ref | None
    aliases: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """Look-alikes that only a person can tell apart. ``code``: one of ``MESSAGES``.
    ``linked``: those of them that have a partner already."""

    code: str
    refs: tuple[Ref, ...]
    linked: frozenset[Ref] = frozenset()


@dataclass(slots=True)
class Matches:
    """What matching found: per ref its match, aliases, and refs that only a person can place. ``joins``: by
    link id, what joins a pair; ``joined``: the same by ref."""

    of: dict[Ref, Match] = field(default_factory=dict)
    joins: dict[str, Joins] = field(default_factory=dict)
    joined: dict[Ref, Joins] = field(default_factory=dict)
    aliases: set[Ref] = field(default_factory=set)
    unclear: dict[Ref, Unclear] = field(default_factory=dict)


def is_live(record: Record) -> bool:
    """Whether the record counts: not archived, merged away or converted."""
    return record.gone is None


def converted_into(gone: Gone | None) -> Ref | None:
    """The record that a converted or merged one lives on in."""
    return gone.into if gone is not None and gone.how in (How.CONVERTED, How.MERGED) else None


def keys_of(record: Record, objects: ObjectMap, ctx: Context) -> Iterator[MatchKeyValue]:
    """The keys of one record, in the order of evidence. Blank, unreadable and unmappable values give none."""
    side, type = record.ref.side, record.ref.type
    link = record.values.get(objects.link_column[side])
    if isinstance(link, str):
        yield MatchKeyValue(LINK_KEY, link)
    yield partner_key(record.ref)
    for column in objects.partner_columns[side]:
        other = record.values.get(column)
        if isinstance(other, str):
            yield MatchKeyValue(PARTNER_KEY, f"{side.other}:{as_id(other, side.other)}")
    for place, key in enumerate(objects.match):
        number = FIRST_MATCH_KEY + place
        values = [_shared(record, objects, name, side, type, ctx) for name in key.fields]
        by_email = is_email_key(key, objects)
        if all(value is not None for value in values):
            text = "\x1f".join(_canonical(value) for value in values)
            yield MatchKeyValue(number, text, by_email and is_shared_mailbox(str(values[0])))
        for address in further_addresses(record, objects, ctx) if by_email else ():
            yield MatchKeyValue(number, _canonical(address), is_shared_mailbox(address), secondary=True)


def partner_key(ref: Ref) -> MatchKeyValue:
    """The key under which a record and those that hold its id meet."""
    return MatchKeyValue(PARTNER_KEY, f"{ref.side}:{ref.id}")


def is_email_key(key: MatchKey, objects: ObjectMap) -> bool:
    """Whether a key is an email address and nothing else."""
    return len(key.fields) == 1 and objects.field(key.fields[0]).convert.name == "email"


def further_addresses(record: Record, objects: ObjectMap, ctx: Context) -> tuple[str, ...]:
    """The email addresses that a CRM knows of a person beside the first one, as the mapping reads them."""
    side, type = record.ref.side, record.ref.type
    raw = record.values.get(objects.addresses.get(side, ""))
    rule = next((rule for rule in objects.fields if rule.convert.name == "email"), None)
    if rule is None or not isinstance(raw, str):
        return ()
    found: list[str] = []
    for text in raw.split(";"):
        try:
            value = rule.convert.read(text.strip() or None, side, type, ctx)
        except Unmappable:
            continue
        found += [value] if isinstance(value, str) else []
    return tuple(found)


def as_id(text: str, side: Side) -> str:
    """A record id as the CRM gives it: people and other integrations write Salesforce's with 15 characters,
    too."""
    return (id_or_none(text.strip()) if side is Side.SALESFORCE else None) or text.strip()


def is_shared_mailbox(email: str) -> bool:
    """Whether an address belongs to a function, not to a person (info@, sales@)."""
    return email.partition("@")[0].casefold() in SHARED_MAILBOXES


def _shared(record: Record, objects: ObjectMap, name: str, side: Side, type: str, ctx: Context) -> Value:
    rule = objects.field(name)
    column = rule.column(side, type)
    raw: Raw = record.values.get(column) if column else None
    try:
        return rule.convert.read(raw, side, type, ctx)
    except Unmappable:
        return None


def _canonical(value: Value) -> str:
    return " ".join(str(value).casefold().split())


def resolve(
    group: Sequence[Candidate], ranks: Mapping[Side, tuple[str, ...]], *, distinct: bool = False
) -> Match | Joins | Unclear | None:
    """Judge records that share one key. None: nobody to match (one side only, or all are linked already).

    ``ranks``: per side, object types with the one that counts first. Within a side the best type that occurs
    counts; lesser ones are aliases. Symmetric in the sides. ``distinct``: a record that has its partner says
    nothing about one that has none (two deals of one company may well have the same name and closing day).
    """
    if distinct:
        group = [c for c in group if c.link is None or c.lost]
    if not any(c.link is None for c in group):
        return None
    best: dict[Side, list[Candidate]] = {}
    aliases: list[Ref] = []
    for side in Side:
        mine = [c for c in group if c.ref.side is side]
        types = [t for t in ranks[side] if any(c.ref.type == t for c in mine)]
        if not types:
            return None
        best[side] = [c for c in mine if c.ref.type == types[0]]
        aliases += [c.ref for c in mine if c.ref.type != types[0] and c.link is None]
    every = [c for cs in best.values() for c in cs]
    refs = tuple(sorted({c.ref for c in every}))
    linked = frozenset(c.ref for c in every if c.link is not None)
    if found := _beside(best, [c for c in group if c not in every], refs):
        return found
    if any(c.link is not None for c in every):
        free = [c for c in every if c.link is None]
        code = "was_linked" if any(c.lost for c in every) else "already_linked"
        return Unclear(code, refs, linked) if free else None
    if any(c.shared for c in every):
        return Unclear("shared_address", refs)
    if all(len(cs) == 1 for cs in best.values()):
        return Match({side: cs[0].ref for side, cs in best.items()}, tuple(sorted(aliases)))
    return Unclear("ambiguous", refs)


def _beside(
    best: Mapping[Side, Sequence[Candidate]], lesser: Sequence[Candidate], refs: tuple[Ref, ...]
) -> Joins | Unclear | None:
    """What to do with records of another type beside a pair that shares the key: one that counts more takes
    the place of the lesser one, others are aliases. None where there is no such pair."""
    pairs = {c.link for cs in best.values() for c in cs if c.link is not None and not c.lost}
    if len(pairs) != 1 or not lesser or MATCHED in pairs:
        return None
    (link,) = pairs
    free = [c for cs in best.values() for c in cs if c.link is None]
    replaced = [c for c in lesser if c.link == link]
    others = [c.ref for c in lesser if c.link is None]
    if any(c.shared for c in (*free, *lesser)):
        return None
    if not free and not replaced:
        return Joins(link, None, tuple(sorted(others)))
    if not replaced or any(c.ref.side is not replaced[0].ref.side for c in free):
        return None
    if len(free) > 1:
        return Unclear("beside_pair", refs, frozenset(refs) - {c.ref for c in free})
    return Joins(link, free[0].ref, tuple(sorted(others))) if free else None


MESSAGES = {
    "beside_pair": "several records could take the place of the lead of a {kind} that is linked already:"
    " merge them in the CRM",
    "ambiguous": "several records could be the same {kind}: choose one, or merge them in the CRM",
    "already_linked": "looks the same as a {kind} that is linked already: merge the two, or keep them apart",
    "known_apart": "looks the same as a {kind} that was another one before the state was rebuilt: link the"
    " two if they are the same, or keep them apart",
    "was_linked": "looks the same as a {kind} whose partner was deleted: link it if it is the same {kind}",
    "shared_address": "shares only a role address (info@, sales@) with the other CRM: link it by hand"
    " if it is the same {kind}",
    "email_taken": "its email address belongs to another {kind} in the other CRM: link it if it is the same"
    " {kind}",
}
"""The questions of who is who: they are asked anew when one of their records has changed."""


def reviews_of(unclear: Unclear, kind: Kind) -> list[Review]:
    """One review item per free record on the side that has fewer of them; candidates are the other side's."""
    free = [ref for ref in unclear.refs if ref not in unclear.linked]
    sides = {side: [ref for ref in free if ref.side is side] for side in Side}
    fewest = min((len(refs) for refs in sides.values() if refs), default=0)
    message = MESSAGES[unclear.code].format(kind=kind.value)
    return [
        Review(unclear.code, kind, ref, message, candidates=_across(unclear, ref))
        for refs in sides.values()
        if len(refs) == fewest
        for ref in refs
    ]


def _across(unclear: Unclear, subject: Ref) -> tuple[Ref, ...]:
    return tuple(ref for ref in unclear.refs if ref.side is not subject.side)
