"""``smarketing explain``: why a record, or one value of it, is as it is."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import look, open_environment
from connector.lookup import find, parse_kind
from connector.mapping.rules import Rule
from connector.model import Raw, Side, Why
from connector.report import explain as explaining
from connector.report import journey
from connector.report.explain import Cell, Explanation, FieldStory, Sources, Written
from connector.report.words import LABELS
from connector.settings import load

WORDS = {
    Why.EDIT: "it was edited on the other side",
    Why.CLASH: "both sides had changed it, and the rule decided",
    Why.FIRST: "the two differed when the records first met, and the rule decided",
    Why.FILL: "it was blank here",
    Why.PUT_BACK: "this side does not own the field",
    Why.CREATE: "the record was created",
    Why.UNDO: "a person undid an earlier run",
    Why.OPT_IN: "the person opted in again, by HubSpot's own history",
    Why.DERIVED: "the connector's own field",
    Why.CRITERION: "an entry criterion of the pipeline became true",
    Why.DEAL: "the stage follows the person's deals",
}
MARKS = {True: "=", False: "≠", None: "?"}
LEGEND = {
    "≠": "the values differ: where no reason stands above, the next sync looks at what has changed",
    "?": "the values cannot be compared",
}
CELL = 200
"""Characters of a value in a table; ids and addresses are always whole."""


def explain(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="contact, company or deal.")],
    id: Annotated[
        str, typer.Argument(metavar="ID", help="An id of either CRM, our link id, or an email address.")
    ],
    field: Annotated[
        str | None, typer.Argument(metavar="FIELD", help="One field, by its name in the mapping or a CRM.")
    ] = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Say why a record, or one value of it, is as it is.

    Shows both records as they are now, the rule of each field, what the connector wrote when and why, and
    which value that replaced. A record that is not synced says why.
    """
    output = Output(json)
    with open_environment(load(config)) as env:
        subject = find(env.crms, env.store, env.rules, parse_kind(kind), id)
        sources = Sources(env.rules, env.crms, env.store, look(env), env.key.hash)
        found = explaining.explain(sources, parse_kind(kind), subject, field)
    show(output, found, whole=field is None)
    output.answer(as_json(found))
    return 0


def show(output: Output, found: Explanation, *, whole: bool) -> None:
    """``whole``: the record with all fields, else the story of the field that was asked for."""
    rows = [(LABELS[side], f"{ref.type} {ref.id}") for side, ref in found.refs.items()]
    rows += [("also", f"{ref.type} {ref.id} (read only)") for ref in found.aliases]
    known = f"link {found.link} ({found.state})" if found.link else "not looked at by any sync yet"
    output.table((found.kind.value, known), rows)
    for reason in (*found.gone, *found.reasons):
        output.words(f"  {reason}")
    if whole:
        sides = [side for side in Side if side in found.refs]
        columns = ("field", *(LABELS[side] for side in sides), "", "rule", "last written")
        output.table(columns, [_row(story, sides) for story in found.fields])
        for story in found.fields:
            for reason in _why(story):
                output.words(f"  {story.name}: {reason}")
        for mark in sorted({_mark(story) for story in found.fields} & set(LEGEND)):
            output.words(f"  {mark} {LEGEND[mark]}")
        return
    for story in found.fields:
        _story(output, story)


def _row(story: FieldStory, sides: Sequence[Side]) -> tuple[str, ...]:
    last = story.written[0] if story.written else None
    when = f"run {last.run}, {last.why}" if last else ""
    mark = _mark(story) if len(sides) == len(Side) else ""
    return (story.name, *(_shown(story.cells.get(side)) for side in sides), mark, story.rule, when)


def _mark(story: FieldStory) -> str:
    return MARKS[story.agree] if len(story.cells) == len(Side) else ""


def _why(story: FieldStory) -> list[str]:
    """Why a field is as it is; what has no reason of its own is told by the legend."""
    return [*story.waits, *([story.reason] if story.reason and not story.waits else [])]


