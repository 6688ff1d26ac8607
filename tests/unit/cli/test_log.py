"""The scheduler's log holds nobody's values."""

import io
import logging

import orjson
import pytest
import structlog

from connector import log

CANARY = "jan@devries.nl"


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def test_json_lines_with_counts_and_times(stream: io.StringIO) -> None:
    log.configure("json", "info", stream)
    structlog.get_logger().info("synced", run=3, writes=12)
    line = orjson.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "synced", "level": "info", "run": 3, "writes": 12}


def test_what_is_not_on_the_list_is_dropped(stream: io.StringIO) -> None:
    log.configure("console", "info", stream)
    structlog.get_logger().info("synced", email=CANARY, record={"email": CANARY}, run=3)
    assert "run=3" in stream.getvalue().replace("\x1b", "")
    assert CANARY not in stream.getvalue()


def test_the_level_is_kept(stream: io.StringIO) -> None:
    log.configure("json", "warning", stream)
    structlog.get_logger().info("synced")
    assert stream.getvalue() == ""


def test_other_libraries_say_nothing_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers.clear()
    try:
        log.silence_libraries()
        logging.getLogger("urllib3").warning("GET /query?q=SELECT+Id+WHERE+Email='%s'", CANARY)
    finally:
        root.handlers[:] = before
    assert CANARY not in "".join(capsys.readouterr())
