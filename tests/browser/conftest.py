"""A browser for the tests in this folder. Where there is none they skip.

With SMARKETING_REQUIRE_CHROMIUM=1 they fail.
"""

import os
from collections.abc import Iterator

import pytest
from chromium import Browser, chromium, missing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium of its own for each file of tests."""
    lacking = missing()
    if lacking is not None and os.environ.get("SMARKETING_REQUIRE_CHROMIUM") == "1":
        pytest.fail(lacking)
    if lacking is not None:
        pytest.skip(lacking)
    with chromium() as opened:
        yield opened
