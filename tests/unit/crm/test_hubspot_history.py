"""Who changed a property, by the source that HubSpot's history names."""

import re
from pathlib import Path

from connector.crm.hubspot_history import INTEGRATIONS, PEOPLE, WORKFLOWS, versions

PAGE = (Path(__file__).parents[3] / "docs" / "simulated-crms.md").read_text(encoding="utf-8")
KINDS = {"people": "person", "workflows": "workflow", "integrations": "integration"}


def assumed() -> dict[str, str]:
    """By source type: who that is, by the page's row of the assumption."""
    row = next(line for line in PAGE.splitlines() if line.startswith("| `hs-history-sources` |"))
    named = re.findall(rf"({'|'.join(KINDS)})(?: are)? ((?:`[A-Z_]+`(?:, )?)+)", row)
    return {source: KINDS[who] for who, part in named for source in re.findall(r"`([A-Z_]+)`", part)}


def told(source: str) -> str:
    """Who is said to have made a change from this source."""
    entry = {"value": "lead", "timestamp": "2026-03-02T09:00:00.000Z", "sourceType": source}
    (version,) = versions([{"id": "1", "propertiesWithHistory": {"city": [entry]}}], "city")["1"]
    return version.by_kind


def test_sources_are_told_apart_as_the_page_assumes() -> None:
    """Each source that the page names is who the page says; what HubSpot may think of next is unknown."""
    sources = assumed()
    assert sources.keys() == {*PEOPLE, *WORKFLOWS, *INTEGRATIONS}
    assert {source: told(source) for source in sources} == sources
    assert [told(source) for source in ("CALCULATED", "FORM", "SOMETHING_NEW", "")] == ["unknown"] * 4
