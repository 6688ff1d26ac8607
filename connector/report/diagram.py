"""The pipeline as a picture: where boxes and arrows stand, as plain text and as SVG.

Enters: a pipeline and a language. Leaves: lines for a terminal, or an SVG document. Never: I/O. Both are
drawn from one ``Layout``: each stage has a place in order and a lane (marketing or sales), each line of
moves back a rail of its own, so that no two arrows lie on each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

from connector.mapping.rules import Pipeline
from connector.report.words_pipeline import WORDS, read_aloud, span


@dataclass(frozen=True, slots=True)
class Box:
    """One stage. ``when``: in words, when people come here by themselves; "" for never."""

    label: str
    key: str
    lane: str
    handover: bool
    when: str


@dataclass(frozen=True, slots=True)
class Rail:
    """Moves back from one stage. ``start`` and ``to``: places of boxes; ``note``: what they need."""

    start: int
    to: tuple[int, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Layout:
    """``boxes`` in order; ``rails``: the shortest first, so that a long one goes around it."""

    boxes: tuple[Box, ...]
    rails: tuple[Rail, ...]
    lanes: tuple[tuple[str, str], ...]
    handover: str


def layout(pipeline: Pipeline, language: str) -> Layout:
    """Where everything belongs, in words of that language."""
    words = WORDS[language]
    boxes = tuple(
        Box(
            stage.label[language],
            stage.key,
            stage.owner,
            stage.key == pipeline.handover,
            read_aloud(stage.enter_when, pipeline, language) if stage.enter_when else "",
        )
        for stage in pipeline.stages
    )
    rails = (
        Rail(
            pipeline.index(move.start),
            tuple(sorted((pipeline.index(to) for to in move.to), reverse=True)),
            _note(move.needs_reason, move.grace_s, language),
        )
        for move in pipeline.backward
    )
    ordered = sorted(rails, key=lambda rail: (rail.start - min(rail.to), rail.start))
    lanes = tuple((owner, words[owner]) for owner in ("marketing", "sales"))
    return Layout(boxes, tuple(ordered), lanes, words["handover"])


def _note(needs_reason: bool, grace_s: int, language: str) -> str:
    words = WORDS[language]
    if not needs_reason:
        return words["back_of"]
    grace = words["grace"].format(time=span(grace_s, language)) if grace_s else ""
    return words["with_reason"] + grace


# ---------------------------------------------------------------- plain text

INNER = 30
"""Characters inside a box."""


def text(made: Layout) -> list[str]:
    """Lines for a terminal: stages from top to bottom, moves back at the right."""
    rows: list[tuple[str, int | None]] = []
    middle = INNER // 2 + 1
    names = dict(made.lanes)
    lane = ""
    for place, box in enumerate(made.boxes):
        if place:
            rows += [(" " * middle + "│", None)] if not box.handover else []
            if box.handover:
                bar = f"══ {made.handover} "
                rows += [(bar + "═" * (INNER + 2 - len(bar)), None)]
            rows += [(" " * middle + "▼", None)]
        if box.lane != lane:
            lane = box.lane
            rows.append((names.get(lane, lane).upper(), None))
        rows.append(("┌" + "─" * INNER + "┐", None))
        rows.append(("│ " + _cut(box.label, INNER - 2).ljust(INNER - 1) + "│", place))
        rows.append(("└" + "─" * INNER + "┘", None))
    return _with_rails(rows, made.rails)


def _cut(label: str, room: int) -> str:
    return label if len(label) <= room else label[: room - 1] + "…"


BENDS = {
    frozenset(): " ",
    frozenset({"left", "right"}): "─",
    frozenset({"up", "down"}): "│",
    frozenset({"left", "down"}): "┐",
    frozenset({"left", "up"}): "┘",
    frozenset({"left", "up", "down"}): "┤",
    frozenset({"left", "right", "down"}): "┬",
    frozenset({"left", "right", "up"}): "┴",
    frozenset({"left", "right", "up", "down"}): "┼",
}


def _with_rails(rows: Sequence[tuple[str, int | None]], rails: Sequence[Rail]) -> list[str]:
    """Rails to the right of the boxes: one column each, from the row of the start up to those of the
    targets."""
    row_of = {place: i for i, (_, place) in enumerate(rows) if place is not None}
    width = INNER + 2
    ways: dict[tuple[int, int], set[str]] = {}
    for number, rail in enumerate(rails):
        column = width + 3 + 4 * number
        ends = [row_of[place] for place in (rail.start, *rail.to)]
        top, bottom = min(ends), max(ends)
        for row in range(top, bottom + 1):
            ways.setdefault((row, column), set()).update(
                way
                for way, there in (("up", row > top), ("down", row < bottom), ("left", row in ends))
                if there
            )
        for row in ends:
            for x in range(width, column):
                ways.setdefault((row, x), set()).update(("left", "right"))
    heads = {row_of[place] for rail in rails for place in rail.to}
    lines = []
    for row, (line, _) in enumerate(rows):
        last = max((x for y, x in ways if y == row), default=-1)
        tail = "".join(BENDS[frozenset(ways.get((row, x), ()))] for x in range(width, last + 1))
        lines.append(line.ljust(width) + ("◀" + tail[1:] if row in heads else tail) if tail else line)
    notes = {row_of[rail.start]: rail.note for rail in rails}
    return [f"{line}  {notes[i]}" if i in notes else line for i, line in enumerate(lines)]


# ---------------------------------------------------------------- SVG

W, H = 184, 62
GAP, LANE = 44, 148
LEFT, TOP = 118, 92
RAIL, LINE = 34, 24
WIDE = 0.66
"""Width of a bold letter, as a part of its size: wide, so that any system font fits."""
BOLT = "M{x} {y}l-6 9h4.5l-2.5 7 7-9.5h-4.5z"
COLORS = {"marketing": ("#e6f4f1", "#0b7a75"), "sales": ("#e8ecfb", "#3949ab")}
INK, SOFT, BACK = "#1f2933", "#5b6770", "#b4532a"
FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"


def svg(made: Layout, title: str, *, headed: bool = True) -> str:
    """A whole SVG document, without scripts, fonts or anything from elsewhere. ``headed``: with the title
    above the picture."""
    width = LEFT + len(made.boxes) * (W + GAP) + 16
    floor = TOP + 2 * LANE
    notes = list(_legend(made, width, floor + RAIL * len(made.rails)))
    top = 0 if headed else 34
    height = floor + RAIL * len(made.rails) + LINE * len(notes) + 8 - top
    body = [*_lanes(made, width), *_forward(made), *_handover(made, floor)]
    body += [piece for number, rail in enumerate(made.rails) for piece in _rail(made, rail, number, floor)]
    body += [_rail_note(made, rail, number, floor) for number, rail in enumerate(made.rails)]
    body += [piece for place, box in enumerate(made.boxes) for piece in _box(box, place)]
    body += notes
    head = f'<text x="24" y="44" font-size="24" font-weight="600" fill="{INK}">{escape(title)}</text>\n'
    lines = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top} {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="{FONT}">\n<title>{escape(title)}</title>\n'
        f"<defs>{_head('forward', SOFT)}{_head('back', BACK)}</defs>\n"
        f'<rect y="{top}" width="{width}" height="{height}" fill="#ffffff"/>\n'
        f"{head if headed else ''}{lines}\n</svg>\n"
    )


def _head(name: str, color: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{color}"/></marker>'
    )


def _lanes(made: Layout, width: int) -> Iterator[str]:
    for number, (lane, name) in enumerate(made.lanes):
        fill, ink = COLORS[lane]
        y = TOP - 26 + number * LANE
        yield (
            f'<rect x="16" y="{y}" width="{width - 32}" height="{LANE - 12}" rx="12" fill="{fill}"/>'
            f'<text x="34" y="{y + (LANE - 12) // 2 + 6}" font-size="16" font-weight="600" fill="{ink}">'
            f"{escape(name)}</text>"
        )


def _at(made: Layout, place: int) -> tuple[int, int]:
    """Left upper corner of a box."""
    lane = [name for name, _ in made.lanes].index(made.boxes[place].lane)
    return LEFT + place * (W + GAP) + GAP // 2, TOP + lane * LANE


def _box(box: Box, place: int) -> Iterator[str]:
    _, ink = COLORS[box.lane]
    x, y = LEFT + place * (W + GAP) + GAP // 2, TOP + (LANE if box.lane == "sales" else 0)
    yield (
        f'<rect x="{x}" y="{y}" width="{W}" height="{H}" rx="10" fill="#ffffff" stroke="{ink}" '
        f'stroke-width="{3 if box.handover else 1.6}"/>'
    )
    size = min(16, int(W / (WIDE * max(map(len, box.label.split()), default=1))))
    lines = wrap(box.label, int(W / (WIDE * size)))[:2]
    first = y + H / 2 + 6 - 10 * (len(lines) - 1)
    for number, line in enumerate(lines):
        yield (
            f'<text x="{x + W // 2}" y="{first + 20 * number:g}" font-size="{size}" font-weight="600" '
            f'text-anchor="middle" fill="{INK}">{escape(line)}</text>'
        )
    if box.when:
        yield (
            f'<circle cx="{x + W - 4}" cy="{y + 4}" r="12" fill="#ffffff" stroke="{ink}" stroke-width="1.6"/>'
            f'<path d="{BOLT.format(x=x + W - 3, y=y - 4)}" fill="{ink}"/>'
        )


def _legend(made: Layout, width: int, top: int) -> Iterator[str]:
    """When people come to a stage by themselves, below the picture."""
    y = top + 6
    for box in made.boxes:
        lines = wrap(f"{box.label}: {box.when}", width // 8) if box.when else []
        for number, line in enumerate(lines):
            bolt = (
                f'<path d="{BOLT.format(x=27, y=y - 12)}" fill="{COLORS[box.lane][1]}"/>'
                if not number
                else ""
            )
            yield f'{bolt}<text x="40" y="{y}" font-size="14" fill="{INK}">{escape(line)}</text>'
            y += LINE


def _forward(made: Layout) -> Iterator[str]:
    for place in range(len(made.boxes) - 1):
        (x, y), (to_x, to_y) = _at(made, place), _at(made, place + 1)
        start, end = (x + W, y + H // 2), (to_x - 2, to_y + H // 2)
        turn = start[0] + GAP // 4
        way = "" if y == to_y else f"H{turn}V{end[1]}"
        path = f"M{start[0]} {start[1]}{way}H{end[0]}"
        yield f'<path d="{path}" fill="none" stroke="{SOFT}" stroke-width="2" marker-end="url(#forward)"/>'


def _handover(made: Layout, floor: int) -> Iterator[str]:
    place = next((i for i, box in enumerate(made.boxes) if box.handover), 0)
    if not place:
        return
    x = _at(made, place)[0] - GAP // 2
    yield (
        f'<path d="M{x} {TOP - 34}V{floor - 30}" stroke="{INK}" stroke-width="1.5" stroke-dasharray="6 5"/>'
        f'<text x="{x}" y="{TOP - 42}" font-size="14" font-weight="600" text-anchor="middle" fill="{INK}">'
        f"{escape(made.handover)}</text>"
    )


def _rail(made: Layout, rail: Rail, number: int, floor: int) -> Iterator[str]:
    """From below the start down to its rail, along it, and up to each target."""
    shift, y = _shift(number), floor + RAIL * number
    x, top = _at(made, rail.start)
    start = x + W // 2 + shift
    for to in rail.to:
        end_x, end_y = _at(made, to)
        end = end_x + W // 2 + shift
        yield (
            f'<path d="M{start} {top + H}V{y - 8}Q{start} {y} {start - 8} {y}'
            f'H{end + 8}Q{end} {y} {end} {y - 8}V{end_y + H + 3}" fill="none" '
            f'stroke="{BACK}" stroke-width="1.8" marker-end="url(#back)"/>'
        )


def _shift(number: int) -> int:
    """Where a rail meets its boxes, from their middle."""
    return -30 + 20 * (number % 4)


def _rail_note(made: Layout, rail: Rail, number: int, floor: int) -> str:
    """What a move back needs, below its rail; over all lines."""
    start = _at(made, rail.start)[0] + W // 2 + _shift(number)
    y = floor + RAIL * number
    return (
        f'<text x="{start - 12}" y="{y + 16}" font-size="13" text-anchor="end" fill="{BACK}" '
        f'stroke="#ffffff" stroke-width="4" paint-order="stroke">{escape(rail.note)}</text>'
    )
