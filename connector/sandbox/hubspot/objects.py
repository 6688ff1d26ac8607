"""Routes for single records: list, get, create, change, archive, merge, privacy deletion.

What enters: a `Call`. What leaves: HubSpot's record JSON.
Source: HubSpot developers, "CRM objects" guides; changelog entries on merging.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.catalog import (
    CREATED_PROPERTY,
    DEFAULT_PROPERTIES,
    ENGAGEMENTS,
    MODIFIED_PROPERTY,
    TYPE_NAMES,
)
from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.edges import DEFAULT_TYPE, PRIMARY_TYPE, legacy_name
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed, not_found
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.rules import check_may_associate
from connector.sandbox.hubspot.sources import Source
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso

LIST_MAX, LIST_MAX_WITH_HISTORY = 100, 50


def record_json(row: Row, names: Iterable[str]) -> dict[str, Any]:
    """A record with the named properties; blank ones are null."""
    out: dict[str, Any] = {
        "id": str(row.id),
        "properties": {name: value_of(row, name) for name in names},
        "createdAt": iso(row.created),
        "updatedAt": iso(row.modified),
        "archived": row.archived is not None,
    }
    if row.archived is not None:
        out["archivedAt"] = iso(row.archived)
    return out


def write_json(store: HubSpotStore, row: Row, raw: dict[str, Any], created: bool) -> dict[str, Any]:
    """The sparse answer to a write: only what was written and what came of it, with the values now stored.

    With the switch `sparse_answers` off all that is not blank is added.
    """
    written = [name for name, value in raw.items() if value is not None]
    more = () if store.switches.sparse_answers else row.props
    return record_json(row, dict.fromkeys([*sparse(row, written, created), *more]))


def sparse(row: Row, written: list[str], created: bool) -> list[str]:
    """Names in a write answer: what was written, what came of it, and the stamps.

    Source: recorded traffic; for companies and deals by analogy (assumption).
    """
    names = [*written, MODIFIED_PROPERTY[row.type]]
    if row.type == "contacts" and "email" in written:
        names.append("hs_email_domain")
    if created:
        names += [CREATED_PROPERTY[row.type], "hs_object_id"]
        if row.type == "contacts":
            names += ["hs_all_contact_vids", "hs_is_contact", "hs_is_unworked", "hs_pipeline"]
        if row.type == "deals":
            names += ["pipeline", "hs_is_closed", "hs_is_closed_won"]
    return list(dict.fromkeys(names))


def known(store: HubSpotStore, object_type: str, asked: Sequence[str]) -> list[str]:
    """Property names of a read: those asked for that exist and the stamps, else the type's defaults."""
    if not asked:
        return [name for name in DEFAULT_PROPERTIES[object_type] if store.schema.shown(object_type, name)]
    defaults = [name for name in DEFAULT_PROPERTIES[object_type] if name in _ALWAYS]
    return [name for name in dict.fromkeys([*asked, *defaults]) if store.schema.shown(object_type, name)]


_ALWAYS = ("createdate", "hs_createdate", "hs_object_id", "lastmodifieddate", "hs_lastmodifieddate")


def list_records(call: Call) -> Reply:
    """GET: a page by id, from the primary store (never late)."""
    object_type, store = call.object_type(), call.store
    history = call.names("propertiesWithHistory")
    limit = call.number("limit", 10, LIST_MAX_WITH_HISTORY if history else LIST_MAX)
    since = store.bin_start_ms() if call.flag("archived") else None
    rows = store.records.page(object_type, _after(call), limit + 1, since)
    results = render(call, object_type, rows[:limit], call.names("properties"), history)
    paging = call.paging(str(rows[limit].id)) if len(rows) > limit else {}
    return Reply(200, {"results": results, **paging})


def _after(call: Call) -> int:
    """Assumption: `after` beyond the end gives an empty page; other texts are refused."""
    text = call.first("after") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid(f"after is not a valid offset: {text}", name="after")
    return int(text)


