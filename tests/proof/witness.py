"""The witness: who wrote what, where, and what both CRMs must hold in the end.

Enters: every act of a person, and what both CRMs really hold, read from their own stores. Leaves: per person
and field the values that may stand there. It knows the mapping in this folder by heart and shares no code
with the product: a value counts as known on a side only where it stood.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.model import Side

H, S = Side.HUBSPOT, Side.SALESFORCE
FRAME = {"contacts": "website", "Lead": "Description", "Contact": "Description"}
"""Per object a column that the mapping does not know."""

Canon = Callable[[Any], Any]


def text(value: Any) -> Any:
    return (str(value).strip() or None) if value is not None else None


def email(value: Any) -> Any:
    return text(value).lower() if text(value) else None


def phone(value: Any) -> Any:
    """Dutch numbers, with or without their country."""
    digits = "".join(c for c in str(value or "") if c.isdigit())
    return digits[-9:] or None


@dataclass(frozen=True)
class Field:
    """One shared field. ``rule`` and ``clash`` as in the mapping; ``clear``: a cleared value is carried
    over."""

    name: str
    columns: Mapping[str, str]
    rule: str = "two_way"
    clash: Side | None = None
    clear: bool = False
    canon: Canon = text

    def column(self, type: str) -> str | None:
        return self.columns.get(type)


def _field(name: str, hubspot: str, lead: str, contact: str | None, **more: Any) -> Field:
    columns = {"contacts": hubspot, "Lead": lead} | ({"Contact": contact} if contact else {})
    return Field(name, columns, **more)


FIELDS = {
    f.name: f
    for f in (
        _field("email", "email", "Email", "Email", canon=email),
        _field("last_name", "lastname", "LastName", "LastName", clash=S),
        _field("job_title", "jobtitle", "Title", "Title", clash=S),
        _field("city", "city", "City", "MailingCity", clash=H, clear=True),
        _field("phone", "phone", "Phone", "Phone", canon=phone),
        _field("mobile", "mobilephone", "MobilePhone", "MobilePhone", rule="salesforce_owns"),
        _field(
            "conversion",
            "recent_conversion_event_name",
            "SMK_Last_Conversion__c",
            "SMK_Last_Conversion__c",
            rule="hubspot_owns",
        ),
        _field("company_name", "company", "Company", None, rule="fill_salesforce"),
    )
}


@dataclass
class Said:
    """What was said of one field of one person. ``log``: per side every value that people (and the CRM's own
    flows) put there; ``newest``: per side what was said last; ``open``: those of them that nobody has
    answered from the other side."""

    log: dict[Side, set[Any]] = field(default_factory=lambda: {H: set(), S: set()})
    newest: dict[Side, Any] = field(default_factory=dict)
    open: dict[Side, Any] = field(default_factory=dict)
    count: int = 0


@dataclass
class Person:
    """One person, as the world knows them: at most one record on each side, or several after a mishap that
    only a person can judge (``vague``: then only the weaker promises are checked)."""

    name: str
    refs: dict[Side, tuple[str, str]] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=lambda: {name: Said() for name in FIELDS})
    gone: set[Side] = field(default_factory=set)
    in_scope: bool = True
    vague: bool = False
    linkable: bool = True
    met: bool = False
    twin_of: "Person | None" = None
    """Whose address this lead was entered with, too."""
    unread: bool = False
    """Somebody was at the lead that we made before the run that made it had ended."""

    def values(self, held: Mapping[Side, Mapping[str, Any]]) -> Iterator[tuple[Field, dict[Side, Any]]]:
        """Per field that both records have, the canonical values on each side."""
        for one in FIELDS.values():
            pair = {}
            for side, values in held.items():
                column = one.column(self.refs[side][0])
                if column is not None:
                    pair[side] = one.canon(values.get(column))
            if len(pair) == len(held):
                yield one, pair

    def say(self, side: Side, one: Field, value: Any, held: Mapping[Side, Any], *, shortens: bool) -> None:
        """Somebody enters a value on a side. ``held``: what stands on each side right before.

        Whoever edits has seen what stands there: what was said on the other side is answered if it stands
        here by then.
        """
        said = self.said[one.name]
        said.count += 1
        value = one.canon(value)
        if side.other in said.open and held[side] in carried(
            one, said.open[side.other], side.other, shortens
        ):
            said.open.pop(side.other)
        said.newest[side] = said.open[side] = value
        said.log[side] |= forms(one, value, side, shortens)

    def seen(self, held: Mapping[Side, Mapping[str, Any]], *, shortens: bool) -> None:
        """Look at both records after a run: where the rule has decided a clash, the value that lost is
        answered."""
        for one, pair in self.values(held):
            live = self.said[one.name].open
            if len(pair) < 2 or len(live) < 2 or live[H] == live[S] or one.rule != "two_way":
                continue
            loser = lost(one, live)
            if loser is None:
                continue
            won = carried(one, live[loser.other], loser.other, shortens)
            if pair[loser] in won and pair[loser] not in forms(one, live[loser], loser, shortens):
                live.pop(loser)

    def joined(self, other: "Person") -> dict[str, Said]:
        """Two people turn out to be one: whatever was said of either, before or from now on, was said of
        both."""
        self.vague = other.vague = True
        for name, said in self.said.items():
            theirs = other.said[name]
            if theirs is said:
                continue
            said.count += theirs.count
            for side in Side:
                said.log[side] |= theirs.log[side]
            said.open.clear()
        return self.said


def forms(one: Field, value: Any, side: Side, shortens: bool) -> set[Any]:
    """How a value may stand on a side: as it was said, or as the flow there leaves it."""
    if side is S and one.name == "job_title" and shortens and value:
        return {value, one.canon(value[:8])}
    return {value}


def carried(one: Field, value: Any, side: Side, shortens: bool) -> set[Any]:
    """How a value that was said on a side may stand on the other one."""
    return forms(one, value, side, shortens) | forms(one, value, side.other, shortens)


def allowed(one: Field, person: Person, side: Side, shortens: bool) -> set[Any]:
    """Every value that may stand on a side at all: said there, or said on the other side and carried over, in
    the form that this side gives it. A blank may always stand where somebody cleared or nobody wrote."""
    said = person.said[one.name]
    here = said.log[side] | {None}
    if not (one.rule == "fill_salesforce" and side is H):
        for value in said.log[side.other]:
            here |= forms(one, value, side, shortens)
    if one.name in ("company_name", "last_name") and side is S:
        here |= {str(v).partition("@")[0] for s in Side for v in person.said["email"].log[s] if v}
    return here


def verdict(one: Field, person: Person, pair: Mapping[Side, Any], shortens: bool) -> str:
    """What is wrong with the values of a linked pair at rest; "" when nothing is."""
    said = person.said[one.name]
    for side in Side:
        if pair[side] not in allowed(one, person, side, shortens):
            return f"{side} holds a value that nobody entered for it"
    if person.vague:
        return ""
    if one.rule == "fill_salesforce":
        return _filled(said, pair)
    if one.rule != "two_way":
        return _owned(one, said, pair, S if one.rule == "salesforce_owns" else H, shortens)
    return _two_way(one, said, pair, shortens)


def _filled(said: Said, pair: Mapping[Side, Any]) -> str:
    if pair[H] != said.newest.get(H):
        return "the source of a fill rule was written"
    mine = said.newest.get(S)
    return "a filled field was overwritten" if mine is not None and pair[S] != mine else ""


def _owned(one: Field, said: Said, pair: Mapping[Side, Any], owner: Side, shortens: bool) -> str:
    if pair[owner] not in forms(one, said.newest.get(owner), owner, shortens):
        return "the owner's last value was overwritten"
    if pair[owner] is not None and pair[owner.other] not in forms(one, pair[owner], owner.other, shortens):
        return "the owner's value did not arrive"
    return ""


def _two_way(one: Field, said: Said, pair: Mapping[Side, Any], shortens: bool) -> str:
    live = dict(said.open)
    if not live:
        return "" if pair[H] == pair[S] else "the two sides differ, though nobody said anything"
    if len(live) == 2 and live[H] != live[S]:
        loser = lost(one, live)
        if loser is None:
            kept = all(pair[side] in forms(one, live[side], side, shortens) for side in Side)
            return "" if kept else "a clash that only a person may decide lost a value"
        live.pop(loser)
    side, value = next(iter(live.items()))
    if value is None and not one.clear and len(live) == 1:
        return "" if pair[side] is None else "a cleared value came back"
    stands = any(_stands(one, value, side, pair, shortens) for side in live)  # two said the same, or one did
    return "" if stands else f"what {side} said last does not stand on both"


def lost(one: Field, live: Mapping[Side, Any]) -> Side | None:
    """Which side loses a clash: the one that was cleared, or as the mapping says; None: a person decides."""
    blank = next((side for side in Side if live[side] is None), None)
    return blank or (one.clash.other if one.clash else None)


def _stands(one: Field, value: Any, side: Side, pair: Mapping[Side, Any], shortens: bool) -> bool:
    """Whether a value that was said on a side stands on both, in the form that each gives it."""
    here = pair[side] in forms(one, value, side, shortens)
    return here and pair[side.other] in carried(one, value, side, shortens)
