"""Sets of references: what a list of linked records should hold on both sides, and what is remembered.

Enters: both sides of one field that holds link ids, their bases, the rule. Leaves: an ``Outcome`` whose
writes are what to add and to take away; bases. Never: I/O, or a look at which CRM a side is.

A set has one base entry per member (``contacts#0``, ``contacts#1``) and one that says that there is a base.
A member that only one side's base names was left apart by an undo: it stays so until somebody edits it.
"""

from collections.abc import Iterable, Mapping

from connector.mapping.rules import FieldRule, Rule
from connector.model import Delta, Side, Why
from connector.sync.outcome import AGREED, NOTHING, UNDONE, Digest, Look, Outcome

Bases = Mapping[Side, Mapping[str, bytes]]


def merge_sets(
    rule: FieldRule, looks: Mapping[Side, Look], bases: Mapping[Side, Mapping[str, bytes]], digest: Digest
) -> Outcome:
    """Three-way merge of two sets of link ids: what one side added is added to the other, what one side
    removed is removed.

    At first contact nothing is removed: the result is the union. What an undo left apart stays apart, member
    by member. A member that is not linked has no link id and is not seen here.
    """
    sets: dict[Side, frozenset[str]] = {}
    for side in Side:
        value = looks[side].value
        sets[side] = value if isinstance(value, frozenset) else frozenset()
    if sets[Side.HUBSPOT] == sets[Side.SALESFORCE]:
        return AGREED
    if all(as_left(bases.get(side, {}), rule.name, sets[side], digest) for side in Side):
        return NOTHING  # an undo left them apart, and nobody has edited either since
    apart = left_apart(sets, bases, rule.name, digest)
    agreed = {side: _agreed_members(bases.get(side, {}), rule.name) for side in Side}
    both = agreed[Side.HUBSPOT] & agreed[Side.SALESFORCE]
    union = sets[Side.HUBSPOT] | sets[Side.SALESFORCE]
    removed = frozenset(m for m in union if digest(m) in both and not all(m in sets[s] for s in Side))
    if rule.rule in (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS):
        assert rule.rule.side is not None
        wanted = sets[rule.rule.side] - apart
    else:
        wanted = union - removed - apart
    writes = {
        side: Delta(add=wanted - sets[side], remove=sets[side] - wanted - apart)
        for side in Side
        if wanted != sets[side] - apart
    }
    if not writes:
        return Outcome(diverged=UNDONE)
    first = any(bases.get(side, {}).get(rule.name) is None for side in Side)
    return Outcome(writes=writes, why=Why.FIRST if first else Why.EDIT, members=wanted)


def chosen_set(side: Side, looks: Mapping[Side, Look]) -> Outcome:
    """A person chose one side's set: the other becomes the same."""
    sets = {s: v if isinstance(v := look.value, frozenset) else frozenset() for s, look in looks.items()}
    wanted, there = sets[side], sets[side.other]
    if wanted == there:
        return AGREED
    delta = Delta(add=wanted - there, remove=there - wanted)
    return Outcome(writes={side.other: delta}, why=Why.CLASH, members=wanted)


# ---------------------------------------------------------------- what is remembered


def set_bases(name: str, members: Iterable[str], digest: Digest) -> dict[str, bytes]:
    """The entries of a set that holds these link ids."""
    return _entries(name, {digest(member) for member in members}, digest)


def without_set(base: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """The base of a side without the entries of one set."""
    return {k: v for k, v in base.items() if k != name and not k.startswith(f"{name}#")}


def with_set(
    base: Mapping[str, bytes], name: str, hashes: Iterable[bytes], digest: Digest
) -> dict[str, bytes]:
    """The base of a side with exactly these members (their hashes) in one set."""
    return {**without_set(base, name), **_entries(name, hashes, digest)}


def _agreed_members(base: Mapping[str, bytes], name: str) -> frozenset[bytes]:
    """Hashes of the members that a side's base names."""
    return frozenset(v for k, v in base.items() if k.startswith(f"{name}#"))


def as_left(base: Mapping[str, bytes], name: str, members: Iterable[str], digest: Digest) -> bool:
    """Whether a side holds exactly what its own base says."""
    mine = {k: v for k, v in base.items() if k == name or k.startswith(f"{name}#")}
    return bool(mine) and mine == set_bases(name, members, digest)


def left_apart(
    sets: Mapping[Side, frozenset[str]], bases: Bases, name: str, digest: Digest
) -> frozenset[str]:
    """Members that one side holds and the other does not, each as its own base says."""
    apart = apart_marks(bases, name)
    return frozenset(m for side in Side for m in sets[side] - sets[side.other] if digest(m) in apart[side])


def apart_marks(bases: Bases, name: str) -> dict[Side, frozenset[bytes]]:
    """Hashes of the members that only that side's base names, where both sides have a base."""
    if any(name not in bases.get(side, {}) for side in Side):
        return dict.fromkeys(Side, frozenset())
    agreed = {side: _agreed_members(bases[side], name) for side in Side}
    return {side: agreed[side] - agreed[side.other] for side in Side}


def merged_bases(
    bases: Bases, name: str, members: Iterable[str], digest: Digest, removed: Iterable[str] = ()
) -> dict[Side, dict[str, bytes]]:
    """The bases after a merge: both sides hold these members, and each what was left apart there, but for
    what the merge took away (``removed``)."""
    gone = {digest(member) for member in removed}
    apart = {side: marks - gone for side, marks in apart_marks(bases, name).items()}
    common = {digest(member) for member in members}
    return {side: with_set(bases.get(side, {}), name, common | apart[side], digest) for side in Side}


def undone_base(
    base: Mapping[str, bytes], name: str, put: Iterable[bytes], taken: Iterable[bytes], digest: Digest
) -> dict[str, bytes]:
    """The base of a side to which an undo put some members back, and from which it took others. The other
    side's base stays as it is, so that they are left apart."""
    return with_set(base, name, (_agreed_members(base, name) | {*put}) - {*taken}, digest)


def without_strays(
    bases: Bases, name: str, sets: Mapping[Side, frozenset[str]], digest: Digest
) -> dict[Side, dict[str, bytes]]:
    """The bases without what was left apart on a side and is not there any more: if it comes back, that is an
    edit."""
    found = {side: dict(bases.get(side, {})) for side in Side}
    for side, apart in apart_marks(bases, name).items():
        strays = apart - {digest(member) for member in sets[side]}
        if strays:
            found[side] = with_set(found[side], name, _agreed_members(found[side], name) - strays, digest)
    return found


def _entries(name: str, hashes: Iterable[bytes], digest: Digest) -> dict[str, bytes]:
    ordered = sorted(hashes)
    return {name: digest(str(len(ordered))), **{f"{name}#{i}": mark for i, mark in enumerate(ordered)}}
