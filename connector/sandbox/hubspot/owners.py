"""Routes of the owners API (read-only).

What enters: a `Call`. What leaves: owner JSON.
Source: HubSpot developers, "Owners" guide: assign with `id`, not with `userId`.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.errors import invalid, not_found

DEFAULT_LIMIT, MAX_LIMIT = 100, 500


def list_owners(call: Call) -> Reply:
    """GET: active owners, or only archived ones with archived=true; ?email, ?limit, ?after."""
    limit, archived, email = (
        call.number("limit", DEFAULT_LIMIT, MAX_LIMIT),
        call.flag("archived"),
        call.first("email"),
    )
    after = call.first("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise invalid(f"after is not a valid offset: {after}", name="after")
    found = [
        owner for owner in _sorted(call) if owner["archived"] is archived and int(owner["id"]) > int(after)
    ]
    if email:
        found = [owner for owner in found if (owner["email"] or "").lower() == email.strip().lower()]
    page = found[:limit]
    paging = call.paging(page[-1]["id"]) if len(found) > limit else {}
    return Reply(200, {"results": page, **paging})


def _sorted(call: Call) -> list[dict[str, Any]]:
    return sorted(call.store.schema.owners.values(), key=lambda owner: int(owner["id"]))


def get_owner(call: Call) -> Reply:
    """GET by id, or by user id with idProperty=userId; archived ones need archived=true."""
    wanted, archived = call.path["owner_id"], call.flag("archived")
    key = "userIdIncludingInactive" if call.first("idProperty") == "userId" else "id"
    for owner in call.store.schema.owners.values():
        if str(owner[key]) == wanted and owner["archived"] is archived:
            return Reply(200, owner)
    raise not_found()
