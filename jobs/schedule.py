"""When the jobs run: the config's schedule as an APScheduler that lives in this process.

The schedule is rebuilt from the config at each start and kept in memory only, so two processes never share
one. Jobs run one at a time; a start that was missed (the machine slept, the last run took long) is made up
for once.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from connector.settings import JobSettings

Work = Callable[[], None]


def build(
    jobs: Mapping[str, JobSettings], zone: str, work: Mapping[str, Work], now: datetime
) -> BackgroundScheduler:
    """A scheduler, not started yet, with one job for each entry of ``work``.

    A job with an interval starts at once, one with cron at its next time. ``zone``: for cron; ``now``: aware.
    """
    scheduler = BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(max_workers=1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    for name, call in work.items():
        job = jobs[name]
        first = {"next_run_time": now} if job.cron is None else {}
        scheduler.add_job(call, trigger(job, zone), id=name, name=name, **first)
    return scheduler


def trigger(job: JobSettings, zone: str) -> BaseTrigger:
    """The APScheduler trigger of one job."""
    jitter = int(job.jitter_s) or None
    if job.cron is not None:
        made = CronTrigger.from_crontab(job.cron, timezone=ZoneInfo(zone))
        made.jitter = jitter
        return made
    return IntervalTrigger(seconds=round(job.every_s or 0), jitter=jitter, timezone=UTC)


def next_start(job: JobSettings, zone: str, last: datetime | None, now: datetime) -> datetime:
    """When the job is due next, jitter left out. ``last``: when it ran last; all times aware, the answer in
    UTC."""
    if job.cron is not None:
        found: datetime = CronTrigger.from_crontab(job.cron, timezone=ZoneInfo(zone)).get_next_fire_time(
            None, now
        )
        return found.astimezone(UTC)
    if last is None:
        return now
    return max(now, last + timedelta(seconds=job.every_s or 0))
