"""Merging two records into one.

What enters: the primary and the other record. What leaves: the survivor, under a new id unless the account
preserves primary ids. Aliases make both old ids resolve to it.
Source: HubSpot changelog, "Updated merge functionality for contacts and companies"; knowledge base,
"Merge records".
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.edges import Edge
from connector.sandbox.hubspot.errors import ApiError, invalid
from connector.sandbox.hubspot.lifecycle import furthest
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.sources import Source
from connector.sandbox.hubspot.uniques import addresses
from connector.sandbox.hubspot.writes import Writer

MAX_MERGES = 250


def merge(writer: Writer, primary: Row, loser: Row, now_ms: int, source: Source) -> Row:
    """Merges `loser` into `primary`. Raises ApiError 400 for a record with itself, 414 above 250 merges."""
    if primary.id == loser.id:
        raise invalid("A record cannot be merged with itself")
    merged = _merged_ids(primary, loser)
    per_merge = 1 if writer.switches.merge_keeps_primary_id else 2  # ids that a merge adds to the merged ones
    if len(merged) > MAX_MERGES * per_merge:
        raise ApiError(414, "VALIDATION_ERROR", f"A record can take part in at most {MAX_MERGES} merges")
    edges = [*_edges(writer, primary), *_edges(writer, loser)]
    survivor = _survivor(writer, primary, loser, now_ms)
    survivor.props["hs_merged_object_ids"] = ";".join(str(each) for each in merged if each != survivor.id)
    for old in (primary, loser):
        if old.id != survivor.id:
            _bury(writer, old, survivor.id, now_ms, source)
    writer.uniques.hold_all(survivor)
    writer.records.put(survivor)
    _relink(writer, survivor, edges)
    if survivor.type == "contacts":
        writer.primary_changed(survivor.id, now_ms)
    ids: dict[str, Any] = {
        "primaryObjectId": primary.id,
        "mergedObjectIds": [loser.id],
        "newObjectId": survivor.id,
    }
    ids["numberOfPropertiesMoved"] = len(survivor.props.keys() & loser.props.keys())
    writer.webhooks.tell(survivor.type, survivor.id, "merge", source, None, **ids)
    return writer.records.get(survivor.type, survivor.id) or survivor


def _merged_ids(primary: Row, loser: Row) -> list[int]:
    ids = []
    for row in (primary, loser):
        ids += [int(each) for each in row.props.get("hs_merged_object_ids", "").split(";") if each]
        ids.append(row.id)
    return sorted(set(ids))


def _survivor(writer: Writer, primary: Row, loser: Row, now_ms: int) -> Row:
    """The primary's values, blanks filled from the other (assumption), the furthest stage of both."""
    kept = writer.switches.merge_keeps_primary_id
    new_id = primary.id if kept else writer.records.next_id(primary.type)
    props = {**loser.props, **primary.props}
    stage = (
        furthest(
            writer.schema,
            primary.type,
            primary.props.get("lifecyclestage"),
            loser.props.get("lifecyclestage"),
        )
        if primary.type != "deals"
        else None
    )
    if stage:
        props["lifecyclestage"] = stage
    if primary.type == "contacts":
        emails = list(dict.fromkeys([*addresses(primary), *addresses(loser)]))
        props |= {"email": emails[0]} if emails else {}
        props["hs_additional_emails"] = ";".join(emails[1:])
        stamp = props.get("hs_calculated_merged_vids", "")
        rows = [each for each in stamp.split(";") if each] + [
            f"{loser.id}:{now_ms}",
            f"{primary.id}:{now_ms}",
        ]
        props["hs_calculated_merged_vids"] = ";".join(dict.fromkeys(rows))
    if primary.type == "companies":
        domains = list(dict.fromkeys([*_domains(primary), *_domains(loser)]))
        props |= {"domain": domains[0]} if domains else {}
        props["hs_additional_domains"] = ";".join(domains[1:])
    props = {name: value for name, value in props.items() if value}
    created = min(primary.created, loser.created)
    if new_id != primary.id:
        writer.records.copy_versions(primary.type, primary.id, new_id)
    return Row(primary.type, new_id, props, created, now_ms, origin=primary.origin)


def _domains(row: Row) -> list[str]:
    """The domains of a company, the main one first."""
    texts = (row.props.get("domain", ""), *row.props.get("hs_additional_domains", "").split(";"))
    return [text for text in texts if text]


def _bury(writer: Writer, old: Row, new_id: int, now_ms: int, source: Source) -> None:
    writer.archive(old, now_ms, source)
    writer.edges.unshelve(old.type, old.id)
    old.merged_into = new_id
    writer.records.put(old)
    writer.records.alias(old.type, old.id, new_id)


def _edges(writer: Writer, row: Row) -> list[Edge]:
    """A company that both records know stays, with the primary's choice first."""
    edges = writer.edges.all_of(row.type, row.id)
    return sorted(edges, key=lambda edge: edge.type_id not in (1, 5))


def _relink(writer: Writer, survivor: Row, edges: list[Edge]) -> None:
    seen_primary = False
    for edge in edges:
        types = [edge.type_id]
        if edge.type_id in (1, 5):
            types = [] if seen_primary else types
            seen_primary = True
        writer.edges.link((edge.from_type, edge.to_type), survivor.id, edge.to_id, types)