def _story(output: Output, story: FieldStory) -> None:
    output.heading(story.name)
    cells = [(LABELS[side], cell.column, _full(cell), _who(side, cell)) for side, cell in story.cells.items()]
    output.table(("now in", "field", "value", "entered"), cells)
    output.words(f"  Rule: {story.rule} ({story.where})")
    for reason in _why(story):
        output.words(f"  {reason}")
    if story.history:
        output.heading("How this person got there")
        output.table(journey.COLUMNS, journey.rows(story.history))
    if not story.written:
        output.words("  The connector never wrote this field of this record.")
    for each in story.written:
        output.words(f"  {sentence(each)}")


def _who(side: Side, cell: Cell) -> str:
    """Who entered the value that stands there, and when, as far as anybody knows."""
    if not cell.read:
        return ""
    if cell.by_run is not None:
        return f"by run {cell.by_run}"
    when = f", {cell.changed_at:%Y-%m-%d %H:%M} UTC" if cell.changed_at is not None else ""
    return f"in {LABELS[side]}{when}" if cell.value is not None or when else ""


def sentence(each: Written) -> str:
    """One write in words."""
    when = f"Run {each.run}, {each.at:%Y-%m-%d %H:%M} UTC"
    where = f"{LABELS[each.target.side]} {each.target.type} {each.target.id}"
    start = f"{when}: written to {where}, because {_because(each)} ({each.rule})."
    if not each.kept:
        return f"{start} What it replaced is no longer kept."
    if each.why is Why.CREATE:
        return start
    if each.replaced is None:
        return f"{start} It was blank before."
    verb = "The value that lost" if each.clash else "It replaced"
    return f"{start} {verb}: {_text(each.replaced)}"


def _because(each: Written) -> str:
    """A field without an owner that was put back is a stage, whose move did not stand, or has only a stricter
    value."""
    if each.why is Why.PUT_BACK and each.rule.startswith(Rule.STRICTEST):
        return "yes beats no"
    owned = not each.rule.startswith(Rule.TWO_WAY)
    return WORDS[each.why] if owned or each.why is not Why.PUT_BACK else "the pipeline did not allow the move"


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    text = _full(cell)
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def _full(cell: Cell) -> str:
    return _text(cell.value) if cell.read else "(not read)"


def _text(value: Raw) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return "; ".join(value) if isinstance(value, tuple) else str(value)


def as_json(found: Explanation) -> dict[str, Any]:
    """The object of ``explain --json``."""
    return {
        "kind": found.kind.value,
        "subject": str(found.subject),
        "link": found.link,
        "state": found.state,
        "records": {side.value: {"type": ref.type, "id": ref.id} for side, ref in found.refs.items()},
        "aliases": [str(ref) for ref in found.aliases],
        "gone": list(found.gone),
        "reasons": list(found.reasons),
        "fields": [_field_json(story) for story in found.fields],
    }


def _field_json(story: FieldStory) -> dict[str, Any]:
    return {
        "field": story.name,
        "rule": story.rule,
        "where": story.where,
        "agree": story.agree,
        "reason": story.reason or None,
        "values": {
            side.value: {
                "column": cell.column,
                "read": cell.read,
                "value": _raw(cell.value),
                "by_run": cell.by_run,
                "changed_at": cell.changed_at,
            }
            for side, cell in story.cells.items()
        },
        "waits": list(story.waits),
        "history": journey.as_json(story.history),
        "written": [
            {
                "run": each.run,
                "at": each.at,
                "side": each.target.side.value,
                "record": str(each.target),
                "why": each.why.value,
                "rule": each.rule,
                "replaced": _raw(each.replaced),
                "kept": each.kept,
                "clash": each.clash,
            }
            for each in story.written
        ],
    }


def _raw(value: Raw) -> Any:
    return list(value) if isinstance(value, tuple) else value
