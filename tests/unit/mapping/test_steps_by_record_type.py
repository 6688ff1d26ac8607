"""What a StageName means by the record type of the opportunity, and what is refused."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connector.mapping.convert import Context, Unmappable
from connector.mapping.load import parse_text
from connector.mapping.rules import FieldRule, Mapping
from connector.model import Kind, Side

ROOT = Path(__file__).parents[3]
HERE = Context(zone=dict.fromkeys(Side, ZoneInfo("UTC")))
RENEWAL = replace(HERE, record_type="Renewal")
STEPS = """
  - {key: new, hubspot: {pipeline: default, dealstage: new}, salesforce: {StageName: Prospecting}}
  - key: again
    hubspot: {pipeline: r, dealstage: again}
    salesforce: {StageName: Prospecting, record_type: TYPES}
"""


def loaded(types: str) -> tuple[Mapping | None, list[str]]:
    """The smallest mapping with these two steps."""
    minimal = {p.name: p.read_text() for p in (ROOT / "tests" / "mappings" / "ok" / "minimal").glob("*.yaml")}
    pipeline = minimal["pipeline.yaml"]
    pipeline = pipeline[: pipeline.index("deals:")] + "deals:" + STEPS.replace("TYPES", types)
    mapping, problems = parse_text({**minimal, "pipeline.yaml": pipeline})
    return mapping, [f"{p.message} [{p.rule}]" for p in problems]


@pytest.fixture
def step() -> FieldRule:
    mapping, problems = loaded("Renewal")
    assert mapping is not None, problems
    return mapping.objects[Kind.DEAL].field("stage")


def test_the_record_type_decides_what_a_stage_name_means(step: FieldRule) -> None:
    for ctx, key in ((HERE, "new"), (replace(HERE, record_type="New_business"), "new"), (RENEWAL, "again")):
        assert step.convert.read("Prospecting", Side.SALESFORCE, "Opportunity", ctx) == key
    assert step.convert.read("again", Side.HUBSPOT, "deals", RENEWAL) == "again"


def test_a_step_is_written_only_to_an_opportunity_of_its_record_type(step: FieldRule) -> None:
    """One that is not there yet gets its record type along with the step."""
    assert step.convert.write("again", Side.SALESFORCE, "Opportunity", RENEWAL) == "Prospecting"
    assert step.convert.write("again", Side.SALESFORCE, "Opportunity", HERE) == "Prospecting"
    with pytest.raises(Unmappable, match="unmapped"):
        step.convert.write("again", Side.SALESFORCE, "Opportunity", replace(HERE, record_type="New_business"))


def test_one_stage_name_means_one_step_of_each_record_type() -> None:
    assert loaded("[Renewal, Upsell]")[1] == []
    third = """Renewal}
  - key: third
    hubspot: {pipeline: r, dealstage: third}
    salesforce: {StageName: Prospecting, record_type: Renewal"""
    (problem,) = loaded(third)[1]
    assert problem == (
        '"Prospecting of Renewal" already means the step "again" (line 17); a value means one step '
        "[deal-stage-map]"
    )
