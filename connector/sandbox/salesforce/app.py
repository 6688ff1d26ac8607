"""The simulated Salesforce as Starlette routes.

In: the world whose org is served. Out: a list of routes; counting, faults and the `Date` header stand
around them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.sandbox.salesforce import (
    apex,
    collections,
    composite,
    describe,
    oauth,
    queries,
    records,
    replication,
    tooling,
    ui_api,
    usage,
)
from connector.sandbox.salesforce.bulk import extract, ingest
from connector.sandbox.salesforce.errors import no_such_resource
from connector.sandbox.salesforce.http import Call, Handler, HasSalesforce, Resource, answer, rest
from connector.sandbox.salesforce.mdapi import rest as deploys
from connector.sandbox.salesforce.soap import service as soap
from connector.sandbox.salesforce.soap.services import SERVICES
from connector.sandbox.salesforce.store import SalesforceStore


def routes(world: HasSalesforce) -> list[Route]:
    """Every route of the org, the most specific first."""
    within = [*_query_routes(world), *_record_routes(world), *_last_routes(world)]
    return [*_open_routes(world), *_composite_routes(world, within), *_job_routes(world), *within]


def _composite_routes(world: HasSalesforce, within: Sequence[Resource]) -> list[Resource]:
    """Several requests in one; jobs and further composites cannot be among them."""
    together: dict[str, Handler] = {"GET": composite.listed, "POST": partial(composite.composite, within)}
    return [
        rest(world, "/composite", **together),
        rest(world, "/composite/batch", POST=partial(composite.batch, within)),
    ]


def _open_routes(world: HasSalesforce) -> list[Route]:
    return [
        _open(world, "/services/oauth2/token", "POST", oauth.token),
        _open(world, "/services/oauth2/revoke", "POST", oauth.revoke),
        _open(world, "/services/oauth2/revoke", "GET", oauth.revoke),
        _open(world, "/services/oauth2/userinfo", "GET", _identity),
        _open(world, "/id/{org}/{user}", "GET", _identity),
        Resource("/services/apexrest/{path:path}", world, dict.fromkeys(apex.METHODS, apex.serve)),
        *(route for service in SERVICES for route in soap.routes(world, service)),
        *(
            _open(world, "/services/async/{version}" + rest_of, method, ingest.first_generation)
            for rest_of in ("/job", "/job/{job:path}")
            for method in ("GET", "POST")
        ),
        _open(world, "/services/data", "GET", lambda _store, _request, _raw: answer(describe.versions())),
    ]


def _query_routes(world: HasSalesforce) -> list[Resource]:
    field = "/tooling/sobjects/CustomField"
    return [
        rest(world, "", GET=describe.resources),
        rest(world, "/limits", GET=usage.limits),
        rest(world, "/query", GET=queries.query),
        rest(world, "/queryAll", GET=queries.query_all),
        rest(world, "/query/{locator}", GET=queries.more),
        rest(world, "/queryAll/{locator}", GET=queries.more),
        rest(world, "/ui-api/object-info/{type}", GET=ui_api.object_info),
        rest(world, "/ui-api/object-info/{type}/picklist-values/{record_type}", GET=ui_api.picklists),
        rest(world, "/ui-api/object-info/{type}/picklist-values/{record_type}/{field}", GET=ui_api.picklist),
        rest(world, "/actions/custom/apex", GET=apex.listed),
        rest(world, "/actions/custom/apex/{name}", GET=apex.described, POST=apex.invoke),
        rest(world, "/metadata/deployRequest", POST=deploys.create),
        rest(world, "/metadata/deployRequest/{id}", GET=deploys.status, PATCH=deploys.change),
        rest(world, "/tooling/query", GET=queries.tooling_query),
        rest(world, "/tooling/sobjects", GET=tooling.types),
        rest(world, "/tooling/sobjects/{type}/describe", GET=tooling.described),
        rest(world, field, POST=tooling.create_field),
        rest(
            world,
            field + "/{id}",
            GET=tooling.read_field,
            PATCH=tooling.update_field,
            DELETE=tooling.delete_field,
        ),
    ]


def _job_routes(world: HasSalesforce) -> list[Resource]:
    load, asked = "/jobs/ingest/{job}", "/jobs/query/{job}"
    return [
        rest(world, "/jobs/ingest", GET=ingest.every, POST=ingest.create),
        rest(world, load, GET=ingest.show, PATCH=ingest.change, DELETE=ingest.delete),
        rest(world, load + "/batches", PUT=ingest.upload),
        rest(world, load + "/successfulResults", GET=ingest.successful),
        rest(world, load + "/failedResults", GET=ingest.failed),
        rest(world, load + "/unprocessedrecords", GET=ingest.unprocessed),
        rest(world, load + "/unprocessedRecords", GET=ingest.unprocessed),
        rest(world, "/jobs/query", GET=extract.every, POST=extract.create),
        rest(world, asked, GET=extract.show, PATCH=extract.change, DELETE=extract.delete),
        rest(world, asked + "/results", GET=extract.results),
    ]


def _record_routes(world: HasSalesforce) -> list[Resource]:
    one = {"GET": records.read, "PATCH": records.update, "DELETE": records.delete}
    by_key = {"GET": records.read_by_key, "PATCH": records.upsert, "DELETE": records.delete_by_key}
    many = {"POST": collections.create, "PATCH": collections.update, "DELETE": collections.delete}
    retrieve = {"GET": collections.retrieve_by_url, "POST": collections.retrieve}
    return [
        rest(world, "/composite/sobjects", **many),
        rest(world, "/composite/sobjects/{type}", **retrieve),
        rest(world, "/composite/sobjects/{type}/{field}", PATCH=collections.upsert),
        rest(world, "/sobjects", GET=describe.all_types),
        rest(world, "/sobjects/{type}", GET=describe.one_type, POST=records.create),
        rest(world, "/sobjects/{type}/describe", GET=describe.full),
        rest(world, "/sobjects/{type}/updated", GET=replication.updated),
        rest(world, "/sobjects/{type}/deleted", GET=replication.deleted),
        rest(world, "/sobjects/{type}/{id}", **one),
        rest(world, "/sobjects/{type}/{field}/{value:path}", **by_key),
    ]


def _last_routes(world: HasSalesforce) -> list[Resource]:
    every = dict.fromkeys(("GET", "POST", "PATCH", "PUT", "DELETE"), _unknown)
    return [rest(world, "/{rest:path}", **every)]


def _unknown(_call: Call) -> Response:
    raise no_such_resource()


def _identity(store: SalesforceStore, request: Request, _raw: bytes) -> Response:
    return oauth.identity(store, request)


def _open(
    world: HasSalesforce,
    path: str,
    method: str,
    handler: Callable[[SalesforceStore, Request, bytes], Response],
) -> Route:
    """A route that needs no session."""

    async def endpoint(request: Request) -> Response:
        return handler(world.salesforce, request, await request.body())

    return Route(path, endpoint, methods=[method])
