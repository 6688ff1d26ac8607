"""``smarketing undo RUN``: put back what a run wrote, where it still stands."""

from typing import Annotated

import typer

from connector.commands.interrupt import stopping
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import open_environment
from connector.errors import ConfigError
from connector.lookup import find, parse_subject
from connector.model import WHOLE_RECORD, Side
from connector.report.undone import Undone, as_json
from connector.report.words import APPROVE, LABELS, class_words, counted
from connector.settings import load
from connector.undo import Wanted
from connector.undo import undo as undo_run

IDS = 5
"""Ids that are shown of each field; --json has all."""

REASONS = {
    "changed": "changed since, so left as they are",
    "expired": "can't be undone any more: what they replaced is no longer kept",
    "gone": "their record is gone (deleted, merged or converted)",
    "not read": "could not be read",
    "created": "records that the run created; to archive them too: --creates",
    "consent": "what a person said about being written to, which is never undone",
    "archived": "records that it put into the recycle bin: restore them there, and they are linked again",
}


def undo(
    run: Annotated[int, typer.Argument(metavar="RUN", help="The run's number, as `status` shows it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; without, only show it.")] = False,
    creates: Annotated[
        bool, typer.Option("--creates", help="Also put the records that it created into the recycle bin.")
    ] = False,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="KIND:ID", help="One record and its partner: contact:ID and so on."),
    ] = None,
    field: Annotated[
        str | None, typer.Option("--field", help="One field, by its name in the mapping.")
    ] = None,
    side: Annotated[str | None, typer.Option("--side", help="Only hubspot or salesforce.")] = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Put back what a run wrote, wherever that value still stands there.

    Shows what it would do; --yes does it, within the guards. What was changed since is left alone. The
    values that are put back may differ from the other CRM's until somebody edits either.
    """
    output = Output(json)
    chosen = _side(side)
    with open_environment(load(config)) as env, stopping(output.words) as stop, output.progress() as progress:
        ref = find(env.crms, env.store, env.rules, *parse_subject(only)) if only else None
        wanted = Wanted(run, creates, ref, field, chosen)
        done = undo_run(env, wanted, write=yes, progress=progress, stop=stop)
    show(output, done)
    output.answer(as_json(done))
    return done.report.exit_code


def _side(text: str | None) -> Side | None:
    if text is None:
        return None
    try:
        return Side(text.strip().lower())
    except ValueError:
        raise ConfigError(f"there is no side {text}", fix=f"Sides are {' and '.join(Side)}.") from None


def show(output: Output, done: Undone) -> None:
    """What was put back (or would be), what is left alone, and what to type next."""
    output.words(_headline(done), style="bold")
    rows = [
        (LABELS[side], kind.value, "(archived)" if name == WHOLE_RECORD else name, len(ids), _some(ids))
        for (side, kind, name), ids in sorted(done.fields.items())
    ]
    if rows:
        output.table(("CRM", "kind", "field", "records", "ids"), rows)
    for reason, count in sorted(done.left_by().items()):
        output.words(f"Left alone: {count:,} {REASONS[reason]}.")
        ids = dict.fromkeys(
            f"{one.target} {one.field}".strip() for one in done.left if one.reason.value == reason
        )
        output.line(f"  {_some(list(ids))}")
    for line in _advice(done):
        output.words(line)


def _headline(done: Undone) -> str:
    report = done.report
    if done.dry:
        total = sum(report.planned.values())
        return f"Undo of run {done.of}: {counted(total, 'record')} would be written; nothing was."
    start = f"Run {report.run}, the undo of run {done.of}"
    end = "was interrupted; type it again to go on" if report.interrupted else "is done"
    return f"{start}, {end}: {counted(report.writes, 'record')} written."


def _some(ids: list[str]) -> str:
    more = f" and {len(ids) - IDS:,} more" if len(ids) > IDS else ""
    return ", ".join(ids[:IDS]) + more


def _advice(done: Undone) -> list[str]:
    report = done.report
    command = f"smarketing undo {done.of} --yes, with the same options"
    lines = []
    if report.stopped_by:
        lines.append("Held by guards, until a person approves:")
        lines += [f"  {class_words(name)}" for name in report.stopped_by]
        lines.append(f"To let it through: {APPROVE} {report.plan}, then {command}")
    elif done.dry and report.planned:
        lines.append(f"To do it: {command}")
    if report.failed:
        lines.append(f"Refused or not answered: {report.failed:,}; why: smarketing status. Then: {command}")
    if not done.dry and report.writes:
        lines.append(f"To take this back in turn: smarketing undo {report.run}")
    return lines
