"""What is wrong now, as conditions that can be opened and closed.

Enters: how a job ended, open review items. Leaves: conditions, with counts, names of fields and guards, ids
of plans. Never: I/O, or a value of anybody's record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.errors import ConfigError, Retry, SmarketingError, Stop, code_of
from connector.report.runs import Report
from connector.report.words import APPROVE, class_words, counted, danger_words, is_danger, sentence
from connector.state.rows import Waiting

PASSED_BY = ("paused", "busy")
"""Codes of errors after which nothing is known of the sync: a person paused it, or another run is at work."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something a person should know of. ``key``: says which one it is, also to a later run; its first word
    is its topic. ``patience``: whether it may mend itself for a while. ``run``, ``count``: None where there
    is none."""

    key: str
    message: str
    fix: str = ""
    run: int | None = None
    count: int | None = None
    patience: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """``topics``: what was looked at, so that their other conditions are over."""

    topics: frozenset[str]
    conditions: tuple[Condition, ...] = ()


def of_job(job: str, error: Exception | None) -> Judged:
    """A job that raised, or did not. Whose name and message are told: only our own errors'."""
    if error is None:
        return Judged(frozenset([job]))
    if isinstance(error, SmarketingError) and code_of(error) in PASSED_BY:
        return Judged(frozenset())
    return Judged(frozenset([job]), (_failed(job, error),))


def _failed(job: str, error: Exception) -> Condition:
    if not isinstance(error, SmarketingError):
        fix = f"Run `smarketing {job} --debug` and report what it shows." if job == "sync" else ""
        return Condition(f"{job} bug", f"The {job} met an unexpected error ({type(error).__name__}).", fix)
    several = isinstance(error, ConfigError) and error.problems
    more = f" ({counted(len(several), 'problem')}: smarketing check)" if several else ""
    waits = isinstance(error, Retry) and not isinstance(error, Stop)
    message = f"The {job} failed: {error.message}{more}"
    return Condition(f"{job} {code_of(error)}", message, sentence(error.fix), patience=waits)


def of_report(report: Report) -> Judged:
    """What guards stop or hold after a sync."""
    found = [_guard(name, report) for name in report.stopped_by]
    return Judged(frozenset(["guard"]), tuple(found))


def _guard(name: str, report: Report) -> Condition:
    key = f"guard {name}"
    if is_danger(name):
        return Condition(key, f"Run {report.run} stopped. {danger_words(name, report.plan)}", "", report.run)
    fix = f"smarketing plan; then, if it is right, {APPROVE} {report.plan}" if report.plan else ""
    return Condition(key, f"A guard holds {class_words(name)}.", fix, report.run)


def of_waiting(items: Iterable[Waiting], older_than: timedelta, now: datetime) -> Judged:
    """Questions that nobody decided, and what is held or parked, for too long."""
    old = [item for item in items if now - item.since >= older_than]
    parked = [item for item in old if item.id.startswith("h")]
    asked = [item for item in old if not item.id.startswith("h")]
    found = []
    if asked:
        found.append(_old("review old", f"{counted(len(asked), 'question')} for a person to decide", asked))
    if parked:
        found.append(_old("held old", f"{counted(len(parked), 'item')} held or parked", parked))
    return Judged(frozenset(["review", "held"]), tuple(found))


def _old(key: str, what: str, items: Sequence[Waiting]) -> Condition:
    codes = ", ".join(sorted({item.code for item in items}))
    message = f"{what} ({codes}), since {min(item.since for item in items):%Y-%m-%d}."
    return Condition(key, message, "smarketing review list", count=len(items))


def together(parts: Iterable[Judged]) -> Judged:
    """Several judgements as one."""
    every = tuple(parts)
    topics = frozenset(topic for part in every for topic in part.topics)
    return Judged(topics, tuple(condition for part in every for condition in part.conditions))
