"""The routes of the pages on one CRM's port, and what stands around each of them.

Enters: a world and the CRM's name. Leaves: routes under `/_sandbox/ui`, which are not counted and meet no
faults. No answer is ever a traceback.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.sandbox import guard
from connector.sandbox.ui import render
from connector.sandbox.ui.desk import Desk
from connector.sandbox.ui.forms import Posted, posted
from connector.sandbox.ui.hubspot.desk import HubSpotDesk
from connector.sandbox.ui.nouns import RefusedError
from connector.sandbox.ui.pages import Pages
from connector.sandbox.ui.salesforce.desk import SalesforceDesk
from connector.sandbox.world import CrmName, World

Handler = Callable[[Request, Posted], Response]


def routes(world: World, name: CrmName) -> list[Route]:
    """All pages of one CRM."""
    desk: Desk = HubSpotDesk(world.hubspot) if name == "hubspot" else SalesforceDesk(world.salesforce)
    pages = Pages(desk, world.clock)

    def route(path: str, get: Handler | None = None, post: Handler | None = None) -> Route:
        return _route(pages, path, get, post)

    one = "/{type}/{id}"
    return [
        Route(f"{render.BASE}/style.css", _stylesheet),
        route("", pages.home),
        route("/work-as", post=pages.work_as),
        route("/{type}", pages.listing),
        route("/{type}/new", pages.new, pages.create),
        route(one, pages.record),
        route(f"{one}/edit", pages.edit, pages.change),
        route(f"{one}/delete", pages.asks_to_delete, pages.delete),
        route(f"{one}/restore", post=pages.restore),
        route(f"{one}/merge", pages.asks_to_merge, pages.merge),
        route(f"{one}/convert", pages.asks_to_convert, pages.convert),
        route(f"{one}/associate/{{other}}", pages.asks_to_associate, pages.associate),
        route("/{rest:path}", _nothing, _nothing),
    ]


def _route(pages: Pages, path: str, get: Handler | None, post: Handler | None) -> Route:
    handlers = {method: handler for method, handler in (("GET", get), ("POST", post)) if handler}

    async def endpoint(request: Request) -> Response:
        handler = handlers["POST" if request.method == "POST" else "GET"]
        answer = await _answer(pages, request, handler)
        answer.headers.update(guard.HEADERS)
        return answer

    return Route(render.BASE + path, endpoint, methods=list(handlers))


async def _answer(pages: Pages, request: Request, handler: Handler) -> Response:
    try:
        return handler(request, await posted(request) if request.method == "POST" else {})
    except RefusedError as refusal:
        return pages.problem(request, 400, str(refusal))
    except NotImplementedError:
        return pages.problem(request, 404, f"{pages.desk.name} has no such thing.")
    except (KeyError, IndexError):
        raise  # a mistake of ours, not a record that is not there
    except LookupError as error:
        return pages.problem(request, 404, str(error))
    except ValueError as error:
        return pages.problem(request, 400, str(error))


def _nothing(_request: Request, _form: Posted) -> Response:
    raise LookupError("There is no such page.")


async def _stylesheet(_request: Request) -> Response:
    return Response(render.stylesheet(), media_type="text/css", headers=guard.HEADERS)
