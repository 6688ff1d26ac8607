"""Turns the nouns of ``connector.model`` into bytes and back, by an explicit codec per type.

What enters and leaves: values of the model and JSON bytes. It never unpickles, never guesses a type from the
text, and keeps every text that Python can hold (lone surrogates included).
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from struct import Struct
from typing import Any
from zlib import crc32

import orjson

from connector.errors import Stop
from connector.model import (
    Action,
    Change,
    DealPart,
    DealState,
    Decision,
    Delta,
    Gone,
    Held,
    How,
    Kind,
    Link,
    LinkState,
    Op,
    Raw,
    Record,
    Ref,
    Review,
    Side,
    StageMove,
    StageNow,
    Via,
    Why,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CODEC = 1
"""Version of the packed form of a link. A reader that meets a higher one must not guess."""

SIDES: Mapping[str, Side] = {side.value: side for side in Side}
KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}

# ---------------------------------------------------------------- basics


def to_us(at: datetime) -> int:
    """Microseconds since 1970 in UTC. ValueError for a naive time: it could mean any of 38 moments."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def to_us_or_none(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def from_us_or_none(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def dumps(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # lone surrogates and integers above 64 bits, which orjson refuses; slower
        return b" " + json.dumps(value).encode("ascii")


def loads(data: bytes | str) -> Any:
    """Undo ``dumps``: the blank in front, which orjson never writes, tells what only the other reader keeps
    whole."""
    return json.loads(data) if data[:1] in (b" ", " ") else orjson.loads(data)


def raw_from(value: Any) -> Raw:
    """A raw value as JSON gave it back: a list was a tuple."""
    return tuple(value) if value.__class__ is list else value


# ---------------------------------------------------------------- refs


def pack_ref(ref: Ref) -> list[str]:
    return [ref.side, ref.type, ref.id]


def unpack_ref(packed: list[str]) -> Ref:
    return Ref(SIDES[packed[0]], packed[1], packed[2])


def pack_refs(refs: Iterable[Ref]) -> bytes:
    return dumps([pack_ref(ref) for ref in refs])


def unpack_refs(data: bytes | str) -> tuple[Ref, ...]:
    return tuple(unpack_ref(packed) for packed in loads(data))


# ---------------------------------------------------------------- records and actions


def pack_record(record: Record) -> bytes:
    """``[side, type, id, stamp, values, gone, absorbed]``, gone being ``[how, into]``."""
    ref, gone = record.ref, record.gone
    packed = None if gone is None else [gone.how, None if gone.into is None else pack_ref(gone.into)]
    return dumps(
        [ref.side, ref.type, ref.id, to_us(record.stamp), dict(record.values), packed, record.absorbed]
    )


def unpack_record(data: bytes) -> Record:
    side, type_, id_, stamp, values, gone, absorbed = loads(data)
    for name, value in values.items():
        if value.__class__ is list:
            values[name] = tuple(value)
    end = None if gone is None else _unpack_gone(gone)
    return Record(Ref(SIDES[side], type_, id_), values, from_us(stamp), end, tuple(absorbed))


def _unpack_gone(packed: list[Any]) -> Gone:
    how, into = packed
    return Gone(How(how), None if into is None else unpack_ref(into))


def pack_action(action: Action) -> bytes:
    """``[op, kind, link, target, source, changes, again]``."""
    source = None if action.source is None else pack_ref(action.source)
    changes = [_pack_change(change) for change in action.changes]
    return dumps(
        [action.op, action.kind, action.link, pack_ref(action.target), source, changes, action.again]
    )


def unpack_action(data: bytes) -> Action:
    op, kind, link, target, source, changes, again = loads(data)
    return Action(
        op=Op(op),
        kind=KINDS[kind],
        link=link,
        target=unpack_ref(target),
        source=None if source is None else unpack_ref(source),
        changes=tuple(_unpack_change(change) for change in changes),
        again=again,
    )


