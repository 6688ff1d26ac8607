"""The route table of the simulated HubSpot: v3, v4 and date-based paths to the same handlers.

What enters: a world with a `hubspot` store. What leaves: Starlette routes.
Source: HubSpot developers' reference; changelog on date-based versions (2026-03, 2026-09).
Assumption: the date-based path of account details follows the pattern of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Protocol

from starlette.routing import Route

from connector.sandbox.hubspot import (
    account,
    associations,
    batch,
    exports,
    lists,
    oauth,
    objects,
    owners,
    pipelines,
    preferences,
    properties,
    property_groups,
    search,
    usage,
    users,
    webhook_api,
)
from connector.sandbox.hubspot.calls import Handler, endpoint
from connector.sandbox.hubspot.catalog import CRM_OBJECTS
from connector.sandbox.hubspot.imports import routes as imports
from connector.sandbox.hubspot.limits import Policy
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.routing import route

VERSIONS = ("2026-03", "2026-09")
Entry = tuple[str, str, Handler]
_POLICIES: dict[Handler, Policy] = {
    search.search: "search",
    associations.list_of_record: "associations",
    associations.put_default: "associations",
    associations.put_labels: "associations",
    associations.delete_all: "associations",
    associations.batch_read: "exempt",
    associations.batch_default: "exempt",
    associations.batch_create: "exempt",
    associations.batch_archive: "exempt",
    associations.batch_labels_archive: "exempt",
}


class HasHubSpot(Protocol):
    """What the routes need of a world."""

    @property
    def hubspot(self) -> HubSpotStore:
        """The account that is served."""


def routes(world: HasHubSpot) -> list[Route]:
    """All routes. Those with a fixed object type come first, so that counts by route tell the types apart."""
    store = world.hubspot
    webhook_api.restore(store)
    files = route(exports.FILES, exports.file_endpoint(store), "GET")
    return [*_api_routes(store), *_open_routes(store), files]


def _api_routes(store: HubSpotStore) -> list[Route]:
    return [
        route(path, endpoint(store, handler, _fixed_type(path), _POLICIES.get(handler, "normal")), method)
        for method, path, handler in _entries()
    ]


def _open_routes(store: HubSpotStore) -> list[Route]:
    """Routes without a bearer token."""
    return [
        route(path, endpoint(store, handler, {}, policy=None), method)
        for method, path, handler in (*_oauth_entries(), *_webhook_entries())
    ]


def _oauth_entries() -> Iterator[Entry]:
    yield "GET", "/oauth/authorize", oauth.authorize
    for version in ("v1", "v3", *VERSIONS):
        yield "POST", f"/oauth/{version}/token", oauth.token
        yield "POST", f"/oauth/{version}/token/introspect", oauth.introspect
        yield "POST", f"/oauth/{version}/token/revoke", oauth.revoke
    yield "GET", "/oauth/v1/access-tokens/{token}", oauth.metadata
    yield "GET", "/oauth/v1/refresh-tokens/{token}", oauth.metadata
    yield "DELETE", "/oauth/v1/refresh-tokens/{token}", oauth.forget


def _webhook_entries() -> Iterator[Entry]:
    base = "/webhooks/v3/{app_id}"
    yield "GET", f"{base}/settings", webhook_api.get_settings
    yield "PUT", f"{base}/settings", webhook_api.put_settings
    yield "DELETE", f"{base}/settings", webhook_api.delete_settings
    yield "POST", f"{base}/subscriptions/batch/update", webhook_api.batch_update
    yield "GET", f"{base}/subscriptions", webhook_api.get_subscriptions
    yield "POST", f"{base}/subscriptions", webhook_api.create_subscription
    yield "GET", f"{base}/subscriptions/{{subscription_id}}", webhook_api.get_subscription
    yield "PATCH", f"{base}/subscriptions/{{subscription_id}}", webhook_api.change_subscription
    yield "DELETE", f"{base}/subscriptions/{{subscription_id}}", webhook_api.delete_subscription


@cache
def _fixed_type(path: str) -> dict[str, str]:
    """The object type that stands in a path as a word, as if it were a placeholder's value."""
    words = [part for part in path.split("/") if part in CRM_OBJECTS]
    return {"object_type": words[0]} if words else {}


