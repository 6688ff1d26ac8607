from collections.abc import Iterator
from pathlib import Path

import pytest
from setting import Firm, firm


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Firm]:
    """An empty firm with the connector installed and the starter mapping previewed."""
    with firm(tmp_path) as made:
        yield made
