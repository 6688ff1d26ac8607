"""Who may ask for what stands under `/_sandbox/`: somebody on this machine, by a name that is this machine's.

Enters: the headers of a request. Leaves: the reason of a refusal, and headers for every page. A page of some
other site must not be able to read or change anything here, neither by a name of its own that leads to this
machine (the Host says so) nor by a form or script of its own (the Origin says so).
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

PAGES = "/_sandbox/ui"
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
    """Why this request is not answered, or None. `names` are host names of choice, beside the loopback's.

    A program that is no browser sends no Origin; forms of the pages always come with theirs.
    """
    host = request.headers.get("host", "")
    if not _is_here(host, names):
        return "This is served by this machine's own names only."
    if request.method in ("GET", "HEAD"):
        return None
    origin = request.headers.get("origin")
    if origin is None and not request.url.path.startswith(PAGES):
        return None
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
