"""Serves both simulated CRMs on loopback ports, in one thread with one event loop.

Enters: a world. Leaves: two HTTP servers. It binds 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from connector.sandbox.border import app_of
from connector.sandbox.company import seed as seed_company
from connector.sandbox.hubspot.limits import edition_of
from connector.sandbox.options import USUAL_SPEED, CannotStart, Options, because_of
from connector.sandbox.people import Simulation, live
from connector.sandbox.world import CRM_NAMES, World

if TYPE_CHECKING:
    from connector.sandbox.tls import Identity

LOOPBACK = "127.0.0.1"


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connection an app may cut: the transport stands in `scope["state"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class PromptServer(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn's own looks ten times a second, and waits a tenth more."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in (*self.servers, *(sockets or ())):
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(0.002)


@dataclass(slots=True)
class Running:
    """Both servers at work. `stop()` (or leaving the `with` block) ends them; the world stays open."""

    hubspot_url: str
    salesforce_url: str
    _servers: list[PromptServer]
    _thread: threading.Thread
    _loop: Future[asyncio.AbstractEventLoop]

    def beside(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Lets `work` run in the loop of the servers, between requests; it is canceled with them."""
        return asyncio.run_coroutine_threadsafe(work, self._loop.result())

    def stop(self) -> None:
        """Lets requests at work end (a second at most), closes both ports, and waits for that."""
        with suppress(RuntimeError):  # stopped before: the loop is closed
            for server in self._servers:
                self._loop.result().call_soon_threadsafe(server.told.set)
        self._thread.join()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    world: World,
    hubspot_port: int = 0,
    salesforce_port: int = 0,
    identity: Identity | None = None,
    hosts: tuple[str, str] = ("localhost", "localhost"),
) -> Running:
    """Serves `world` from a thread of its own, over https with an `identity`; port 0 takes a free one.

    `hosts` are the names of both, beside this machine's own. Raises OSError for a port in use.
    """
    sockets = bind(hubspot_port, salesforce_port)
    return _serve(world, sockets, identity, hosts)


def bind(*ports: int) -> list[socket.socket]:
    """Listening sockets on 127.0.0.1. Raises OSError or ValueError, which name the port."""
    bound: list[socket.socket] = []
    for port in ports:
        # asyncio switches Nagle's algorithm off only for sockets that say TCP: without it 40 ms an answer
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.append(listener)
        try:
            listener.bind((LOOPBACK, port))
            listener.listen(256)
        except (OSError, OverflowError) as error:
            for each in bound:
                each.close()
            if isinstance(error, OverflowError):
                raise ValueError(f"port {port} is not between 0 and 65535") from error
            raise OSError(error.errno, f"port {port} on {LOOPBACK}: {error.strerror}") from error
    return bound


def _serve(
    world: World,
    sockets: list[socket.socket],
    identity: Identity | None,
    hosts: tuple[str, str] = ("localhost", "localhost"),
) -> Running:
    servers = [PromptServer(_config(app_of(world, name, hosts), identity)) for name in CRM_NAMES]
    loop: Future[asyncio.AbstractEventLoop] = Future()
    arguments = (servers, sockets, loop)
    thread = threading.Thread(target=_run_loop, args=arguments, name="sandbox", daemon=True)
    thread.start()
    ports = [listener.getsockname()[1] for listener in sockets]
    if identity is None:
        urls = [f"http://{LOOPBACK}:{port}" for port in ports]
    else:  # a certificate is for names
        urls = [f"https://{host}:{port}" for host, port in zip(hosts, ports, strict=True)]
    return Running(urls[0], urls[1], servers, thread, loop)


def _config(app: ASGIApp, identity: Identity | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ssl_certfile=None if identity is None else identity.certificate,
        ssl_keyfile=None if identity is None else identity.key,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )


def _run_loop(
    servers: list[PromptServer], sockets: list[socket.socket], loop: Future[asyncio.AbstractEventLoop]
) -> None:
    async def both() -> None:
        loop.set_result(asyncio.get_running_loop())
        pairs = zip(servers, sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in pairs))

    asyncio.run(both())  # cancels in the end what else runs in the loop


def main(options: Options) -> None:
    """Serves until SIGTERM or SIGINT; prints one line when both ports answer.

    A state folder that already holds a seeded company is used as it is. To be called in the main thread.
    Raises CannotStart for a port in use, a state that cannot be opened, options that make no sense.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    _check(options)
    with ExitStack() as opened:
        sockets = []
        ports = {"--hubspot-port": options.hubspot_port, "--salesforce-port": options.salesforce_port}
        for option, port in ports.items():
            with because_of(option):
                sockets += bind(port)
            opened.callback(sockets[-1].close)
        with because_of("--tls"):
            identity = _identity(options)
        with because_of("--state"):
            world = World(options.state, options.seed, options.index_lag_s, edition=options.edition)
        opened.callback(world.close)
        with suppress(_Stopped):
            _serve_until_stopped(world, sockets, options, identity)


def _check(options: Options) -> None:
    """Raises CannotStart."""
    if options.contacts < 0:
        raise CannotStart("the number of contacts must be 0 or more", "--contacts")
    if options.speed is not None and options.speed <= 0:
        raise CannotStart("the speed must be above 0", "--speed")
    if options.speed is not None and not options.live:
        raise CannotStart("--speed is how fast people work, and nobody does without --live", "--live")
    if options.edition is not None:
        with because_of("--edition"):
            edition_of(options.edition)


def _identity(options: Options) -> Identity | None:
    if options.tls is None:
        return None
    from connector.sandbox import tls  # certificates: only https waits for what makes them

    return tls.ready(options.tls, (options.hubspot_host, options.salesforce_host))


class _Stopped(BaseException):
    """A signal came: whatever is going on ends, also a long seeding."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


def _serve_until_stopped(
    world: World, sockets: list[socket.socket], options: Options, identity: Identity | None
) -> None:
    if not world.seeded:
        world.reset()
        seed_company(world, options.contacts, options.seed)
    elif (options.contacts, options.seed) != (world.contacts, world.seed):
        print(kept_line(options, world), file=sys.stderr, flush=True)
    _tidy_seldom()
    with _serve(world, sockets, identity, (options.hubspot_host, options.salesforce_host)) as running:
        print(ready_line(running, world), flush=True)
        if options.live:
            running.beside(live.keep_working(Simulation(world, options.seed), options.speed or USUAL_SPEED))
        threading.Event().wait()


def _tidy_seldom() -> None:
    """What is in memory by now stays; and a request makes thousands of small objects and no cycles: a search
    for cycles is worth its time now and then only."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def kept_line(options: Options, world: World) -> str:
    """Why the company that is served is not the one that was asked for."""
    return (
        f"{options.state} keeps a company of {world.contacts:,} contacts, seed {world.seed}: "
        "--contacts and --seed count for an empty folder only"
    )


def ready_line(running: Running, world: World) -> str:
    """The one line that says where both CRMs answer and what they hold."""
    held = "empty" if not world.contacts else f"{world.contacts:,} contacts, seed {world.seed}"
    return f"ready: HubSpot {running.hubspot_url} · Salesforce {running.salesforce_url} · {held}"
