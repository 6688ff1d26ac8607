"""Mappings that the tests start from."""

from pathlib import Path

import pytest

from connector.mapping.load import load_or_raise
from connector.mapping.rules import Mapping

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def starter() -> Mapping:
    """The mapping that `smarketing init` writes."""
    return load_or_raise(ROOT / "mappings")


@pytest.fixture(scope="session")
def every_key() -> Mapping:
    """A mapping that uses every key of the format, with the prefix acme."""
    return load_or_raise(ROOT / "tests" / "mappings" / "ok" / "every-key")
