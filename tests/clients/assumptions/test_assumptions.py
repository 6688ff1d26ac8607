"""Every labelled assumption is simulated as the page says, has a probe or a reason for none, is reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from assumptions import report
from assumptions.base import Assumption, Finding
from assumptions.table import TABLE
from ground.base import Ground, simulated_ground
from ground.simulated import Simulated

PAGE = Path(__file__).parents[3] / "docs" / "simulated-crms.md"
PROBED = [each for each in TABLE.values() if each.probe is not None]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    simulated = Simulated()
    yield simulated_ground(simulated)
    assert simulated.errors() == ""
    simulated.stop()


@pytest.mark.parametrize("assumption", PROBED, ids=lambda each: each.id)
def test_the_simulated_crms_do_what_is_assumed(ground: Ground, assumption: Assumption) -> None:
    verdict, observed = report.verdict(ground, assumption)
    assert (verdict, observed) == (report.HELD, observed)


def ids_of(page: str) -> list[str]:
    """The ids in the table of assumptions of a page."""
    chapter = page.partition("\n## Assumptions\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `((?:hs|sf)-[a-z0-9-]+)` \|", chapter, re.MULTILINE)


def test_the_page_and_the_probes_speak_of_the_same_assumptions() -> None:
    """One row of docs/simulated-crms.md, one probe or one reason why there is none."""
    found = ids_of(PAGE.read_text(encoding="utf-8"))
    assert len(found) == len(set(found))
    assert not found or set(found) == TABLE.keys()


def test_rows_of_the_page_are_seen() -> None:
    page = (
        "x\n\n## Assumptions\n\n| id | assumption |\n|---|---|\n| `hs-a-1` | A |\n| `sf-b` | B |\n\n## Not\n"
    )
    assert ids_of(page) == ["hs-a-1", "sf-b"]


def test_each_assumption_has_a_probe_or_a_reason() -> None:
    assert all((each.probe is None) == bool(each.why) for each in TABLE.values())
    assert all(re.fullmatch(r"(hs|sf)-[a-z0-9-]+", each) for each in TABLE)


def test_an_assumption_that_does_not_hold_is_told_with_what_was_seen(ground: Ground) -> None:
    """The CRM answers otherwise: the verdict turns, and says how."""
    assert ground.simulated is not None
    match = {"side": "hubspot", "path_prefix": "/account-info/2026-03/details"}
    ground.simulated.control("hubspot", "POST", "/faults", {"match": match, "answer": {"status": 404}})
    assert report.verdict(ground, TABLE["hs-dated-account-details"]) == (report.NOT_HELD, "404")


def test_a_probe_that_stumbles_could_not_tell(ground: Ground) -> None:
    """What had to be there did not come about, so nothing is known about the assumption itself."""
    assert ground.simulated is not None
    match = {"side": "hubspot", "method": "POST", "path_prefix": "/crm/v3/objects/deals"}
    refusal = {"status": 403, "body": {"message": "not allowed"}}
    ground.simulated.control("hubspot", "POST", "/faults", {"match": match, "answer": refusal})
    verdict, observed = report.verdict(ground, TABLE["hs-number-zeros"])
    assert verdict == report.UNSURE
    assert "403 not allowed" in observed


def test_a_crm_without_credentials_is_not_probed(ground: Ground) -> None:
    alone = Ground(ground.hubspot, None)
    verdict, observed = report.verdict(alone, TABLE["sf-email-lower-case"])
    assert (verdict, observed) == (report.NOT_PROBED, "no Salesforce account was given")


def test_a_report_is_written_for_people_and_for_machines(ground: Ground, tmp_path: Path) -> None:
    samples = [
        Assumption("hs-yes", "HubSpot", "It is so", lambda _: Finding(True, "so")),
        Assumption("hs-no", "HubSpot", "It is so | or so", lambda _: Finding(False, "otherwise")),
        Assumption("sf-why", "Salesforce", "Nobody knows", None, "no way to ask"),
    ]
    rows = list(report.judged(ground, samples))
    told = report.Told(["HubSpot account 1"], {"HubSpot": 3}, {"test_a": "failed"}, "nothing", rows)
    report.write(told, tmp_path / "out" / "assumptions.md")
    machine = orjson.loads((tmp_path / "out" / "assumptions.json").read_bytes())
    assert [(row["id"], row["verdict"]) for row in machine["assumptions"]] == [
        ("hs-yes", "held"),
        ("hs-no", "not held"),
        ("sf-why", "not probed"),
    ]
    page = (tmp_path / "out" / "assumptions.md").read_text(encoding="utf-8")
    assert "| `hs-no` | It is so \\| or so | not held | otherwise |" in page
    assert "1 held, 1 not held, 0 could not tell, 1 not probed" in page
    assert "- test_a" in page
