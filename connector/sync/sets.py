"""Sets of references: what a list of linked records should hold on both sides, and what is remembered.

Enters: both sides of one field that holds link ids, their bases, the rule. Leaves: an ``Outcome`` whose
writes are what to add and to take away. Never: I/O, or a look at which CRM a side is.
"""

from collections.abc import Mapping

from connector.mapping.rules import FieldRule, Rule
from connector.model import Delta, Side, Why
from connector.sync.outcome import AGREED, NOTHING, Digest, Look, Outcome


def set_bases(name: str, members: frozenset[str], digest: Digest) -> dict[str, bytes]:
    """The bases of a set: one entry per member (``contacts#0``, ``contacts#1``) and one that says there is a
    base."""
    hashes = sorted(digest(member) for member in members)
    return {name: digest(str(len(hashes))), **{f"{name}#{i}": h for i, h in enumerate(hashes)}}


def without_set(base: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """The bases of a side without those of one set."""
    return {k: v for k, v in base.items() if k != name and not k.startswith(f"{name}#")}


def merge_sets(
    rule: FieldRule, looks: Mapping[Side, Look], bases: Mapping[Side, Mapping[str, bytes]], digest: Digest
) -> Outcome:
    """Three-way merge of two sets of link ids: what one side added is added to the other, what one side
    removed is removed.

    At first contact nothing is removed: the result is the union. A member that is not linked has no link id
    and is not seen here.
    """
    sets: dict[Side, frozenset[str]] = {}
    for side in Side:
        value = looks[side].value
        sets[side] = value if isinstance(value, frozenset) else frozenset()
    if sets[Side.HUBSPOT] == sets[Side.SALESFORCE]:
        return AGREED
    if all(as_left(bases.get(side, {}), rule.name, sets[side], digest) for side in Side):
        return NOTHING  # an undo left them apart, and nobody has edited either since
    agreed = {side: _agreed_members(bases.get(side, {}), rule.name) for side in Side}
    union = sets[Side.HUBSPOT] | sets[Side.SALESFORCE]
    removed = frozenset(
        m
        for m in union
        if digest(m) in agreed[Side.HUBSPOT]
        and digest(m) in agreed[Side.SALESFORCE]
        and not all(m in sets[s] for s in Side)
    )
    if rule.rule in (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS):
        assert rule.rule.side is not None
        wanted = sets[rule.rule.side]
    else:
        wanted = union - removed
    writes = {
        side: Delta(add=wanted - sets[side], remove=sets[side] - wanted)
        for side in Side
        if wanted != sets[side]
    }
    first = any(bases.get(side, {}).get(rule.name) is None for side in Side)
    return Outcome(writes=writes, why=Why.FIRST if first else Why.EDIT, members=wanted)


def as_left(base: Mapping[str, bytes], name: str, members: frozenset[str], digest: Digest) -> bool:
    """Whether a side holds exactly what its own base says."""
    mine = {k: v for k, v in base.items() if k == name or k.startswith(f"{name}#")}
    return bool(mine) and mine == set_bases(name, members, digest)


def chosen_set(side: Side, looks: Mapping[Side, Look]) -> Outcome:
    """A person chose one side's set: the other becomes the same."""
    sets = {s: v if isinstance(v := look.value, frozenset) else frozenset() for s, look in looks.items()}
    wanted, there = sets[side], sets[side.other]
    if wanted == there:
        return AGREED
    delta = Delta(add=wanted - there, remove=there - wanted)
    return Outcome(writes={side.other: delta}, why=Why.CLASH, members=wanted)


def _agreed_members(base: Mapping[str, bytes], name: str) -> frozenset[bytes]:
    return frozenset(v for k, v in base.items() if k.startswith(f"{name}#"))
