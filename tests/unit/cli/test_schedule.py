"""When jobs run: the config's words, one at a time, missed starts made up for once."""

import threading
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from connector.settings import JobSettings
from jobs.schedule import build, next_start, trigger

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NIGHTLY = JobSettings(every_s=None, cron="17 3 * * *", jitter_s=0)
QUARTER = JobSettings(every_s=900, cron=None, jitter_s=30)
RARELY = JobSettings(every_s=86_400, cron=None, jitter_s=0)


def test_triggers_say_what_the_config_says() -> None:
    every = trigger(QUARTER, "UTC")
    assert isinstance(every, IntervalTrigger)
    assert (every.interval, every.jitter) == (timedelta(minutes=15), 30)
    assert isinstance(trigger(NIGHTLY, "UTC"), CronTrigger)


def test_cron_is_read_in_the_zone_of_the_config() -> None:
    assert next_start(NIGHTLY, "Europe/Amsterdam", None, NOON) == datetime(2026, 3, 3, 2, 17, tzinfo=UTC)
    assert next_start(NIGHTLY, "UTC", None, NOON) == datetime(2026, 3, 3, 3, 17, tzinfo=UTC)


def test_an_interval_counts_from_the_last_run() -> None:
    assert next_start(QUARTER, "UTC", None, NOON) == NOON
    assert next_start(QUARTER, "UTC", NOON - timedelta(minutes=5), NOON) == NOON + timedelta(minutes=10)
    assert next_start(QUARTER, "UTC", NOON - timedelta(days=5), NOON) == NOON


def test_a_job_with_an_interval_starts_at_once_and_missed_starts_are_made_up_for_once() -> None:
    started = threading.Event()
    now = datetime.now(UTC)
    scheduler = build({"sync": RARELY}, "UTC", {"sync": started.set}, now)
    scheduler.start()
    try:
        assert started.wait(10)
        (job,) = scheduler.get_jobs()
        assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)
        assert job.next_run_time > now + timedelta(hours=23)
    finally:
        scheduler.shutdown()


def test_two_jobs_never_run_at_the_same_time() -> None:
    at_work, both, done = [], [], threading.Barrier(3, timeout=10)
    gate = threading.Event()

    def work() -> None:
        at_work.append(1)
        both.append(len(at_work))
        gate.wait(0.2)
        at_work.pop()
        threading.Thread(target=done.wait, daemon=True).start()

    jobs = {"sync": RARELY, "housekeeping": RARELY}
    scheduler = build(jobs, "UTC", {"sync": work, "housekeeping": work}, datetime.now(UTC))
    scheduler.start()
    try:
        done.wait()
    finally:
        scheduler.shutdown()
    assert both == [1, 1]


def test_shutting_down_waits_for_the_running_job() -> None:
    begun, finish, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        finish.wait(10)
        ended.append(True)

    scheduler = build({"sync": RARELY}, "UTC", {"sync": work}, datetime.now(UTC))
    scheduler.start()
    assert begun.wait(10)
    threading.Timer(0.1, finish.set).start()
    scheduler.shutdown(wait=True)
    assert ended == [True]
