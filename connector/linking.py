"""Link and unlink by hand: what a person knows of two records.

Enters: an environment and the records meant. Leaves: links in the state, and a run that tells of it. Never:
a write to a CRM; the next sync carries out what follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from connector.environment import Environment
from connector.errors import ConfigError
from connector.live import Live
from connector.mapping.rules import ObjectMap
from connector.model import Kind, Link, LinkState, Record, Ref, Side
from connector.run import LEASE_S
from connector.state.rows import Settlement
from connector.sync.plan import UNLINKED
from connector.sync.settle import APART


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be stored. ``refs``: the two records, HubSpot's first; ``link``: our id, of the new pair or
    of the one that is taken apart."""

    name: str
    kind: Kind
    refs: tuple[Ref, ...]
    link: str
    settlement: Settlement


def plan_link(env: Environment, live: Live, kind: Kind, refs: Mapping[Side, Ref]) -> Step:
    """Two records become a pair, which the next sync compares as at first contact.

    Raises ConfigError when one of them is not there, or has a partner already.
    """
    objects = env.rules.objects[kind]
    for side, ref in refs.items():
        _refuse_missing(ref, _read(env, live, objects, side, ref))
    known = env.store.links_by_ref(refs.values())
    for ref, link in known.items():
        _refuse_taken(kind, ref, link, set(refs.values()))
    pair = Link(uuid4().hex, kind, dict(refs), LinkState.LINKED, pending="verdict")
    links = {link.id: link for link in known.values()}.values()
    left = [replace(link, refs=rest) for link in links if (rest := _others(link, refs))]
    dropped = tuple(link.id for link in links if not _others(link, refs))
    aliases = tuple(alias for link in links if link.id in dropped for alias in link.aliases)
    settlement = Settlement(
        links=(*left, replace(pair, aliases=aliases)),
        drop_links=dropped,
        moved_links=dict.fromkeys(dropped, pair.id),
    )
    return Step("link", kind, tuple(refs[side] for side in Side), pair.id, settlement)


def plan_unlink(env: Environment, kind: Kind, ref: Ref) -> Step:
    """A pair is taken apart: both records keep their values and are not linked again by themselves, nor given
    new partners. The next sync writes into both that they are two. Raises ConfigError when the record has
    no partner."""
    link = env.store.links_by_ref([ref]).get(ref)
    if link is None or link.kind is not kind or link.state is not LinkState.LINKED:
        raise ConfigError(f"{ref} is not linked", fix=f"See: smarketing explain {kind} {ref.id}")
    marks = {APART: "unlinked by a person", UNLINKED: link.id}
    apart = [
        Link(id, kind, {side: link.refs[side]}, LinkState.TOMBSTONE, diverged=marks, pending="look again")
        for side, id in zip(Side, (link.id, uuid4().hex), strict=True)
    ]
    last = replace(apart[-1], aliases=link.aliases)
    names = ("", *(rule.name for rule in env.rules.objects[kind].fields))
    settlement = Settlement(
        links=(*apart[:-1], last),
        close_reviews=tuple((link.id, name) for name in names),
        held_for=(link.id,),
        parked_for=(link.id,),
    )
    return Step("unlink", kind, tuple(link.refs[side] for side in Side), link.id, settlement)


def carry_out(env: Environment, live: Live, step: Step, who: str) -> int:
    """Store it, as a run of its own: who, when, and which records. Raises Busy while a sync is at work."""
    store = env.store
    fence = store.acquire(env.host, LEASE_S, live.now)
    try:
        number = store.start_run(step.name, live.now, env.rules.digest)
        store.settle(replace(step.settlement, run=number), live.now)
        told = {"kind": step.kind.value, "records": [str(ref) for ref in step.refs]}
        store.finish_run(number, live.now, told | {"link": step.link, "by": who, "fence": fence}, "done")
        return number
    finally:
        store.release()


def _read(env: Environment, live: Live, objects: ObjectMap, side: Side, ref: Ref) -> Record | None:
    return env.crms[side].read(ref.type, [ref.id], live.columns(objects)[side, ref.type]).get(ref.id)


def _refuse_missing(ref: Ref, record: Record | None) -> None:
    if record is None:
        raise ConfigError(f"{ref} was not found", fix="Check the id, and what the connector's user may see.")
    into = record.gone.into if record.gone else (record.ref if record.ref != ref else None)
    if into is not None:
        raise ConfigError(f"{ref} is now {into}", fix=f"Link {into.id} instead.")
    if record.gone is not None:
        raise ConfigError(f"{ref} was deleted", fix="Take it out of the bin first.")


def _refuse_taken(kind: Kind, ref: Ref, link: Link, wanted: set[Ref]) -> None:
    if link.state is LinkState.LINKED and wanted <= set(link.refs.values()):
        raise ConfigError("these two are linked already", fix=f"See: smarketing explain {kind} {ref.id}")
    if link.state is LinkState.LINKED:
        partner = next(other for other in link.refs.values() if other != ref)
        fix = f"If that is wrong, first: smarketing unlink {kind} {partner.id}"
        raise ConfigError(f"{ref} belongs to a pair already, with {partner}", fix=fix)


def _others(link: Link, refs: Mapping[Side, Ref]) -> dict[Side, Ref]:
    return {side: ref for side, ref in link.refs.items() if ref != refs[side]}
