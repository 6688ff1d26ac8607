"""Who may ask for the pages: a browser on this machine, by a name that is this machine's, from these pages.

Enters: the headers of a request. Leaves: the reason of a refusal, and headers for every answer. A page of
some other site must not be able to read or change anything here, neither by a name of its own that leads to
this machine (the Host says so) nor by a form of its own (the Origin says so).
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def refusal(request: Request, names: Collection[str]) -> str | None:
    """Why this request is not answered, or None. `names` are host names of choice, beside the loopback's."""
    host = request.headers.get("host", "")
    if not _is_here(host, names):
        return "This page is served by this machine's own names only."
    if request.method != "POST":
        return None
    origin = request.headers.get("origin")
    if origin != f"{request.url.scheme}://{host}":
        return "Only a form of these pages can change something (the Origin header says where it stood)."
    return None


def _is_here(host: str, names: Collection[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name in {each.lower() for each in names}:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