def _pack_change(change: Change) -> list[Any]:
    after = change.after
    # A raw value is never a mapping, so a mapping can only be a delta.
    packed = {"+": sorted(after.add), "-": sorted(after.remove)} if isinstance(after, Delta) else after
    return [
        *(change.field, change.column, change.before, packed, change.why, change.rule),
        *(change.given, change.ours, change.bound),
    ]


def _unpack_change(packed: list[Any]) -> Change:
    field, column, before, after, why, rule, given, ours, bound = packed
    value = (
        Delta(frozenset(after["+"]), frozenset(after["-"])) if after.__class__ is dict else raw_from(after)
    )
    return Change(field, column, raw_from(before), value, Why(why), rule, raw_from(given), ours, bound)


# ---------------------------------------------------------------- decisions


def pack_decision(decision: Decision) -> bytes:
    """``[link, actions, reviews, held, judged, moves, marks, parts]``, the link with the columns that a query
    would ask for."""
    link = decision.link
    head = [
        *(link.id, link.kind, link.state, [pack_ref(ref) for ref in link.refs.values()]),
        {side.value: to_us(stamp) for side, stamp in link.stamps.items()},
        [pack_ref(ref) for ref in link.aliases],
        *(link.pending, to_us_or_none(link.retry_at), link.fails, pack_link(link).decode()),
    ]
    reviews = [
        [r.code, r.kind, pack_ref(r.subject), r.message, r.field, [pack_ref(c) for c in r.candidates], r.link]
        for r in decision.reviews
    ]
    held = [[h.code, h.link, pack_ref(h.subject), h.message, h.field, h.refusal] for h in decision.held]
    actions = [pack_action(action).decode() for action in decision.actions]
    moves = [_pack_move(move) for move in decision.moves]
    marks = None if decision.marks is None else _pack_now(decision.marks)
    parts = None if decision.parts is None else [_pack_part(part) for part in decision.parts]
    return dumps([head, actions, reviews, held, decision.judged, moves, marks, parts])


def unpack_decision(data: bytes) -> Decision:
    head, actions, reviews, held, judged, moves, marks, parts = loads(data)
    id_, kind, state, refs, stamps, aliases, pending, retry_at, fails, packed = head
    link = Link(
        id=id_,
        kind=KINDS[kind],
        refs={SIDES[ref[0]]: unpack_ref(ref) for ref in refs},
        state=LinkState(state),
        stamps={SIDES[side]: from_us(us) for side, us in stamps.items()},
        aliases=tuple(unpack_ref(ref) for ref in aliases),
        pending=pending,
        retry_at=from_us_or_none(retry_at),
        fails=fails,
        **unpack_link(packed.encode()),
    )
    return Decision(
        link,
        tuple(unpack_action(action.encode()) for action in actions),
        tuple(
            Review(
                code,
                KINDS[kind],
                unpack_ref(subject),
                message,
                field,
                tuple(map(unpack_ref, candidates)),
                mine,
            )
            for code, kind, subject, message, field, candidates, mine in reviews
        ),
        tuple(
            Held(code, mine, unpack_ref(subject), message, field, refusal)
            for code, mine, subject, message, field, refusal in held
        ),
        tuple(judged),
        tuple(map(_unpack_move, moves)),
        None if marks is None else _unpack_now(marks),
        None if parts is None else tuple(_unpack_part(part) for part in parts),
    )


def _pack_part(part: DealPart) -> list[Any]:
    return [part.deal, part.link, part.via, part.state, part.primary, part.roles, to_us(part.since)]


def _unpack_part(packed: list[Any]) -> DealPart:
    deal, link, via, state, primary, roles, since = packed
    return DealPart(deal, link, Via(via), DealState(state), primary, tuple(roles), from_us(since))


def _pack_move(move: StageMove) -> list[Any]:
    told = (move.by_kind, move.by_id, move.why, move.source, move.reason, move.rule)
    return [to_us(move.at), move.side, move.start, move.end, *told]


def _unpack_move(packed: list[Any]) -> StageMove:
    at, side, *told = packed
    return StageMove(from_us(at), SIDES[side], *told)


