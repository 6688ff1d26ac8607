"""``smarketing status``: the last runs, what waits, how far each side was read, what comes next."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import open_state, work_folder
from connector.model import Side
from connector.report import status as statuses
from connector.report.status import Approvable, Status
from connector.report.windows import state_of, what_of
from connector.report.words import LABELS, class_words, counted, danger_words
from connector.settings import Settings, load
from connector.state.pause import Switch
from connector.state.rows import RunRow
from jobs.schedule import next_start

WAITS = 1
FIRST = 10
"""Held items that are shown without --held."""


def status(
    held: Annotated[
        bool, typer.Option("--held", help="Show everything that is held, not only the first 10.")
    ] = False,
    requests: Annotated[
        bool, typer.Option("--requests", help="Show the last run's requests by kind of call.")
    ] = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Show where things stand: runs, links, what waits for review or is held, how far each side was read.

    Asks neither CRM. Exit code 1 when something waits.
    """
    output = Output(json)
    settings = load(config)
    now = datetime.now(UTC)
    with open_state(settings) as store:
        found = statuses.read(
            store,
            now,
            Switch(work_folder(settings), store).pause(),
            alarm=timedelta(seconds=settings.review.alarm_after_s),
        )
    coming = next_starts(settings, found, now)
    show(output, found, coming, held=held, requests=requests)
    output.answer(statuses.as_json(found, coming))
    return WAITS if found.waits else 0


def next_starts(settings: Settings, found: Status, now: datetime) -> dict[str, datetime]:
    """When `smarketing run` would start each job next, going by the runs there were."""
    last = next((row.started_at for row in found.runs if row.kind == "sync"), None)
    known = {"sync": last}
    return {name: next_start(job, settings.zone, known.get(name), now) for name, job in settings.jobs.items()}


def show(
    output: Output,
    found: Status,
    coming: dict[str, datetime],
    *,
    held: bool = False,
    requests: bool = False,
) -> None:
    """The status as tables. ``held``: every held item; ``requests``: by kind of call, not only totals."""
    if found.paused is not None:
        output.words(f"The sync is {found.paused}.", style="bold")
        output.line("To go on: smarketing resume")
    if not found.runs:
        output.words("No run yet. Next: smarketing plan")
    else:
        output.heading("Last runs")
        output.table(
            ("run", "what", "started (UTC)", "took", "written", "how it ended"),
            [_run(row, found.outcome(row)) for row in found.runs],
        )
    if found.links:
        output.heading("Links")
        states = sorted({state for counts in found.links.values() for state in counts})
        rows = [(kind, *(counts.get(state, 0) for state in states)) for kind, counts in found.links.items()]
        output.table(("kind", *states), rows)
    _waiting(output, found)
    _overdue(output, found)
    if found.approvable is not None:
        _approval(output, found.approvable)
    _held(output, found, whole=held)
    _windows(output, found)
    if found.cursors:
        output.heading("Read up to")
        output.table(
            ("CRM", "object", "time (UTC)", "age"),
            [(LABELS[c.side], c.type, _time(c.at), age(found.now - c.at)) for c in found.cursors],
        )
    _requests(output, found, whole=requests)
    output.heading("Next, while `smarketing run` is running")
    output.table(("job", "at (UTC)"), [(job, _time(at)) for job, at in coming.items()])


def _run(row: RunRow, outcome: str) -> tuple[object, ...]:
    seconds = row.summary.get("seconds")
    took = f"{seconds:.1f} s" if isinstance(seconds, int | float) else ""
    return (row.id, row.kind, _time(row.started_at), took, row.summary.get("writes"), outcome)


def _overdue(output: Output, found: Status) -> None:
    if found.overdue:
        oldest = age(found.now - found.overdue[0].since)
        many = counted(len(found.overdue), "item")
        output.words(f"Overdue: {many} waiting for too long, the oldest for {oldest}.", style="bold red")


def _waiting(output: Output, found: Status) -> None:
    rows = [("review", code, count) for code, count in sorted(found.reviews.items())]
    rows += [(_held_by(code), code, count) for code, count in sorted(found.held.items())]
    if rows:
        output.heading("Waiting")
        output.table(("", "why", "count"), rows)
    if found.reviews:
        output.words("To decide what only a person can: smarketing review list")


def _held_by(code: str) -> str:
    """What a guard holds a person lets through; everything else goes on by itself."""
    return "held by guards" if code == statuses.GUARD else "held until its cause is gone"


def _approval(output: Output, held: Approvable) -> None:
    """What guards hold, and what to type."""
    output.heading("Waiting for approval")
    for name in held.dangers:
        output.words(danger_words(name, held.plan))
    if held.classes:
        rows = [(class_words(n), count, held.unusual.get(n)) for n, count in held.classes.items()]
        output.table(("held by guards", "changes", "usual"), rows)
    if held.unusual:
        output.words(
            "Usual: the most on a day of the last two weeks. What is far above it is held whatever the limit."
        )
    if held.approved:
        output.line("Approved; the next sync carries it out: smarketing sync")
    elif held.plan is None:
        output.line("Its plan is too old to approve; look again: smarketing plan")
    else:
        output.line(f"To let exactly this through: {held.command}")


def _windows(output: Output, found: Status) -> None:
    if found.windows:
        output.heading("Announced")
        rows = [
            (w.id, what_of(w), w.used, w.most, _time(w.ends_at), state_of(w, found.now))
            for w in found.windows
        ]
        output.table(("window", "what", "used", "of", "to (UTC)", ""), rows)


def _held(output: Output, found: Status, *, whole: bool) -> None:
    shown = found.items if whole else found.items[:FIRST]
    if not shown:
        return
    output.heading("Held, until its cause is gone")
    output.table(("record", "field", "why"), [(str(i.subject), i.field, i.message) for i in shown])
    if len(shown) < len(found.items):
        output.line(f"  {len(shown)} of {len(found.items):,} are shown; all: smarketing status --held")
    output.line("More about one record: smarketing explain KIND ID")


def _requests(output: Output, found: Status, *, whole: bool) -> None:
    kinds = statuses.requests_of(found)
    if not kinds:
        return
    output.heading("Requests of the last run")
    if whole:
        rows = [(LABELS[Side(s)], kind, n) for s, each in kinds.items() for kind, n in sorted(each.items())]
        output.table(("CRM", "kind of call", "requests"), rows)
    else:
        output.table(
            ("CRM", "requests"), [(LABELS[Side(s)], sum(each.values())) for s, each in kinds.items()]
        )


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def age(delta: timedelta) -> str:
    """``3 min``, ``2 h``, ``5 days``."""
    seconds = delta.total_seconds()
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
