"""Routes of the users API, read-only: users, teams, roles.

What enters: a `Call`. What leaves: the people behind the owners. Users are not made or changed here.
Source: HubSpot developers, "User provisioning" guide.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.errors import invalid, not_found

PAGE, MOST = 100, 100


def _users(call: Call) -> list[dict[str, Any]]:
    """Active people by user id; queues are no users."""
    owners = [each for each in call.store.schema.owners.values() if not each["archived"]]
    people = [_user(each) for each in owners if each["type"] == "PERSON"]
    return sorted(people, key=lambda each: int(each["id"]))


def _user(owner: dict[str, Any]) -> dict[str, Any]:
    main = [str(team["id"]) for team in owner["teams"] if team.get("primary")]
    rest = [str(team["id"]) for team in owner["teams"] if not team.get("primary")]
    teams = {"primaryTeamId": main[0]} if main else {}
    own = {"id": str(owner["userId"]), "email": owner["email"], "roleIds": [], "superAdmin": False}
    return {**own, **teams, "secondaryTeamIds": rest}


def list_users(call: Call) -> Reply:
    """GET users: ?limit, ?after."""
    limit, after = call.number("limit", PAGE, MOST), call.first("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise invalid(f"after is not a valid offset: {after}", name="after")
    found = [each for each in _users(call) if int(each["id"]) > int(after)]
    paging = call.paging(found[limit - 1]["id"]) if len(found) > limit else {}
    return Reply(200, {"results": found[:limit], **paging})


def get_user(call: Call) -> Reply:
    """GET users/{id}, or by email with idProperty=EMAIL."""
    key = "email" if call.first("idProperty") == "EMAIL" else "id"
    for user in _users(call):
        if user[key] == call.path["user_id"]:
            return Reply(200, user)
    raise not_found(f"User {call.path['user_id']} does not exist")


def list_teams(call: Call) -> Reply:
    """GET users/teams: with the users whose main or further team it is."""
    teams: dict[str, dict[str, Any]] = {}
    for owner in call.store.schema.owners.values():
        for team in owner["teams"]:
            fresh = {"id": str(team["id"]), "name": team["name"], "userIds": [], "secondaryUserIds": []}
            row = teams.setdefault(str(team["id"]), fresh)
            if not owner["archived"]:
                row["userIds" if team.get("primary") else "secondaryUserIds"].append(str(owner["userId"]))
    return Reply(200, {"results": list(teams.values())})


def list_roles(_call: Call) -> Reply:
    """GET users/roles: this account has none of its own."""
    return Reply(200, {"results": []})
