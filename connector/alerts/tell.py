"""After a job: keep the book of alerts, and tell each channel what it has not heard.

Enters: settings, how the job ended. Leaves: messages sent, the book in the state. Never: an error; what could
not be sent is returned, and is tried again after the next job.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from connector.alerts import book as books
from connector.alerts.book import Book, Entry, News
from connector.alerts.channel import Channel
from connector.alerts.conditions import Condition, Judged, of_job, of_report, of_waiting, together
from connector.alerts.config import AlertSettings
from connector.alerts.mail import Mail
from connector.alerts.message import subject, text
from connector.alerts.webhook import Webhook
from connector.connect import open_state, work_folder
from connector.errors import SmarketingError
from connector.report.runs import Report
from connector.settings import Settings
from connector.state.store import Store

META = "alerts"
"""Name of the meta entry that holds the book."""
ASIDE = "alerts.json"
"""File that holds it while the state cannot be opened."""


@dataclass(frozen=True, slots=True)
class NotTold:
    """A channel that could not be reached, and why."""

    channel: str
    message: str

    def __str__(self) -> str:
        return f"no alert by {self.channel}: {self.message}"


@contextmanager
def alerting(settings: Settings, job: str, say: Callable[[NotTold], None]) -> Iterator[list[Report]]:
    """A job at work: tells people how it ended, also when it raises. The body puts its report into the list;
    ``say`` hears of each channel that could not be reached."""
    reports: list[Report] = []
    try:
        yield reports
    except Exception as error:
        for failed in after_job(settings, job, error=error):
            say(failed)
        raise
    for failed in after_job(settings, job, report=next(iter(reports), None)):
        say(failed)


def after_job(
    settings: Settings, job: str, *, report: Report | None = None, error: Exception | None = None
) -> list[NotTold]:
    """Judge how a job (``sync`` or ``housekeeping``) ended, and tell whom it concerns. Never raises."""
    channels = channels_of(settings.alerts)
    if not channels:
        return []
    parts = [of_job(job, error)] + ([of_report(report)] if report is not None else [])
    try:
        with open_state(settings) as store:
            return _told(settings, store, channels, parts)
    except SmarketingError:
        return _told(settings, None, channels, parts)
    except Exception as bug:  # an alert never fails the job that it is about
        return [NotTold("alerts", f"an unexpected error ({type(bug).__name__})")]


def channels_of(settings: AlertSettings) -> list[Channel]:
    """The channels that are configured."""
    made: list[Channel] = [Mail(settings.mail)] if settings.mail is not None else []
    return made + ([Webhook(settings.webhook)] if settings.webhook is not None else [])


def send_test(channels: Sequence[Channel], now: datetime) -> list[NotTold]:
    """A message that says only that alerts arrive; no condition is opened."""
    one = Condition("test", "This is a test: alerts arrive here.")
    news = News((Entry(one, now),))
    return [failed for channel in channels if (failed := _send(channel, news, "smarketing: a test"))]


def _told(
    settings: Settings, store: Store | None, channels: Sequence[Channel], parts: list[Judged]
) -> list[NotTold]:
    own, aside = settings.alerts, work_folder(settings) / ASIDE
    now = datetime.now(UTC)
    if store is not None:
        now = max([now, *(row.started_at for row in store.last_runs(1))])  # runs go by the CRMs' clock
        age = timedelta(seconds=own.review_age_s)
        parts = [*parts, of_waiting(store.waiting_items(), age, now)]
    book = books.judged(_load(store, aside), together(parts), now)
    failed: list[NotTold] = []
    for channel in channels:
        news = books.news(book, channel.name, timedelta(seconds=own.patience_s), now)
        problem = _send(channel, news) if news else None
        if problem is not None:
            failed.append(problem)
        else:
            book = books.told(book, channel.name, news)
    _save(store, aside, books.tidied(book, [channel.name for channel in channels]))
    return failed


def _send(channel: Channel, news: News, title: str = "") -> NotTold | None:
    try:
        channel.send(news, title or subject(news), text(news))
    except SmarketingError as error:
        return NotTold(channel.name, f"{error.message}. {error.fix}".strip())
    except Exception as bug:  # a bug in a channel must not keep the others from being told
        return NotTold(channel.name, f"an unexpected error ({type(bug).__name__})")
    return None


# ---------------------------------------------------------------- the book at rest


def _load(store: Store | None, aside: Path) -> Book:
    found = {} if store is None else books.from_json(orjson.loads(store.get_meta(META) or "[]"))
    with suppress(OSError, ValueError, KeyError, TypeError):
        found |= books.from_json(orjson.loads(aside.read_bytes()))
    return found


def _save(store: Store | None, aside: Path, book: Book) -> None:
    packed = orjson.dumps(books.to_json(book))
    if store is None:
        with suppress(OSError):
            aside.write_bytes(packed)
        return
    if packed.decode() != (store.get_meta(META) or "[]"):
        store.set_meta(META, packed.decode())
    aside.unlink(missing_ok=True)
