"""How a run's report looks: tables and words for people, plain data for machines."""

import re
from itertools import groupby
from typing import Any

from connector.commands.output import Output
from connector.model import LINK_ID, PARTNER_ID, Action, Change, Delta, Op, Raw
from connector.report import runs
from connector.report.runs import Report
from connector.report.words import APPROVE, LABELS, class_words, counted, danger_words, is_danger

EXAMPLES = 2
FIELDS = 5
CELL = 60
UNUSUAL = " (far more than on any day of the last two weeks: {} at most)"
LINK = re.compile(r"[0-9a-f]{32}")
"""Before a reference is written it stands for a link."""


def action_json(action: Action) -> dict[str, Any]:
    """One planned action as plain data."""
    return {
        "op": action.op.value,
        "kind": action.kind.value,
        "side": action.side.value,
        "type": action.target.type,
        "id": action.target.id or None,
        "link": action.link,
        "source": str(action.source) if action.source else None,
        "changes": [_change_json(change) for change in action.changes],
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "field": change.field,
        "column": change.column,
        "before": _plain(change.before),
        "after": _plain(change.after),
        "why": change.why.value,
        "rule": change.rule,
    }


def _plain(value: Raw | Delta) -> Any:
    if isinstance(value, Delta):
        return {"add": sorted(value.add), "remove": sorted(value.remove)}
    return list(value) if isinstance(value, tuple) else value


def plan_json(report: Report) -> dict[str, Any]:
    """The object of ``plan --json``: the keys of a sync for what would happen, and the actions."""
    would = {op: sum(n for name, n in report.planned.items() if name.startswith(op)) for op in Op}
    counts = {"created": would[Op.CREATE], "updated": would[Op.UPDATE], "writes": sum(would.values())}
    return runs.summary(report) | counts | {"actions": [action_json(each) for each in report.sample]}


def report(output: Output, report: Report) -> None:
    """What a run did (or would do), what waits, and what to type next."""
    dry = report.kind == "plan"
    output.words(_headline(report), style="bold")
    if report.planned and (dry or report.stopped_by):
        output.table(("planned", "records"), sorted(report.planned.items()))
    if not dry:
        output.table(("", "records"), _counts(report))
    requests = ", ".join(
        f"{sum(kinds.values()):,} to {LABELS[side]}" for side, kinds in sorted(report.requests.items())
    )
    output.words(
        f"Requests: {requests}. Linked pairs: {report.linked:,}; on one side only: {report.single:,}."
    )
    if report.mapping_changed:
        output.words(_everything(report))
    for line in _advice(report):
        output.words(line)


def _headline(report: Report) -> str:
    took = f"in {report.seconds:.1f} s"
    if report.danger:
        run = (
            f"Plan {report.run}: a sync would stop" if report.kind == "plan" else f"Run {report.run} stopped"
        )
        return f"{run} before any write."
    if report.paused:
        return (
            f"Run {report.run} was paused after {report.seconds:.1f} s; what it had begun is complete. "
            "To go on: smarketing resume"
        )
    if report.interrupted:
        return (
            f"Run {report.run} was interrupted after {report.seconds:.1f} s; what it had begun is complete."
        )
    if report.kind == "plan":
        total = sum(report.planned.values())
        return (
            f"Plan {report.run} ({took}): {counted(total, 'record')} would be written; nothing was."
            if total
            else (f"Plan {report.run} ({took}): both CRMs agree, nothing would be written.")
        )
    return f"Run {report.run} done {took}: {counted(report.writes, 'record')} written."


def _everything(report: Report) -> str:
    if report.kind != "plan":
        return "The mapping had changed since the last sync: everything was read once."
    asked = sum(sum(kinds.values()) for kinds in report.requests.values())
    return (
        "The mapping has changed: the next sync reads everything once, "
        f"about {counted(asked, 'request')} as for this plan, before it writes."
    )


def _counts(report: Report) -> list[tuple[str, int]]:
    rows = [
        ("created", report.created),
        ("updated", report.updated),
        ("refused or not answered; tried again", report.failed),
        ("waiting for review", report.review),
        ("held, by guards or until its cause is gone", report.held),
    ]
    return [row for row in rows if row[1] or row[0] in ("created", "updated")]


def _advice(report: Report) -> list[str]:
    lines = [danger_words(name, report.plan) for name in report.stopped_by if is_danger(name)]
    classes = [name for name in report.stopped_by if not is_danger(name)]
    if classes:
        lines.append("Held by guards, until a person approves:")
        lines += [f"  {class_words(name)}{_unusual(report, name)}" for name in classes]
    if report.plan and not report.stopped_by:
        lines.append("No guard holds any of it: smarketing sync")
    elif report.plan and classes:
        lines.append(f"To let it through: {APPROVE} {report.plan}, then smarketing sync")
    return lines + (_foreseen(report) if report.kind == "plan" else _waiting(report))


def _unusual(report: Report, name: str) -> str:
    return UNUSUAL.format(f"{report.unusual[name]:,}") if name in report.unusual else ""


def _foreseen(report: Report) -> list[str]:
    """Of a dry run, in which nothing is kept to be looked at."""
    if not report.review and not report.held:
        return []
    return [
        f"Would wait for a person to decide: {report.review:,}; "
        f"would be held, by guards or until its cause is gone: {report.held:,}."
    ]


def _waiting(report: Report) -> list[str]:
    lines = []
    if report.review:
        lines.append("To decide what only a person can: smarketing review list")
    if report.held:
        lines.append("What is held, and why: smarketing status")
    return lines


def actions(output: Output, report: Report) -> None:
    """A few examples of each class of planned actions, and of how many. Ids that the connector notes are
    left out."""
    shown = 0
    ordered = sorted(report.sample, key=_class_of)
    for name, group in groupby(ordered, key=_class_of):
        members = [action for action in group if any(not _is_id(change) for change in action.changes)]
        if members:
            output.heading(f"Examples of: {name}")
            rows = [row for action in members[:EXAMPLES] for row in _rows(action)]
            output.table(("record", "field", "now", "then", "why"), rows)
            shown += len(members[:EXAMPLES])
    total = sum(report.planned.values())
    if total:
        output.words(f"Shown: {shown:,} of {counted(total, 'action')}. All of them: smarketing plan --json")


def _class_of(action: Action) -> str:
    return f"{action.op} {action.side} {action.kind}"


def _is_id(change: Change) -> bool:
    return change.field in (LINK_ID, PARTNER_ID)


def _rows(action: Action) -> list[tuple[str, str, str, str, str]]:
    changes = [change for change in action.changes if not _is_id(change)]
    name = action.target.id if action.op is Op.UPDATE else f"new {action.target.type}"
    rows = []
    for change in changes[:FIELDS]:
        rows.append((name, change.field, _short(change.before), _short(change.after), change.why.value))
        name = ""
    if len(changes) > FIELDS:
        rows.append(("", f"and {len(changes) - FIELDS} more", "", "", ""))
    return rows


def _short(value: Raw | Delta) -> str:
    if value is None:
        return "-"
    if isinstance(value, Delta):
        parts = [f"+{len(value.add)}" if value.add else "", f"-{len(value.remove)}" if value.remove else ""]
        return " ".join(part for part in parts if part)
    text = "; ".join(value) if isinstance(value, tuple) else str(value)
    if LINK.fullmatch(text):
        return "(the linked record)"
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
