"""``smarketing run``: the scheduler in the foreground, until SIGTERM or Ctrl-C."""

import signal
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

import structlog

from connector import log
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import load_key, load_mapping
from connector.settings import load
from jobs.housekeeping import housekeeping
from jobs.schedule import build
from jobs.sync import sync


def run(config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Sync by the schedule in the config, in the foreground.

    Writes a log to stderr, without anybody's values. SIGTERM or Ctrl-C ends it after the running batch.
    Config and mapping files are read anew at each start of a job; the schedule itself only when the command
    starts.
    """
    settings = load(config)
    load_mapping(settings)
    load_key(settings)
    log.configure("json" if json else settings.log.format, settings.log.level)
    stopping = threading.Event()
    caught = _listen(stopping)
    counts = {"syncs": 0, "failed": 0}
    work = {
        "sync": partial(_sync, config, stopping, counts),
        "sweep": partial(_sync, config, stopping, counts, full=True),
        "housekeeping": partial(_tidy, config),
    }
    scheduler = build(settings.jobs, settings.zone, work, datetime.now(UTC))
    scheduler.start()
    say = structlog.get_logger()
    for job in scheduler.get_jobs():
        say.info("scheduled", job=job.id, next=job.next_run_time.isoformat())
    stopping.wait()
    say.info("stopping", signal=caught[0])
    scheduler.shutdown(wait=True)
    say.info("stopped")
    Output(json).answer({"stopped_by": caught[0], **counts})
    return 0


def _listen(stopping: threading.Event) -> list[str]:
    caught: list[str] = []

    def note(number: int, _frame: FrameType | None) -> None:
        caught.append(signal.Signals(number).name)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return caught


def _sync(config: Path, stopping: threading.Event, counts: dict[str, int], *, full: bool = False) -> None:
    report = sync(config, stopping.is_set, full=full)
    counts["syncs"] += 1
    counts["failed"] += report is None


def _tidy(config: Path) -> None:
    housekeeping(config)