def _entries() -> Iterator[Entry]:
    for prefix in ("/crm/v3/objects", *(f"/crm/objects/{version}" for version in VERSIONS)):
        yield from _contact_entries(prefix)
        for object_type in (*CRM_OBJECTS, "{object_type}"):
            yield from _record_entries(f"{prefix}/{object_type}")
    for prefix in ("/crm/v4/objects", *(f"/crm/objects/{version}" for version in VERSIONS)):
        yield from _edge_entries(f"{prefix}/{{object_type}}/{{record_id}}/associations")
    for prefix in ("/crm/v4/associations", *(f"/crm/associations/{version}" for version in VERSIONS)):
        yield "POST", f"{prefix}/usage/high-usage-report/{{user_id}}", usage.order_report
        yield from _edge_batch_entries(f"{prefix}/{{object_type}}/{{to_type}}")
    for version in ("v3", *VERSIONS):
        yield from _settings_entries(version)
    yield from _preference_entries()


def _path(version: str, area: str) -> str:
    return f"/crm/v3/{area}" if version == "v3" else f"/crm/{area}/{version}"


def _contact_entries(prefix: str) -> Iterator[Entry]:
    for name in ("contacts", "0-1"):
        yield "POST", f"{prefix}/{name}/gdpr-delete", objects.gdpr_delete


def _record_entries(base: str) -> Iterator[Entry]:
    yield "POST", f"{base}/search", search.search
    yield "POST", f"{base}/batch/read", batch.batch_read
    yield "POST", f"{base}/batch/update", batch.batch_update
    yield "POST", f"{base}/batch/create", batch.batch_create
    yield "POST", f"{base}/batch/upsert", batch.batch_upsert
    yield "POST", f"{base}/batch/archive", batch.batch_archive
    yield "POST", f"{base}/merge", objects.merge_records
    yield "GET", base, objects.list_records
    yield "POST", base, objects.create_record
    yield "GET", f"{base}/{{record_id}}", objects.get_record
    yield "PATCH", f"{base}/{{record_id}}", objects.patch_record
    yield "DELETE", f"{base}/{{record_id}}", objects.delete_record


def _edge_entries(base: str) -> Iterator[Entry]:
    yield "GET", f"{base}/{{to_type}}", associations.list_of_record
    yield "PUT", f"{base}/default/{{to_type}}/{{to_id}}", associations.put_default
    yield "PUT", f"{base}/{{to_type}}/{{to_id}}", associations.put_labels
    yield "DELETE", f"{base}/{{to_type}}/{{to_id}}", associations.delete_all


def _edge_batch_entries(base: str) -> Iterator[Entry]:
    yield "POST", f"{base}/batch/read", associations.batch_read
    yield "POST", f"{base}/batch/associate/default", associations.batch_default
    yield "POST", f"{base}/batch/create", associations.batch_create
    yield "POST", f"{base}/batch/archive", associations.batch_archive
    yield "POST", f"{base}/batch/labels/archive", associations.batch_labels_archive
    yield "GET", f"{base}/labels", associations.list_labels
    yield "POST", f"{base}/labels", associations.create_label
    yield "PUT", f"{base}/labels", associations.update_label
    yield "DELETE", f"{base}/labels/{{type_id}}", associations.delete_label


def _settings_entries(version: str) -> Iterator[Entry]:
    yield from _property_entries(f"{_path(version, 'properties')}/{{object_type}}")
    yield from _pipeline_entries(f"{_path(version, 'pipelines')}/{{object_type}}")
    yield "GET", _path(version, "owners"), owners.list_owners
    yield "GET", f"{_path(version, 'owners')}/{{owner_id}}", owners.get_owner
    yield from _list_entries(_path(version, "lists"))
    yield "GET", f"/account-info/{version}/details", account.details
    yield "GET", f"/account-info/{version}/api-usage/daily/private-apps", account.daily_usage
    yield "POST", f"{_path(version, 'exports')}/export/async", exports.start
    yield "GET", f"{_path(version, 'exports')}/export/async/tasks/{{task_id}}/status", exports.status
    yield from _import_entries(_path(version, "imports"))
    yield from _usage_entries(f"{_path(version, 'limits')}/associations/records")
    yield from _user_entries(
        f"/settings/{version}/users" if version == "v3" else f"/settings/users/{version}"
    )


def _usage_entries(base: str) -> Iterator[Entry]:
    yield "GET", f"{base}/from", usage.from_types
    yield "GET", f"{base}/{{object_type}}/to", usage.to_types
    yield "GET", f"{base}/{{object_type}}/{{to_type}}", usage.records


def _user_entries(base: str) -> Iterator[Entry]:
    yield "GET", f"{base}/teams", users.list_teams
    yield "GET", f"{base}/roles", users.list_roles
    yield "GET", base, users.list_users
    yield "GET", f"{base}/{{user_id}}", users.get_user


