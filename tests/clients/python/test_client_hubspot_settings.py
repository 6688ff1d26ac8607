"""HubSpot's own client and what admins set up: properties, groups, pipelines, stages, owners."""

from __future__ import annotations

from typing import Any

import pytest
from ground.hubspot import HubSpotGround
from ground.tag import Tag
from hubspot.crm.pipelines import ApiException as PipelinesException
from hubspot.crm.properties import ApiException, Option, PropertyCreate, PropertyUpdate

GROUP = "contactinformation"


def text(name: str) -> dict[str, Any]:
    return {"name": name, "label": name, "groupName": GROUP, "type": "string", "fieldType": "text"}


def test_a_property_is_made_changed_and_archived(hubspot: HubSpotGround, tag: Tag) -> None:
    api, name = hubspot.api.crm.properties.core_api, tag.name()
    options = [Option(label=word, value=word.lower(), hidden=False) for word in ("Warm", "Koud")]
    made = api.create(
        "contacts",
        PropertyCreate(
            name=name,
            label="Temperatuur",
            group_name=GROUP,
            type="enumeration",
            field_type="select",
            options=options,
        ),
    )
    assert [option.value for option in made.options] == ["warm", "koud"]
    api.update("contacts", name, PropertyUpdate(label="Warmte"))
    assert api.get_by_name("contacts", name).label == "Warmte"
    assert api.archive("contacts", name) is None
    assert name not in {row.name for row in api.get_all("contacts").results}


def test_properties_are_made_read_and_archived_in_batches(hubspot: HubSpotGround, tag: Tag) -> None:
    api, names = hubspot.api.crm.properties.batch_api, [tag.name(), tag.name()]
    made = api.create("contacts", {"inputs": [text(name) for name in names]})
    assert {row.name for row in made.results} == set(names)
    inputs = {"inputs": [{"name": name} for name in names]}
    read = api.read("contacts", {**inputs, "archived": False})
    assert {row.name for row in read.results} == set(names)
    api.archive("contacts", inputs)


def test_a_group_is_made_renamed_and_archived(hubspot: HubSpotGround, tag: Tag) -> None:
    api, name = hubspot.api.crm.properties.groups_api, tag.name()
    api.create("contacts", {"name": name, "label": "Doorgifte", "displayOrder": -1})
    api.update("contacts", name, {"label": "Overdracht"})
    assert api.get_by_name("contacts", name).label == "Overdracht"
    assert name in {row.name for row in api.get_all("contacts").results}
    api.archive("contacts", name)
    with pytest.raises(ApiException) as gone:
        api.get_by_name("contacts", name)
    assert gone.value.status == 404


def test_what_can_be_written_is_told_by_the_definition(hubspot: HubSpotGround) -> None:
    rows = {row.name: row for row in hubspot.api.crm.properties.core_api.get_all("contacts").results}
    assert rows["firstname"].modification_metadata.read_only_value is False
    assert rows["createdate"].modification_metadata.read_only_value is True
    assert rows["hubspot_owner_id"].external_options is True
    stages = {option.value for option in rows["lifecyclestage"].options}
    assert {"subscriber", "lead", "marketingqualifiedlead", "customer"} <= stages


@pytest.mark.parametrize("wrong", [{"fieldType": "number"}, {"groupName": "no_such_group"}, {"name": "Bad!"}])
def test_a_property_that_makes_no_sense_is_refused(
    hubspot: HubSpotGround, tag: Tag, wrong: dict[str, str]
) -> None:
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.properties.core_api.create("contacts", {**text(tag.name()), **wrong})
    assert refused.value.status == 400


def test_a_property_that_is_there_already_is_refused(hubspot: HubSpotGround) -> None:
    with pytest.raises(ApiException) as refused:
        hubspot.api.crm.properties.core_api.create("contacts", text("firstname"))
    assert refused.value.status == 409


def test_the_deal_pipeline_says_what_won_and_lost_mean(hubspot: HubSpotGround) -> None:
    """Metadata values are texts."""
    pipelines = hubspot.api.crm.pipelines.pipelines_api.get_all("deals").results
    stages = {stage.id: stage.metadata for pipeline in pipelines for stage in pipeline.stages}
    assert "default" in {pipeline.id for pipeline in pipelines}
    assert (stages["closedwon"]["isClosed"], stages["closedwon"]["probability"]) == ("true", "1.0")
    assert (stages["closedlost"]["isClosed"], stages["closedlost"]["probability"]) == ("true", "0.0")


@pytest.mark.simulated_only("many test accounts may have one pipeline only")
def test_a_pipeline_is_made_changed_and_archived(hubspot: HubSpotGround, tag: Tag) -> None:
    pipelines, stages = hubspot.api.crm.pipelines.pipelines_api, hubspot.api.crm.pipelines.pipeline_stages_api
    first = {"label": "Nieuw", "displayOrder": 0, "metadata": {"probability": "0.1"}}
    made = pipelines.create("deals", {"label": tag.text(), "displayOrder": 5, "stages": [first]})
    won = {"label": "Gewonnen", "displayOrder": 1, "metadata": {"probability": "1.0"}}
    stage = stages.create("deals", made.id, won)
    stages.update("deals", made.id, stage.id, {"label": "Binnen"})
    assert [row.label for row in stages.get_all("deals", made.id).results] == ["Nieuw", "Binnen"]
    stages.archive("deals", made.id, stage.id)
    assert len(pipelines.get_by_id("deals", made.id).stages) == 1
    pipelines.archive("deals", made.id)
    with pytest.raises(PipelinesException) as gone:
        pipelines.get_by_id("deals", made.id)
    assert gone.value.status == 404


def test_owners_are_listed_in_pages_and_found_by_address(hubspot: HubSpotGround) -> None:
    api = hubspot.api.crm.owners.owners_api
    page = api.get_page(limit=1)
    (owner,) = page.results
    assert api.get_by_id(int(owner.id)).email == owner.email
    assert owner.id in {row.id for row in api.get_page(email=owner.email).results}
    if page.paging is not None:
        (second,) = api.get_page(limit=1, after=page.paging.next.after).results
        assert second.id != owner.id
    assert all(row.archived for row in api.get_page(archived=True).results)
