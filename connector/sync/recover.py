"""Recover: what an interrupted run left open is resolved by reading, never by sending again; and people's
decisions are taken up.

Enters: open intents, resolved review items. Leaves: links that the run will look at again. Never: a write to
a CRM.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from connector.crm.base import Crm
from connector.live import Live
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import Link, LinkState, Op, Record, Ref, Review, Side, Why
from connector.state.key import Key
from connector.state.rows import Audit, Intent, OpenReview, Settlement
from connector.state.store import Store
from connector.sync.flips import CALMED, FLAPPING
from connector.sync.notes import NONE, in_doubt, recovered, unlike, witnessed
from connector.sync.settle import APART, archived, retry_at
from connector.sync.stage import VERDICT

LATEST = timedelta(minutes=5)
"""How long after its note a write may still have arrived. What is changed in our user's name later is
somebody at work who uses that name."""

KEPT = timedelta(days=30)
"""How long an intent waits for a target that is not shown (a sharing rule, a lost permission)."""


def recover(
    store: Store, crms: Mapping[Side, Crm], rules: Rules, key: Key, live: Live, run: int, fence: int
) -> int:
    """Resolve every open intent by reading its target; how many there were. A write that did happen gets its
    audit rows now. An intent whose target is not shown at present stays open: what we wrote there would count
    as an edit later."""
    intents = store.open_intents()
    groups: dict[tuple[Side, str, Op], list[Intent]] = {}
    for intent in intents:
        groups.setdefault((intent.target.side, intent.target.type, intent.op), []).append(intent)
    for (side, type, op), some in groups.items():
        objects = rules.objects[some[0].kind]
        columns = _columns(live, side, type, live.columns(objects)[side, type], some)
        links = store.links_by_id(intent.link for intent in some)
        if op is Op.CREATE:
            column = objects.link_column[side]
            found = _created(crms[side], type, column, columns, some)
        else:
            read = crms[side].read(type, [intent.target.id for intent in some], columns)
            found = {i.link: read[i.target.id] for i in some if i.target.id in read}
        some = [i for i in some if i.link in found or not _waits(i, links.get(i.link), live.now)]
        ours = _ours(crms[side], type, some, found, key)
        changed = [
            _resolved(links[i.link], i, found.get(i.link), ours.get(i.link, NONE), objects, key, live.now)
            for i in some
            if i.link in links
        ]
        told = tuple(
            row
            for i in some
            if i.link in found
            for row in _audit(store, i, found[i.link], ours.get(i.link, NONE), key, live, fence)
        )
        done = tuple(i.id for i in some)
        store.settle(Settlement(run=run, links=tuple(changed), audit=told, done_intents=done), live.now)
    return len(intents)


def _waits(intent: Intent, link: Link | None, now: datetime) -> bool:
    """Whether an intent whose target could not be read is kept for later. A create that was not found was not
    done."""
    gone = link is None or link.state is LinkState.TOMBSTONE
    return intent.op is not Op.CREATE and not gone and now - intent.at < KEPT


def _columns(
    live: Live, side: Side, type: str, mapped: tuple[str, ...], intents: list[Intent]
) -> tuple[str, ...]:
    """The mapped fields, and those that an undo was about to put back, which may be mapped no longer."""
    known = live.schemas[side][type].fields
    more = (c for intent in intents for c in intent.columns if c in known)
    return tuple(dict.fromkeys((*mapped, *more)))


def _ours(
    crm: Crm, type: str, intents: list[Intent], found: Mapping[str, Record], key: Key
) -> dict[str, frozenset[str]]:
    """Per link the columns that hold neither what was sent nor what stood there, but were last changed in our
    name: what an automation made of our write is not a person's edit."""
    asked = {
        i.link: columns
        for i in intents
        if i.link in found and (columns := unlike(i, found[i.link], key.hash))
    }
    if not asked:
        return {}
    ids = {found[link].ref.id: link for link in asked}
    until = {found[i.link].ref.id: i.at + LATEST for i in intents if i.link in asked}
    told = crm.ours(type, until, sorted(frozenset().union(*asked.values())))
    return {link: asked[link] & told.get(id, NONE) for id, link in ids.items()}


def _audit(
    store: Store, intent: Intent, record: Record, ours: frozenset[str], key: Key, live: Live, fence: int
) -> list[Audit]:
    """What the audit lacks of an interrupted write."""
    target = record.ref if intent.op is Op.CREATE else intent.target
    empty = Audit(intent.run, live.now, intent.link, target, intent.op, "", "", Why.EDIT, "", b"", b"", fence)
    known = {(row.target, row.column) for row in store.audit_of(intent.link) if row.run == intent.run}
    told = witnessed(intent, record, empty, key.hash, ours)
    return [row for row in told if (row.target, row.column) not in known]