def _import_entries(base: str) -> Iterator[Entry]:
    yield "POST", base, imports.start
    yield "GET", base, imports.get_all
    yield "GET", f"{base}/{{import_id}}", imports.get
    yield "POST", f"{base}/{{import_id}}/cancel", imports.cancel
    yield "GET", f"{base}/{{import_id}}/errors", imports.errors


def _preference_entries() -> Iterator[Entry]:
    for version in ("v4", *VERSIONS):
        base = f"/communication-preferences/{version}"
        yield "GET", f"{base}/definitions", preferences.definitions
        yield "GET", f"{base}/statuses/{{address}}", preferences.statuses
        yield "POST", f"{base}/statuses/{{address}}", preferences.set_status
        yield "GET", f"{base}/statuses/{{address}}/unsubscribe-all", preferences.opt_out_status
        yield "POST", f"{base}/statuses/{{address}}/unsubscribe-all", preferences.opt_out
    old = "/communication-preferences/v3"
    yield "GET", f"{old}/definitions", preferences.definitions
    yield "GET", f"{old}/status/email/{{address}}", preferences.legacy_statuses
    yield "POST", f"{old}/subscribe", preferences.legacy_subscribe
    yield "POST", f"{old}/unsubscribe", preferences.legacy_unsubscribe


def _list_entries(base: str) -> Iterator[Entry]:
    yield "POST", f"{base}/search", lists.search
    yield "GET", f"{base}/object-type-id/{{object_type}}/name/{{name}}", lists.get_by_name
    yield "GET", f"{base}/records/{{object_type}}/{{record_id}}/memberships", lists.of_record
    yield "POST", f"{base}/records/memberships/batch/read", lists.of_records
    yield "POST", base, lists.create
    yield "GET", base, lists.get_several
    one = f"{base}/{{list_id}}"
    yield "GET", one, lists.get
    yield "DELETE", one, lists.delete
    yield "PUT", f"{one}/restore", lists.restore
    yield "PUT", f"{one}/update-list-name", lists.rename
    yield "PUT", f"{one}/update-list-filters", lists.change_filters
    yield "GET", f"{one}/memberships", lists.members
    yield "DELETE", f"{one}/memberships", lists.remove_all
    yield "GET", f"{one}/memberships/join-order", lists.members_by_moment
    yield "PUT", f"{one}/memberships/add", lists.add
    yield "PUT", f"{one}/memberships/add-from/{{source_id}}", lists.add_from
    yield "PUT", f"{one}/memberships/remove", lists.remove
    yield "PUT", f"{one}/memberships/add-and-remove", lists.add_and_remove


def _property_entries(base: str) -> Iterator[Entry]:
    yield "GET", f"{base}/groups", property_groups.list_groups
    yield "POST", f"{base}/groups", property_groups.create_group
    yield "GET", f"{base}/groups/{{name}}", property_groups.get_group
    yield "PATCH", f"{base}/groups/{{name}}", property_groups.patch_group
    yield "DELETE", f"{base}/groups/{{name}}", property_groups.delete_group
    yield "POST", f"{base}/batch/read", properties.batch_read
    yield "POST", f"{base}/batch/create", properties.batch_create
    yield "POST", f"{base}/batch/archive", properties.batch_archive
    yield "GET", base, properties.list_properties
    yield "POST", base, properties.create_property
    yield "GET", f"{base}/{{name}}", properties.get_property
    yield "PATCH", f"{base}/{{name}}", properties.patch_property
    yield "DELETE", f"{base}/{{name}}", properties.delete_property


def _pipeline_entries(base: str) -> Iterator[Entry]:
    stages = f"{base}/{{pipeline_id}}/stages"
    yield "GET", stages, pipelines.list_stages
    yield "POST", stages, pipelines.create_stage
    yield "GET", f"{stages}/{{stage_id}}", pipelines.get_stage
    yield "PATCH", f"{stages}/{{stage_id}}", pipelines.change_stage
    yield "PUT", f"{stages}/{{stage_id}}", pipelines.change_stage
    yield "DELETE", f"{stages}/{{stage_id}}", pipelines.delete_stage
    yield "GET", base, pipelines.list_pipelines
    yield "POST", base, pipelines.create_pipeline
    yield "GET", f"{base}/{{pipeline_id}}", pipelines.get_pipeline
    yield "PATCH", f"{base}/{{pipeline_id}}", pipelines.change_pipeline
    yield "PUT", f"{base}/{{pipeline_id}}", pipelines.change_pipeline
    yield "DELETE", f"{base}/{{pipeline_id}}", pipelines.delete_pipeline