def _pack_now(now: StageNow) -> list[Any]:
    times = (now.since, now.handed_over_at, now.back_at, now.wait_until)
    return [now.stage, now.episode, now.back_from, now.target, now.note, *map(to_us_or_none, times)]


def _unpack_now(packed: list[Any]) -> StageNow:
    stage, episode, back_from, target, note, *times = packed
    since, handed_over_at, back_at, wait_until = map(from_us_or_none, times)
    return StageNow(stage, since, episode, handed_over_at, back_at, back_from, target, wait_until, note)


# ---------------------------------------------------------------- links

WIDTH = 8
"""Bytes of one base (``key.VALUE_BYTES``): the bases of a side are stored end to end."""

BREAK = "\n"
CHECKSUM = 4


def pack_link(link: Link) -> bytes:
    """What no query asks for, in one value: bases (``{names: {side: hashes}}``, so that names which both
    sides share stand there once), rows, diverged, armed. ValueError for a base that is not a hash."""
    bases: dict[str, dict[str, str]] = {}
    for side, per_field in link.bases.items():
        names = sorted(per_field)
        bases.setdefault(_join(tuple(names)), {})[side.value] = _text(_end_to_end(per_field, names))
    rows = {side.value: _text(row) for side, row in link.rows.items()}
    return dumps({"v": CODEC, "b": bases, "r": rows, "d": dict(link.diverged), "a": sorted(link.armed)})


def unpack_link(data: bytes) -> dict[str, Any]:
    """The keyword arguments of ``Link`` that ``pack_link`` packed. Stop if a newer program packed them."""
    packed = loads(data)
    if packed["v"] != CODEC:
        raise Stop(
            f"a link in the state was written by a newer version of smarketing (its form is {packed['v']}, "
            f"this program knows {CODEC})",
            fix="install the newer version again",
            reason="state",
        )
    bases: dict[Side, dict[str, bytes]] = {}
    for joined, per_side in packed["b"].items():
        names = _split(joined)
        hashes = _slices(len(names))
        for side, text in per_side.items():
            bases[SIDES[side]] = dict(zip(names, hashes.unpack(a2b_base64(text)), strict=True))
    return {
        "bases": bases,
        "rows": {SIDES[side]: a2b_base64(row) for side, row in packed["r"].items()},
        "diverged": packed["d"],
        "armed": frozenset(packed["a"]),
    }


def seal(body: bytes, columns: tuple[str | int | None, ...]) -> bytes:
    """Put a checksum over the body and the columns it stands beside in front: SQLite itself has none, and a
    base or an id with one wrong bit would pass for an edit or for another record."""
    return _checksum(body, columns) + body


def unseal(sealed: bytes, columns: tuple[str | int | None, ...]) -> bytes:
    """The sealed body. Stop(reason="state") if a bit of it or of the columns beside it was changed."""
    body = bytes(sealed[CHECKSUM:])
    if sealed[:CHECKSUM] != _checksum(body, columns):
        raise Stop(
            "the state is damaged (the checksum of a link is wrong)",
            fix="nothing was written from this link; restore the state from its latest backup",
            reason="state",
        )
    return body


def _checksum(body: bytes, columns: tuple[str | int | None, ...]) -> bytes:
    return crc32(body, crc32(dumps(columns))).to_bytes(CHECKSUM, "big")


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _end_to_end(per_field: Mapping[str, bytes], names: list[str]) -> bytes:
    hashes = b"".join([per_field[name] for name in names])
    if len(hashes) != WIDTH * len(names) or any(len(base) != WIDTH for base in per_field.values()):
        raise ValueError(f"a base is a hash of {WIDTH} bytes")
    return hashes


# A mapping has a handful of field sets, so these three answer from memory but for the first link of each.


@cache
def _join(names: tuple[str, ...]) -> str:
    if any(not name or BREAK in name for name in names):
        raise ValueError("a field has a name of one line")
    return BREAK.join(names)


@cache
def _split(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(BREAK)) if joined else ()


@cache
def _slices(count: int) -> Struct:
    return Struct(f"{WIDTH}s" * count)
