"""Routes of the pipelines API: deal pipelines and their stages.

What enters: a `Call`. What leaves: pipeline JSON; metadata values are texts.
Source: HubSpot developers, "Pipelines" guide.
"""

from __future__ import annotations

import re
from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed, not_found
from connector.sandbox.hubspot.schema import new_pipeline, new_stage
from connector.sandbox.hubspot.values import iso

MAX_STAGES = 100
_CHANCE = re.compile(r"(0(\.\d+)?|1(\.0+)?)")


def list_pipelines(call: Call) -> Reply:
    """GET."""
    found = call.store.schema.pipelines[call.object_type()].values()
    return Reply(200, {"results": sorted(found, key=lambda each: each["displayOrder"])})


def get_pipeline(call: Call) -> Reply:
    """GET by id."""
    return Reply(200, _pipeline(call))


def _pipeline(call: Call) -> dict[str, Any]:
    found: dict[str, Any] | None = call.store.schema.pipelines[call.object_type()].get(
        call.path["pipeline_id"]
    )
    if found is None:
        raise not_found()
    return found


def _number(call: Call) -> str:
    """A numeric id, as custom pipelines and stages have."""
    return str(call.store.records.next_id("stage") + 1_000_000)


def create_pipeline(call: Call) -> Reply:
    """POST {label, displayOrder, stages}: 201."""
    body, store = call.body(), call.store
    stages = body.get("stages")
    if not isinstance(stages, list) or not stages:
        raise invalid("A pipeline needs stages", name="stages")
    with store.db.transaction():
        now = iso(store.tick_ms())
        rows = [_stage(call, raw, position, now) for position, raw in enumerate(stages)]
        pipeline = new_pipeline(_number(call), _label(body), _order(body, 0), rows, now)
        store.schema.put_pipeline(call.object_type(), pipeline)
    return Reply(201, pipeline)


def _label(body: dict[str, Any]) -> str:
    label = body.get("label")
    if not isinstance(label, str) or not label:
        raise invalid("label is required", name="label")
    return label


def _order(body: dict[str, Any], default: int) -> int:
    order = body.get("displayOrder", default)
    if not isinstance(order, int) or isinstance(order, bool):
        raise malformed("displayOrder must be a whole number")
    return order


def _stage(call: Call, raw: Any, position: int, now: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise malformed("a stage must be an object")
    probability = _probability(raw)
    return new_stage(_number(call), _label(raw), _order(raw, position), probability, now)


def _probability(raw: dict[str, Any]) -> str:
    metadata = raw.get("metadata")
    text = str(metadata.get("probability", "")) if isinstance(metadata, dict) else ""
    if not _CHANCE.fullmatch(text):
        raise invalid("A deal stage needs metadata.probability between 0.0 and 1.0", name="metadata")
    return text


def change_pipeline(call: Call) -> Reply:
    """PATCH or PUT {label?, displayOrder?}: 200."""
    body, store = call.body(), call.store
    pipeline = _pipeline(call)
    with store.db.transaction():
        changed = {**pipeline, "updatedAt": iso(store.tick_ms())}
        changed |= {"label": _label(body)} if "label" in body else {}
        changed["displayOrder"] = _order(body, pipeline["displayOrder"])
        store.schema.put_pipeline(call.object_type(), changed)
    return Reply(200, changed)


def delete_pipeline(call: Call) -> Reply:
    """DELETE: 204; refused while deals use it when asked to look (validateReferencesBeforeDelete)."""
    pipeline = _pipeline(call)
    if call.flag("validateReferencesBeforeDelete"):
        _refuse_used(call, "pipeline", pipeline["id"])
    with call.store.db.transaction():
        call.store.schema.drop_pipeline(call.object_type(), pipeline["id"])
    return Reply(204)


def _refuse_used(call: Call, name: str, value: str) -> None:
    live = "type = 'deals' AND archived IS NULL"
    sql = f"SELECT 1 FROM records WHERE {live} AND json_extract(props, ?) = ? LIMIT 1"
    if call.store.db.scalar(sql, f"$.{name}", value):
        raise ApiError(400, "VALIDATION_ERROR", f"{name} {value} is still used by deals")


# Stages


def list_stages(call: Call) -> Reply:
    """GET stages."""
    return Reply(200, {"results": _pipeline(call)["stages"]})


def get_stage(call: Call) -> Reply:
    """GET one stage."""
    return Reply(200, _find_stage(call, _pipeline(call)))


def _find_stage(call: Call, pipeline: dict[str, Any]) -> dict[str, Any]:
    wanted = call.path["stage_id"]
    found: dict[str, Any] | None = next((each for each in pipeline["stages"] if each["id"] == wanted), None)
    if found is None:
        raise not_found()
    return found


def create_stage(call: Call) -> Reply:
    """POST {label, displayOrder, metadata}: 201; the id is a number."""
    pipeline, store = _pipeline(call), call.store
    if len(pipeline["stages"]) >= MAX_STAGES:
        raise invalid(f"A pipeline has at most {MAX_STAGES} stages")
    with store.db.transaction():
        stage = _stage(call, call.body(), len(pipeline["stages"]), iso(store.tick_ms()))
        _keep(call, pipeline, [*pipeline["stages"], stage])
    return Reply(201, stage)


def _keep(call: Call, pipeline: dict[str, Any], stages: list[dict[str, Any]]) -> None:
    ordered = sorted(stages, key=lambda each: each["displayOrder"])
    call.store.schema.put_pipeline(call.object_type(), {**pipeline, "stages": ordered})


def change_stage(call: Call) -> Reply:
    """PATCH or PUT {label?, displayOrder?, metadata?}: 200."""
    pipeline, body, store = _pipeline(call), call.body(), call.store
    stage = _find_stage(call, pipeline)
    probability = _probability(body) if "metadata" in body else stage["metadata"]["probability"]
    label = _label(body) if "label" in body else stage["label"]
    with store.db.transaction():
        now = iso(store.tick_ms())
        changed = new_stage(stage["id"], label, _order(body, stage["displayOrder"]), probability, now)
        changed["createdAt"] = stage["createdAt"]
        _keep(call, pipeline, [changed if each["id"] == stage["id"] else each for each in pipeline["stages"]])
    return Reply(200, changed)


def delete_stage(call: Call) -> Reply:
    """DELETE: 204; refused while deals are in it."""
    pipeline = _pipeline(call)
    stage = _find_stage(call, pipeline)
    _refuse_used(call, "dealstage", stage["id"])
    with call.store.db.transaction():
        _keep(call, pipeline, [each for each in pipeline["stages"] if each["id"] != stage["id"]])
    return Reply(204)
