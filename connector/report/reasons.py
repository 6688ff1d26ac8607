"""Why a record has no partner, and why fields of it are left alone, in plain words.

Enters: a record, its link, the mapping, the state. Leaves: sentences without values. It writes nothing.
"""

from collections.abc import Iterable, Mapping

from connector.mapping.convert import Context
from connector.mapping.local import local_contexts
from connector.mapping.rules import ObjectMap
from connector.model import Kind, Link, LinkState, Record, Ref, Side
from connector.state.store import Store
from connector.sync.derive import shared_values
from connector.sync.settle import APART

NEXT = "in scope; the next sync looks at it"


def notes_of(store: Store, link: Link | None) -> dict[str, list[str]]:
    """Why fields of a link are left alone, by shared name ("" for the whole record)."""
    if link is None:
        return {}
    found: dict[str, list[str]] = {}
    for held in store.held_items(link.id):
        found.setdefault(held.field, []).append(f"held until its cause is gone ({held.code}): {held.message}")
    for item in store.open_reviews(link.kind):
        if item.review.link == link.id:
            text = f"waits for a person (review {item.id}): {item.review.message}"
            found.setdefault(item.review.field, []).append(text)
    return found


def reasons_of(
    store: Store,
    ctx: Context,
    objects: ObjectMap,
    subject: Ref,
    link: Link | None,
    records: Mapping[Side, Record],
) -> Iterable[str]:
    waiting = [*notes_of(store, link).get("", ()), *_reviews_about(store, objects.kind, subject, link)]
    yield from waiting
    if link is not None and subject in link.aliases:
        yield f"another record of the same {objects.kind} is the one that is synced"
    if link is not None and link.state is LinkState.LINKED:
        if _held_back(link):
            yield "changes wait for approval: smarketing plan"
        return
    if link is not None and link.state is LinkState.TOMBSTONE:
        apart = link.diverged.get(APART)
        told = f"{apart}: it stays without a partner until `smarketing link` gives it one" if apart else ""
        yield told or "it was linked; its partner is gone, and it is never created again"
        return
    record = records.get(subject.side)
    if record is not None:
        yield from (r for r in _scope(ctx, objects, record, link) if r != NEXT or not waiting)


def _held_back(link: Link) -> bool:
    """Whether a guard holds part of it; other writes may be on their way (``write:hubspot>guard``)."""
    return link.pending.rpartition(">")[2] == "guard"


def _reviews_about(store: Store, kind: Kind, subject: Ref, link: Link | None) -> Iterable[str]:
    for item in store.open_reviews(kind):
        known = link is not None and item.review.link == link.id
        if not known and not item.review.field and subject in (item.review.subject, *item.review.candidates):
            yield f"waits for a person (review {item.id}): {item.review.message}"


def _scope(ctx: Context, objects: ObjectMap, record: Record, link: Link | None) -> Iterable[str]:
    """Why a record without a partner has none."""
    side = record.ref.side
    criterion = objects.include[side]
    holds = criterion.holds(shared_values(record, objects, local_contexts(ctx, objects)(record)))
    place = f"include.{side} of {objects.where.file}"
    if holds is None:
        yield f"cannot be judged: a field that {place} needs could not be read ({criterion.text})"
    elif not holds:
        yield f"not in scope: {place} says {criterion.text}"
    elif objects.create.get(side.other) is None:
        creation = f"create.{side.other} of {objects.where.file} says never"
        if link is None:
            yield f"not looked at yet: the next sync looks for a match in {side.other}; {creation}"
        else:
            yield f"no match in {side.other}, and nothing is created there: {creation}"
    elif link is not None and _held_back(link):
        yield f"its creation in {side.other} waits for approval: smarketing plan"
    else:
        yield NEXT
