"""The book of alerts: told once by each channel, and once more when it is over."""

from datetime import UTC, datetime, timedelta

from connector.alerts import book as books
from connector.alerts.book import Book
from connector.alerts.conditions import Condition, Judged, of_job
from connector.errors import Retry, Stop

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HALF_AN_HOUR = 30 * MINUTE
FULL_DISK = Stop("the disk is full", fix="free some space", reason="disk")
NO_ANSWER = Retry("HubSpot does not answer")


def run(book: Book, error: Exception | None, now: datetime, *deaf: str) -> tuple[Book, dict[str, list[str]]]:
    """The book after a sync, and what mail and webhook were told; ``deaf`` channels could not be reached."""
    book = books.judged(book, of_job("sync", error), now)
    said: dict[str, list[str]] = {}
    for channel in ("mail", "webhook"):
        news = books.news(book, channel, HALF_AN_HOUR, now)
        if channel not in deaf:
            said[channel] = [e.condition.key for e in news.opened]
            said[channel] += [f"over {e.condition.key}" for e in news.over]
            book = books.told(book, channel, news)
    return books.tidied(book, ("mail", "webhook")), said


def test_once_and_when_it_is_over() -> None:
    book, said = run({}, FULL_DISK, NOW)
    assert said == {"mail": ["sync disk"], "webhook": ["sync disk"]}
    book, said = run(book, FULL_DISK, NOW + MINUTE)
    assert said == {"mail": [], "webhook": []}
    book, said = run(book, None, NOW + 2 * MINUTE)
    assert said == {"mail": ["over sync disk"], "webhook": ["over sync disk"]}
    assert book == {}


def test_who_could_not_be_reached_hears_of_it_later() -> None:
    book, _ = run({}, FULL_DISK, NOW, "mail")
    book, said = run(book, FULL_DISK, NOW + MINUTE)
    assert said == {"mail": ["sync disk"], "webhook": []}
    book, said = run(book, None, NOW + 2 * MINUTE, "webhook")
    assert said == {"mail": ["over sync disk"]}
    book, said = run(book, None, NOW + 3 * MINUTE)
    assert said == {"mail": [], "webhook": ["over sync disk"]}
    assert book == {}


def test_who_never_heard_of_it_hears_of_no_end() -> None:
    book, _ = run({}, FULL_DISK, NOW, "mail")
    book, said = run(book, None, NOW + MINUTE)
    assert said == {"mail": [], "webhook": ["over sync disk"]}
    assert book == {}


def test_what_may_mend_itself_is_told_when_it_has_lasted() -> None:
    """One bad night of a CRM is nobody's business; half an hour is."""
    book, said = run({}, NO_ANSWER, NOW)
    assert said["mail"] == []
    short, said = run(book, None, NOW + 15 * MINUTE)
    assert (short, said["mail"]) == ({}, [])
    book, said = run(book, NO_ANSWER, NOW + 30 * MINUTE)
    assert said["mail"] == ["sync retry"]


def test_a_pause_neither_opens_nor_ends_anything() -> None:
    book, _ = run({}, FULL_DISK, NOW)
    paused = Stop("the sync is paused", reason="paused")
    after, said = run(book, paused, NOW + MINUTE)
    assert (after, said["mail"]) == (book, [])


def test_what_comes_back_before_its_end_was_told_goes_on() -> None:
    book, _ = run({}, FULL_DISK, NOW)
    book, _ = run(book, None, NOW + MINUTE, "mail", "webhook")
    book, said = run(book, FULL_DISK, NOW + 2 * MINUTE)
    assert said == {"mail": [], "webhook": []}
    assert book["sync disk"].since == NOW


def test_only_what_was_looked_at_can_be_over() -> None:
    """Housekeeping says nothing of the guards."""
    guard = Condition("guard create hubspot deal", "A guard holds deals.")
    book = books.judged({}, Judged(frozenset(["guard"]), (guard,)), NOW)
    book = books.judged(book, of_job("housekeeping", None), NOW + MINUTE)
    assert book[guard.key].over is None


def test_the_book_is_stored_whole() -> None:
    book, _ = run({}, FULL_DISK, NOW, "mail")
    book = books.judged(book, of_job("sync", None), NOW + MINUTE)
    stored = books.to_json(book)
    text = [{**each, "since": each["since"].isoformat(), "over": each["over"].isoformat()} for each in stored]
    assert books.from_json(text) == book