def render(
    call: Call, object_type: str, rows: Sequence[Row], asked: Sequence[str], history: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows as JSON with the properties, histories and associations that the query asks for."""
    names = known(call.store, object_type, [*asked, *history])
    results = [record_json(row, names) for row in rows]
    past = [name for name in history if name in names]
    for row, result in zip(rows, results, strict=True):
        if history:
            result["propertiesWithHistory"] = call.store.versions(row, past)
    _add_associations(call, object_type, results)
    return results


def _add_associations(call: Call, object_type: str, results: list[dict[str, Any]]) -> None:
    for asked in call.names("associations"):
        other = TYPE_NAMES.get(asked.lower())
        if other is None or (object_type, other) not in DEFAULT_TYPE:
            raise invalid(f"Unable to infer object type from: {asked}", name="associations")
        found = call.store.edges.of_many(object_type, (int(each["id"]) for each in results), other)
        for result in results:
            edges = found.get(int(result["id"]))
            if edges:
                words = _association_words((object_type, other), edges)
                result.setdefault("associations", {})[other] = {"results": words}


def _association_words(pair: tuple[str, str], edges: dict[int, list[int]]) -> list[dict[str, str]]:
    """v3's form: one element per type, the labels of an account left out."""
    own = {DEFAULT_TYPE[pair], PRIMARY_TYPE.get(pair)}
    return [
        {"id": str(to_id), "type": legacy_name(pair, type_id)}
        for to_id, types in edges.items()
        for type_id in types
        if type_id in own
    ]


def get_record(call: Call) -> Reply:
    """GET by id, by an id that was merged (the answer has the survivor's), by email or unique property."""
    object_type = call.object_type()
    if call.flag("archived"):
        row = _archived(call, object_type)
    else:
        row = by_key(call.store, object_type, call.path["record_id"], call.first("idProperty"))
    history = call.names("propertiesWithHistory")
    return Reply(200, render(call, object_type, [row], call.names("properties"), history)[0])


def _archived(call: Call, object_type: str) -> Row:
    text = call.path["record_id"]
    row = (
        call.store.records.get(object_type, int(text))
        if text.isascii() and text.isdigit() and len(text) < 18
        else None
    )
    if row is None or not call.store.in_bin(row):
        raise not_found()
    return row


def by_key(store: HubSpotStore, object_type: str, key: str, id_property: str | None) -> Row:
    """A living row by id, email (secondary ones too) or unique property. Raises ApiError 400 or 404."""
    if id_property in (None, "", "hs_object_id"):
        return store.live(object_type, key)
    assert id_property is not None
    check_key_property(store, object_type, id_property)
    value = key.strip().lower() if id_property == "email" else key
    holder = store.records.holder(object_type, id_property, value)
    if holder is None:
        raise not_found()
    return store.live(object_type, holder)


def check_key_property(store: HubSpotStore, object_type: str, name: str) -> None:
    """Raises ApiError 400 unless `name` identifies records: a contact's email or a unique property."""
    unique = (*store.schema.unique_names(object_type), *(["email"] if object_type == "contacts" else []))
    if name not in unique or store.schema.shown(object_type, name) is None:
        raise invalid(
            f"Property {name} is not a unique property and cannot be used as idProperty", name="idProperty"
        )


def properties_of(body: dict[str, Any]) -> dict[str, Any]:
    """The `properties` object of a write body. Raises ApiError 400."""
    found = body.get("properties", {})
    if not isinstance(found, dict):
        raise malformed("properties must be an object")
    return found


def create_record(call: Call) -> Reply:
    """POST: 201 with the sparse record."""
    object_type, body = call.object_type(), call.body()
    with call.store.db.transaction():
        row = create(call.store, object_type, body, call.source, call.store.tick_ms())
        return Reply(201, write_json(call.store, row, properties_of(body), created=True))


def create(store: HubSpotStore, object_type: str, body: dict[str, Any], source: Source, now_ms: int) -> Row:
    """Creates a record with the associations of the body. Needs a transaction. Raises ApiError."""
    row = store.writer.create(object_type, properties_of(body), source, now_ms)
    wanted = body.get("associations") or []
    if not isinstance(wanted, list):
        raise malformed("associations must be a list")
    if wanted:
        check_may_associate(store.switches.may_associate, source)
    for each in wanted:
        _associate(store, row, each, source)
    return (store.records.get(object_type, row.id) or row) if wanted else row


def _associate(store: HubSpotStore, row: Row, wanted: Any, source: Source) -> None:
    try:
        to_id = str(wanted["to"]["id"])
        specs = [
            (str(each["associationCategory"]), int(each["associationTypeId"])) for each in wanted["types"]
        ]
    except (KeyError, TypeError, ValueError):
        raise malformed("associations need to.id and types") from None
    if not specs:
        raise invalid("associations need at least one type", name="associations")
    for category, type_id in specs:
        pairs = [(row.type, other) for other in TYPE_NAMES.values()]
        pair = next((each for each in pairs if store.edges.knows(each, type_id, category)), None)
        if pair is None:
            raise invalid(f"association type {type_id} of {category} does not start at {row.type}")
        target = store.live(pair[1], to_id)
        store.links.link(pair, row.id, target.id, [type_id], source)


def patch_record(call: Call) -> Reply:
    """PATCH by id (merged ids too), email or unique property."""
    object_type, body = call.object_type(), call.body()
    raw = properties_of(body)
    with call.store.db.transaction():
        row = by_key(call.store, object_type, call.path["record_id"], call.first("idProperty"))
        call.store.writer.update(row, raw, call.source, call.store.tick_ms())
    return Reply(200, write_json(call.store, row, raw, created=False))


def delete_record(call: Call) -> Reply:
    """DELETE: 204, also for an unknown or already archived id."""
    with call.store.db.transaction():
        archive(call.store, call.object_type(), call.path["record_id"], call.source)
    return Reply(204)


def archive(store: HubSpotStore, object_type: str, record_id: str, source: Source) -> None:
    """Archives a living record. Assumption: an id that was merged, or is unknown, changes nothing."""
    try:
        row = store.live(object_type, record_id, follow=False)
    except ApiError:
        return
    store.writer.archive(row, store.tick_ms(), source)


def merge_records(call: Call) -> Reply:
    """POST merge: 200 with the survivor, whose id is new.

    Engagements cannot be merged. Assumption: status and wording.
    """
    body, object_type = call.body(), call.object_type()
    if object_type in ENGAGEMENTS:
        raise invalid(f"Merging is not supported for object type {ENGAGEMENTS[object_type]}")
    primary, loser = body.get("primaryObjectId"), body.get("objectIdToMerge")
    if primary is None or loser is None:
        raise malformed("primaryObjectId and objectIdToMerge are required")
    survivor = call.store.live(
        object_type, call.store.merge(object_type, str(primary), str(loser), call.source)
    )
    return Reply(200, record_json(survivor, known(call.store, object_type, list(survivor.props))))


def gdpr_delete(call: Call) -> Reply:
    """POST gdpr-delete: 204; an unknown email is blocked all the same."""
    body, store = call.body(), call.store
    key, id_property = str(body.get("objectId", "")), body.get("idProperty")
    if not key:
        raise malformed("objectId is required")
    with store.db.transaction():
        try:
            store.writer.erase(by_key(store, "contacts", key, id_property), store.tick_ms(), call.source)
        except ApiError as error:
            if id_property != "email" or error.status != 404:
                raise
            store.records.hold("contacts", "blocked email", key.strip().lower(), 0)
    return Reply(204)
