"""Routes of the lists API (lists are also called segments).

What enters: a `Call`. What leaves: list JSON and memberships.
Source: HubSpot developers, "Lists" guide and reference; names of fields as HubSpot's own client has them.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.errors import check_depth, invalid, malformed, not_found
from connector.sandbox.hubspot.list_store import PROCESSING, List
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso

MEMBERS_PAGE, MEMBERS_MAX, MAX_CHANGES = 100, 250, 100_000
MAX_READ = 100
SEARCH_PAGE, SEARCH_MAX = 20, 500


def _json(store: HubSpotStore, found: List, filters: bool) -> dict[str, Any]:
    """A list as it is shown; filters only when asked for."""
    hidden = {"deletedAt"} | (set() if filters and found["filterBranch"] else {"filterBranch"})
    shown = {name: value for name, value in found.items() if name not in hidden}
    return {**shown, "size": len(store.lists.members(found, store.now_ms()))}


def create(call: Call) -> Reply:
    """POST: 200 with the list."""
    with call.store.db.transaction():
        body = call.body()
        check_depth(body)
        found = call.store.lists.create(body, call.store.tick_ms())
    return Reply(200, {"list": _json(call.store, found, filters=True)})


def get(call: Call) -> Reply:
    """GET by id; ?includeFilters."""
    found = call.store.lists.get(call.path["list_id"])
    return Reply(200, {"list": _json(call.store, found, call.flag("includeFilters"))})


def get_by_name(call: Call) -> Reply:
    """GET object-type-id/{type}/name/{name}."""
    wanted = call.path["name"].casefold()
    for found in call.store.lists.all():
        if TYPE_NAMES[found["objectTypeId"]] == call.object_type() and found["name"].casefold() == wanted:
            return Reply(200, {"list": _json(call.store, found, call.flag("includeFilters"))})
    raise not_found(f"List does not exist with name {call.path['name']}.")


def get_several(call: Call) -> Reply:
    """GET ?listIds=: those that exist."""
    wanted, filters = set(call.names("listIds")), call.flag("includeFilters")
    found = [each for each in call.store.lists.all() if each["listId"] in wanted]
    return Reply(200, {"lists": [_json(call.store, each, filters) for each in found]})


def search(call: Call) -> Reply:
    """POST search {query, processingTypes, listIds, offset, count}: words of the name, by id."""
    body = call.body()
    offset, count = _whole(body, "offset", 0, 10**9), _whole(body, "count", SEARCH_PAGE, SEARCH_MAX)
    kinds, ids = _strings(body.get("processingTypes") or PROCESSING), _strings(body.get("listIds") or [])
    words = str(body.get("query") or "").casefold().split()
    found = [
        each
        for each in call.store.lists.all()
        if each["processingType"] in kinds
        and (not ids or each["listId"] in ids)
        and all(word in each["name"].casefold() for word in words)
    ]
    page = [_found(call.store, each) for each in found[offset : offset + count]]
    end = offset + len(page)
    return Reply(200, {"total": len(found), "offset": end, "hasMore": end < len(found), "lists": page})


def _found(store: HubSpotStore, found: List) -> dict[str, Any]:
    shown = _json(store, found, filters=False)
    return {**shown, "additionalProperties": {"hs_list_size": str(shown.pop("size"))}}


def _whole(body: dict[str, Any], name: str, default: int, most: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise invalid(f"{name} must be between 0 and {most}", name=name)
    return value


def _strings(raw: Any) -> list[str]:
    if not isinstance(raw, list | tuple) or not all(isinstance(each, str | int) for each in raw):
        raise malformed("a list of strings was expected")
    return [str(each) for each in raw]


def rename(call: Call) -> Reply:
    """PUT update-list-name?listName=."""
    store = call.store
    with store.db.transaction():
        found = store.lists.get(call.path["list_id"])
        type_name = TYPE_NAMES[found["objectTypeId"]]
        found["name"] = store.lists.free_name(call.first("listName"), type_name, found["listId"])
        return _updated(call, found)


def change_filters(call: Call) -> Reply:
    """PUT update-list-filters {filterBranch}: for dynamic lists."""
    store = call.store
    with store.db.transaction():
        found = store.lists.get(call.path["list_id"])
        if found["processingType"] != "DYNAMIC":
            raise invalid("Only the filters of a DYNAMIC list can be changed")
        branch = call.body().get("filterBranch")
        check_depth(branch)
        found["filterBranch"] = store.lists.check_filters(found, branch)
        found["filtersUpdatedAt"] = iso(store.now_ms())
        return _updated(call, found)


def _updated(call: Call, found: List) -> Reply:
    found["updatedAt"] = iso(call.store.tick_ms())
    found["listVersion"] += 1
    call.store.lists.put(found)
    return Reply(200, {"updatedList": _json(call.store, found, filters=True)})


def delete(call: Call) -> Reply:
    """DELETE: 204; it can be restored."""
    return _set_deleted(call, iso(call.store.now_ms()))


def restore(call: Call) -> Reply:
    """PUT restore: 204."""
    return _set_deleted(call, None)


def _set_deleted(call: Call, moment: str | None) -> Reply:
    with call.store.db.transaction():
        found = call.store.lists.get(call.path["list_id"], deleted=moment is None)
        call.store.lists.put(found | {"deletedAt": moment})
    return Reply(204)


# Memberships


def members(call: Call) -> Reply:
    """GET memberships: up to 250 a page, by record id."""
    return _members(call, by_moment=False)


def members_by_moment(call: Call) -> Reply:
    """GET memberships/join-order: in the order in which they joined."""
    return _members(call, by_moment=True)


def _members(call: Call, by_moment: bool) -> Reply:
    """Assumption: `after` counts members; what HubSpot's opaque text holds is not known."""
    limit, after = call.number("limit", MEMBERS_PAGE, MEMBERS_MAX), call.first("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) < 12):
        raise invalid(f"after is not a valid offset: {after}", name="after")
    found = call.store.lists.get(call.path["list_id"])
    rows = list(call.store.lists.members(found, call.store.now_ms()).items())
    if by_moment:
        rows.sort(key=lambda row: row[1])
    start, end = int(after), int(after) + limit
    results = [{"recordId": str(key), "membershipTimestamp": iso(joined)} for key, joined in rows[start:end]]
    paging = call.paging(str(end)) if end < len(rows) else {}
    return Reply(200, {"total": len(rows), "results": results, **paging})


def add(call: Call) -> Reply:
    """PUT memberships/add with a list of ids."""
    return _change(call, _strings(call.json()), [])


def remove(call: Call) -> Reply:
    """PUT memberships/remove with a list of ids."""
    return _change(call, [], _strings(call.json()))


def add_and_remove(call: Call) -> Reply:
    """PUT memberships/add-and-remove {recordIdsToAdd, recordIdsToRemove}."""
    body = call.body()
    added, gone = (_strings(body.get(name) or []) for name in ("recordIdsToAdd", "recordIdsToRemove"))
    return _change(call, added, gone)


def add_from(call: Call) -> Reply:
    """PUT memberships/add-from/{source}: 204; members of another list of the same type join by hand."""
    store = call.store
    with store.db.transaction():
        found, source = _by_hand(call), store.lists.get(call.path["source_id"])
        if source["objectTypeId"] != found["objectTypeId"]:
            raise invalid("Both lists must hold records of the same type")
        now = store.tick_ms()
        store.lists.add(found, store.lists.members(source, now), now)
    return Reply(204)


def remove_all(call: Call) -> Reply:
    """DELETE memberships: 204; the list is empty, the records stay."""
    store = call.store
    with store.db.transaction():
        found = _by_hand(call)
        store.lists.remove(found, store.lists.members(found, store.now_ms()))
    return Reply(204)


def _by_hand(call: Call) -> List:
    found = call.store.lists.get(call.path["list_id"])
    if found["processingType"] == "DYNAMIC":
        raise invalid("Memberships of a DYNAMIC list cannot be changed by hand")  # Assumption: the wording
    return found


def _change(call: Call, added: list[str], gone: list[str]) -> Reply:
    """Ids that do not exist are told as missing; those that change nothing are left out."""
    store = call.store
    if len(added) + len(gone) > MAX_CHANGES:
        raise invalid(f"At most {MAX_CHANGES} records can be changed at once")
    with store.db.transaction():
        found, now = _by_hand(call), store.tick_ms()
        present = store.lists.members(found, now)
        known = _existing(store, TYPE_NAMES[found["objectTypeId"]], [*added, *gone])
        fresh = [known[each] for each in dict.fromkeys(added) if each in known and known[each] not in present]
        lost = [known[each] for each in dict.fromkeys(gone) if each in known and known[each] in present]
        store.lists.add(found, fresh, now)
        store.lists.remove(found, lost)
    missing = [each for each in dict.fromkeys([*added, *gone]) if each not in known]
    changed = {
        "recordsIdsAdded": [str(each) for each in fresh],
        "recordIdsRemoved": [str(each) for each in lost],
    }
    return Reply(200, {**changed, "recordIdsMissing": missing})


def _existing(store: HubSpotStore, type_name: str, ids: list[str]) -> dict[str, int]:
    """Living records by the id given; ids that were merged stand for their survivor."""
    out: dict[str, int] = {}
    for text in ids:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
        row = store.records.get(type_name, store.records.survivor(type_name, number))
        if row is not None and row.archived is None:
            out[text] = row.id
    return out


def of_record(call: Call) -> Reply:
    """GET records/{type}/{id}/memberships: the lists that a record is in."""
    row = call.store.live(call.object_type(), call.path["record_id"])
    results = _memberships(call.store, row.type, row.id)
    return Reply(200, {"total": len(results), "results": results})


def _memberships(store: HubSpotStore, type_name: str, record_id: int) -> list[dict[str, Any]]:
    out = []
    for found in store.lists.all():
        if TYPE_NAMES[found["objectTypeId"]] != type_name:
            continue
        joined = store.lists.members(found, store.now_ms()).get(record_id)
        if joined is not None:
            moments = {"firstAddedTimestamp": iso(joined), "lastAddedTimestamp": iso(joined)}
            out.append({"listId": found["listId"], "listVersion": found["listVersion"], **moments})
    return out


def of_records(call: Call) -> Reply:
    """POST records/memberships/batch/read {inputs: [{objectTypeId, recordId}]}: 100 records at most.

    Assumption: the limit, and that a record that does not exist is in no list.
    """
    store, started, results = call.store, iso(call.store.now_ms()), []
    for row in call.inputs(MAX_READ):
        type_id, text = str(row.get("objectTypeId")), str(row.get("recordId"))
        if type_id.lower() not in TYPE_NAMES:
            raise invalid(f"Unable to infer object type from: {type_id}", name="objectTypeId")
        known = _existing(store, TYPE_NAMES[type_id.lower()], [text])
        lists = _memberships(store, TYPE_NAMES[type_id.lower()], known.get(text, 0))
        results.append({"objectTypeId": type_id, "recordId": text, "recordListMemberships": lists})
    done = iso(store.now_ms())
    return Reply(200, {"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": done})
