"""The scheduled sync: opens the environment, runs once, logs what happened. It never raises: the next start
tries again."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from connector import run
from connector.alerts.tell import NotTold, alerting
from connector.connect import open_environment
from connector.errors import ConfigError, Retry, SmarketingError, Stop
from connector.report.runs import Report
from connector.settings import load


def sync(config: Path, stop: Callable[[], bool], *, full: bool = False) -> Report | None:
    """One run with the config as it is now; None when it could not be made. ``full``: the daily sweep, which
    looks at every record."""
    log = structlog.get_logger().bind(job="sweep" if full else "sync")
    try:
        settings = load(config)
        with alerting(settings, "sync", partial(log_untold, log)) as reports:
            with open_environment(settings) as env:
                report = run.sync(env, stop=stop, full=full)
            reports.append(report)
    except SmarketingError as error:
        log_error(log, error)
        return None
    except Exception as error:  # a bug must not end the scheduler; its text may hold people's values
        log.error("unexpected error", error=type(error).__name__)
        return None
    _log_report(log, report)
    return report


def log_untold(log: structlog.typing.FilteringBoundLogger, failed: NotTold) -> None:
    """One line for an alert that could not be sent."""
    log.warning("alert not sent", channel=failed.channel, error=failed.message)


def log_error(log: structlog.typing.FilteringBoundLogger, error: SmarketingError) -> None:
    """One line for an error of ours: a warning when waiting helps, else an error."""
    if isinstance(error, Stop) and error.reason == "paused":
        log.warning("paused", error=error.message, fix=error.fix)
        return
    problems = list(error.problems) if isinstance(error, ConfigError) else None
    say = log.warning if isinstance(error, Retry) else log.error
    extra = {"problems": problems} if problems else {}
    say("failed", error=error.message, fix=error.fix, **extra)


def _log_report(log: structlog.typing.FilteringBoundLogger, report: Report) -> None:
    say = log.error if report.danger else log.warning if report.stopped_by or report.failed else log.info
    say(
        "stopped" if report.danger else "paused" if report.paused else "synced",
        run=report.run,
        created=report.created,
        updated=report.updated,
        writes=report.writes,
        review=report.review,
        held=report.held,
        failed=report.failed,
        requests={side.value: sum(kinds.values()) for side, kinds in report.requests.items()},
        stopped_by=list(report.stopped_by) or None,
        plan=report.plan,
        seconds=round(report.seconds, 3),
        interrupted=report.interrupted,
    )
