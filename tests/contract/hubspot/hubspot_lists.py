"""How the tests of lists make filters and lists, and read their members."""

from __future__ import annotations

from typing import Any

from hubspot import HubSpot


def rule(name: str, kind: str, operator: str, **more: Any) -> dict[str, Any]:
    """One property filter."""
    operation = {"operationType": kind, "operator": operator, **more}
    return {"filterType": "PROPERTY", "property": name, "operation": operation}


def branch(*filters: dict[str, Any]) -> dict[str, Any]:
    """All of these filters, in the form in which HubSpot wants them."""
    inner = {"filterBranchType": "AND", "filters": list(filters), "filterBranches": []}
    return {"filterBranchType": "OR", "filters": [], "filterBranches": [inner]}


def made(client: HubSpot, name: str, kind: str, filters: dict[str, Any] | None = None) -> str:
    """A list of contacts; its id."""
    body = {"name": name, "objectTypeId": "0-1", "processingType": kind}
    answer = client.crm.lists.lists_api.create(body | ({"filterBranch": filters} if filters else {}))
    return str(answer.list.list_id)


def members(client: HubSpot, list_id: str) -> list[str]:
    """Ids of the records in a list."""
    return [row.record_id for row in client.crm.lists.memberships_api.get_page(list_id).results]
