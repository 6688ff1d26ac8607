"""``smarketing status``: the last runs, what waits, how far each side was read, what comes next."""

from datetime import UTC, datetime, timedelta

from connector.commands.output import LABELS, Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import open_state
from connector.report import status as statuses
from connector.report.status import Status
from connector.settings import Settings, load
from connector.state.rows import RunRow
from jobs.schedule import next_start

WAITS = 1


def status(config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Show where things stand: runs, links, what waits for review or is held, how far each side was read.

    Asks neither CRM. Exit code 1 when something waits.
    """
    output = Output(json)
    settings = load(config)
    now = datetime.now(UTC)
    with open_state(settings) as store:
        found = statuses.read(store)
    coming = next_starts(settings, found, now)
    show(output, found, coming, now)
    output.answer(statuses.as_json(found, now, coming))
    return WAITS if found.waits else 0


def next_starts(settings: Settings, found: Status, now: datetime) -> dict[str, datetime]:
    """When `smarketing run` would start each job next, going by the runs there were."""
    last = next((row.started_at for row in found.runs if row.kind == "sync"), None)
    known = {"sync": last}
    return {name: next_start(job, settings.zone, known.get(name), now) for name, job in settings.jobs.items()}


def show(output: Output, found: Status, coming: dict[str, datetime], now: datetime) -> None:
    """The status as tables."""
    if not found.runs:
        output.words("No run yet. Next: smarketing plan")
    else:
        output.heading("Last runs")
        output.table(
            ("run", "what", "started (UTC)", "took", "written", "how it ended"),
            [_run(row) for row in found.runs],
        )
    if found.links:
        output.heading("Links")
        states = sorted({state for counts in found.links.values() for state in counts})
        rows = [(kind, *(counts.get(state, 0) for state in states)) for kind, counts in found.links.items()]
        output.table(("kind", *states), rows)
    _waiting(output, found)
    if found.cursors:
        output.heading("Read up to")
        output.table(
            ("CRM", "object", "time (UTC)", "age"),
            [(LABELS[c.side], c.type, _time(c.at), age(now - c.at)) for c in found.cursors],
        )
    _requests(output, found)
    output.heading("Next, while `smarketing run` is running")
    output.table(("job", "at (UTC)"), [(job, _time(at)) for job, at in coming.items()])


def _run(row: RunRow) -> tuple[object, ...]:
    seconds = row.summary.get("seconds")
    took = f"{seconds:.1f} s" if isinstance(seconds, int | float) else ""
    return (
        row.id,
        row.kind,
        _time(row.started_at),
        took,
        row.summary.get("writes"),
        row.outcome or "running",
    )


def _waiting(output: Output, found: Status) -> None:
    rows = [("review", code, count) for code, count in sorted(found.reviews.items())]
    rows += [("held", code, count) for code, count in sorted(found.held.items())]
    if rows:
        output.heading("Waiting")
        output.table(("", "why", "count"), rows)


def _requests(output: Output, found: Status) -> None:
    kinds = (
        (found.runs[0].summary.get("requests_by_kind") or found.runs[0].summary.get("requests") or {})
        if found.runs
        else {}
    )
    rows = [
        (side, kind, count)
        for side, each in kinds.items()
        if isinstance(each, dict)
        for kind, count in sorted(each.items())
    ]
    if rows:
        output.heading(f"Requests of run {found.runs[0].id}")
        output.table(("CRM", "kind of call", "requests"), rows)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def age(delta: timedelta) -> str:
    """``3 min``, ``2 h``, ``5 days``."""
    seconds = delta.total_seconds()
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
