"""``smarketing state``: what the connector remembers: back it up, put it back, check it, rebuild it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from connector import run
from connector.commands.interrupt import stopping
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import load_key, mark_file, open_environment, open_state, state_url, work_folder
from connector.lifetime import doubt, seen_generation
from connector.model import Side
from connector.report.runs import Report
from connector.report.words import counted
from connector.settings import Settings, load
from connector.state import backup as backups
from connector.state.verify import Check, examine

STOPPED = 3
REBUILD = "Next: smarketing state rebuild"

app = typer.Typer(
    no_args_is_help=True, help="What the connector remembers: backup, restore, verify, rebuild."
)


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; beside the state by default.")
    ] = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Write the whole state to one file, also while a run is under way.

    The file fits SQLite and PostgreSQL alike. The key is not in it: keep that elsewhere.
    """
    output = Output(json)
    settings = load(config)
    target = file or _name(settings)
    with open_state(settings) as store:
        backups.back_up(store, target)
        links = sum(store.count_links().values())
    size = target.stat().st_size
    output.words(f"{target}: {counted(links, 'link')}, {size:,} bytes. The key is not in it.")
    output.answer({"file": str(target), "links": links, "bytes": size})
    return 0


def _name(settings: Settings) -> Path:
    return work_folder(settings) / f"backup-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `state backup` wrote.")],
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Put a backup in the place of the state, which is kept aside.

    The backup is checked in full before anything is touched. Where something may have been written since it
    was made, no run starts before `smarketing state rebuild`: no old value wins over a newer one.
    """
    output = Output(json)
    settings = load(config)
    seen = seen_generation(mark_file(settings))
    done = backups.restore(
        state_url(settings), load_key(settings), file, work_folder(settings), seen, datetime.now(UTC)
    )
    output.words(f"Restored: {counted(done.links, 'link')}.")
    if done.aside is not None:
        output.line(f"What was there before: {done.aside}")
    if done.doubtful:
        output.words(
            "Something may have been written since this backup was made, so nothing is written before both "
            f"CRMs were read again. {REBUILD}"
        )
    output.answer(
        {
            "links": done.links,
            "aside": str(done.aside) if done.aside is not None else None,
            "doubtful": done.doubtful,
        }
    )
    return 1 if done.doubtful else 0


@app.command()
def verify(config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Check all of the state: pages, references, links, bases, audit, kept values, open writes.

    One line each. Exit code 3 when the state must not be used as it is, 1 when the next sync has something
    to finish.
    """
    output = Output(json)
    settings = load(config)
    with open_state(settings) as store:
        checks = list(examine(store))
        why = doubt(store, mark_file(settings))
    message = why or "nobody wrote to the CRMs without it"
    checks.append(Check("up to date", message, damaged=bool(why)))
    for check in checks:
        output.words(f"{_grade(check):4}  {check.topic}: {check.message}", style=STYLES[_grade(check)])
    bad, waits = any(c.damaged for c in checks), any(c.waits for c in checks)
    output.words(_verdict(checks[:-1], why))
    answers = [{"topic": c.topic, "grade": _grade(c), "message": c.message} for c in checks]
    output.answer({"ok": not bad, "checks": answers})
    return STOPPED if bad else int(waits)


STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def _grade(check: Check) -> str:
    return "fail" if check.damaged else "warn" if check.waits else "pass"


def _verdict(checks: list[Check], why: str) -> str:
    if any(check.damaged for check in checks):
        return (
            "The state is damaged. Put a backup back (smarketing state restore FILE), or begin anew from "
            "what the CRMs hold (smarketing state rebuild --anew)."
        )
    return f"The state is whole, but not up to date. {REBUILD}" if why else "The state is whole."


@app.command()
def rebuild(
    anew: Annotated[
        bool, typer.Option("--anew", help="Keep the present state aside first and begin with an empty one.")
    ] = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Make the state anew from what both CRMs hold; neither is written to.

    For a state that is lost, damaged, or older than what was written last. Records are paired by the link
    ids that they carry. What is equal is agreed; what differs waits in `smarketing review list`; nothing is
    overwritten, removed or created without you.
    """
    output = Output(json)
    settings = load(config)
    aside = backups.set_aside(state_url(settings), datetime.now(UTC)) if anew else None
    if aside is not None:
        output.line(f"What was there before: {aside}")
    with open_environment(settings) as env, stopping(output.words) as stop, output.progress() as progress:
        report = run.rebuild(env, progress=progress, stop=stop)
    _say_rebuilt(output, report)
    output.answer(
        {
            "linked": report.linked,
            "single": report.single,
            "review": report.review,
            "held": report.held,
            "waiting": dict(report.planned),
            "requests": {side.value: sum(report.requests.get(side, {}).values()) for side in Side},
            "seconds": report.seconds,
            "interrupted": report.interrupted,
            "aside": str(aside) if aside is not None else None,
        }
    )
    return report.exit_code


def _say_rebuilt(output: Output, report: Report) -> None:
    if report.interrupted:
        output.words("Broken off: no run starts before it is done. Again: smarketing state rebuild")
        return
    rows: list[tuple[str, int]] = [("pairs", report.linked), ("records without a partner", report.single)]
    rows += [("questions for you", report.review), ("held", report.held)]
    output.table(("", "count"), rows)
    output.words("Nothing was written to either CRM.")
    if report.review:
        output.words("What differs, and only you can decide: smarketing review list")
    output.words("What the next sync would write: smarketing plan")
