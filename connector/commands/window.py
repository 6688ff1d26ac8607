"""``smarketing window``: a bulk import is announced, so that no guard holds it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from connector import options
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json, who
from connector.connect import open_state
from connector.errors import ConfigError
from connector.lookup import parse_kind
from connector.model import Side
from connector.report.windows import LIVE, state_of, what_of, window_json
from connector.report.words import counted
from connector.settings import load
from connector.state.rows import Window
from connector.state.store import Store
from connector.sync.volume import VERBS

app = typer.Typer(no_args_is_help=True, help="Bulk changes that are announced, so that no guard holds them.")

LONGEST = timedelta(days=14)
BEHIND = timedelta(minutes=1)
"""A window that begins now has begun by the CRMs' clock, too, which may be behind and tells no fractions."""
BY_FIELD = ("overwrites", "blankings", "unlinks")
"""Classes that are counted per field."""


@app.command()
def add(
    what: Annotated[str, typer.Option(help=f"One of {', '.join(VERBS)}.")],
    most: Annotated[int, typer.Option(metavar="N", min=1, help="How many at most.")],
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="When it ends: 2026-03-02T18:00, or after 6h.")
    ],
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="When it begins: 2026-03-02T12:00. Else now.")
    ] = "",
    side: Annotated[str, typer.Option(help="Only what is written to hubspot, or to salesforce.")] = "",
    kind: Annotated[str, typer.Option(help="Only company, contact or deal.")] = "",
    field: Annotated[str, typer.Option(help="Only this field, by its name in the mapping.")] = "",
    reason: Annotated[str, typer.Option(help="What it is for.")] = "",
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Announce up to N changes of a kind, for example an import, so that no guard holds them.

    It ends by itself. Danger guards hold all the same, and so does the guard when more comes than announced.
    """
    output = Output(json)
    settings = load(config)
    _refuse_words(what, side, field)
    zone = ZoneInfo(settings.zone)
    with open_state(settings) as store:
        now = _now(store)
        starts_at = _moment("--from", since, zone, now) if since else now - BEHIND
        window = Window(
            what=what,
            most=most,
            starts_at=starts_at,
            ends_at=_moment("--to", until, zone, starts_at),
            announced_at=now,
            side=side,
            kind=parse_kind(kind).value if kind else "",
            field=field,
            announced_by=who(),
            reason=reason.strip(),
        )
        _refuse_times(window, now)
        made = store.add_window(window)
    when = f"from {_time(starts_at)} to {_time(made.ends_at)} UTC"
    output.words(f"Window {made.id}: up to {most:,} {what_of(made)}, {when}.")
    output.line(f"To end it earlier: smarketing window remove {made.id}")
    output.answer(window_json(made, now))
    return 0


@app.command("list")
def list_windows(
    past: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """List the windows that are open or to come, with what is used of each."""
    output = Output(json)
    with open_state(load(config)) as store:
        now = _now(store)
        found = [w for w in store.windows() if past or state_of(w, now) in LIVE]
    if found:
        output.table(
            ("id", "what", "used", "of", "from (UTC)", "to (UTC)", "", "by", "reason"),
            [
                (
                    str(w.id),
                    what_of(w),
                    w.used,
                    w.most,
                    _time(w.starts_at),
                    _time(w.ends_at),
                    state_of(w, now),
                )
                + (w.announced_by, w.reason)
                for w in found
            ],
        )
    else:
        output.words("Nothing is announced.")
    output.answer({"windows": [window_json(w, now) for w in found]})
    return 0


@app.command()
def remove(
    id: Annotated[int, typer.Argument(metavar="ID", help="The window's number, as `window list` shows it.")],
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """End a window before its time; what it let through stays done."""
    output = Output(json)
    with open_state(load(config)) as store:
        now = _now(store)
        window = store.remove_window(id, now)
    output.words(f"Window {id} has ended; {counted(window.used, 'change')} went through it.")
    output.answer(window_json(window, now))
    return 0


def _now(store: Store) -> datetime:
    """Runs go by the CRMs' clock, which may be ahead of ours."""
    return max([datetime.now(UTC), *(row.started_at for row in store.last_runs(1))])


def _moment(option: str, text: str, zone: ZoneInfo, start: datetime) -> datetime:
    """A date and time (in the config's zone unless it names one), or a duration after ``start``; in UTC."""
    try:
        return start + timedelta(seconds=options.interval(text, Path()))
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fix = "Write a time such as 2026-03-02T18:00, or a duration such as 6h."
        raise ConfigError(f"{option} {text!r} is no time", fix=fix) from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _refuse_words(what: str, side: str, field: str) -> None:
    if what not in VERBS:
        raise ConfigError(f"there are no {what!r} to announce", fix=f"Write one of {', '.join(VERBS)}.")
    if side and side not in list(Side):
        raise ConfigError(f"there is no side {side}", fix="Write --side hubspot or --side salesforce.")
    if field and what not in BY_FIELD:
        raise ConfigError(f"{what} are not counted by field", fix="Leave out --field.")


def _refuse_times(window: Window, now: datetime) -> None:
    if window.ends_at <= max(window.starts_at, now):
        raise ConfigError("the window ends before it begins, or has ended", fix="Check --from and --to.")
    if window.ends_at - window.starts_at > LONGEST:
        fix = "Announce it again then; for good, raise the limit in [guards]."
        raise ConfigError(f"a window lasts {LONGEST.days} days at most", fix=fix)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