def _created(
    crm: Crm, type: str, column: str, columns: tuple[str, ...], intents: list[Intent]
) -> dict[str, Record]:
    """Records that were created after all, by our link id, which every create carries."""
    found = crm.find(type, column, [intent.link for intent in intents], columns)
    return {str(record.values.get(column)): record for record in found}


def _resolved(
    link: Link,
    intent: Intent,
    record: Record | None,
    ours: frozenset[str],
    objects: ObjectMap,
    key: Key,
    now: datetime,
) -> Link:
    """The link as it stands after an interrupted write; it is looked at again in any case."""
    if record is None:
        return replace(link, pending="retry", retry_at=retry_at(now, link.fails))
    if intent.op is Op.ARCHIVE:
        return archived(link) if record.gone is not None else replace(link, pending="retry", retry_at=None)
    if intent.op is Op.CREATE:
        refs = {**link.refs, record.ref.side: record.ref}
        link = replace(link, refs=refs, state=LinkState.LINKED)
    return in_doubt(recovered(link, intent, record, key.hash, ours), intent, record, objects)


def take_verdicts(store: Store, rules: Rules, run: int, now: datetime) -> None:
    """Turn what people decided in ``review resolve`` into links that carry the decision until it is carried
    out."""
    decided = store.verdicts()
    for item in decided:
        links, dropped = _verdict(store, rules, item)
        links = [_calmed(link, item.review, now) for link in links]
        moved = dict.fromkeys(dropped, links[0].id) if dropped else {}
        parts = Settlement(run=run, links=tuple(links), drop_links=tuple(dropped), moved_links=moved)
        store.settle(parts, now)
        store.verdict_taken(item.id)
    asked = store.retries_asked()
    if asked:
        links = list(store.links_by_id(asked).values())
        again = [replace(link, pending=link.pending or "verdict", retry_at=None, fails=0) for link in links]
        store.settle(Settlement(run=run, links=tuple(again)), now)
        store.retries_taken(asked)


def _calmed(link: Link, review: Review, now: datetime) -> Link:
    """A person has seen that a field goes back and forth: its flips count anew from now on."""
    if review.code != FLAPPING:
        return link
    return replace(link, diverged={**link.diverged, CALMED + review.field: now.isoformat()})


def _verdict(store: Store, rules: Rules, item: OpenReview) -> tuple[list[Link], list[str]]:
    review, choice = item.review, item.resolution
    known = store.links_by_ref([review.subject])
    link = known.get(review.subject)
    if link is None:
        return [], []
    if choice in (Side.HUBSPOT.value, Side.SALESFORCE.value):
        marks = {**link.diverged, review.field: VERDICT + choice}
        return [replace(link, diverged=marks, pending="verdict", retry_at=None)], []
    if choice == "apart":
        marks = {**link.diverged, APART: "kept apart by a person"}
        return [replace(link, diverged=marks, pending="verdict", retry_at=None)], []
    if choice.startswith("link:"):
        return _joined(store, rules.objects[link.kind], link, choice, review.subject.side.other)
    if choice == "again":
        return _anew(link, review.subject), []
    if choice == "retry":
        return [replace(link, pending="verdict", retry_at=None)], []
    return [], []


def _anew(link: Link, survivor: Ref) -> list[Link]:
    """A record whose partner was deleted starts over, as one that nobody has seen yet; the tombstone keeps
    the other one."""
    if link.state is not LinkState.TOMBSTONE or survivor not in link.refs.values():
        return [replace(link, pending="verdict", retry_at=None)]
    fresh = Link(uuid4().hex, link.kind, {survivor.side: survivor}, pending="verdict")
    others = {side: ref for side, ref in link.refs.items() if ref != survivor}
    return [replace(link, refs=others, pending="", retry_at=None), fresh]


def _joined(
    store: Store, objects: ObjectMap, link: Link, choice: str, side: Side
) -> tuple[list[Link], list[str]]:
    """A person said that two records are the same: they meet as at first contact."""
    _, type, id = choice.split(":", 2)
    ref = Ref(side, type, id)
    other = store.links_by_ref([ref]).get(ref)
    fits = side in objects.types and type in objects.types[side]
    if not fits or (other is not None and other.state is LinkState.LINKED):
        return [
            replace(link, pending="verdict", retry_at=None)
        ], []  # not possible: the question is asked again
    joined = Link(
        link.id,
        link.kind,
        {**link.refs, side: ref},
        LinkState.LINKED,
        aliases=link.aliases,
        pending="verdict",
    )
    return [joined], [other.id] if other is not None and other.id != link.id else []
