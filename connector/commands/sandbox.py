"""``smarketing sandbox``: serves a simulated HubSpot and Salesforce until it is stopped."""

import io
import re
import sys
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.demo.crms import READY
from connector.errors import ConfigError

if TYPE_CHECKING:
    from connector.sandbox.options import Options

_PORT = "Choose another port: smarketing sandbox {} N (0 takes a free one)"
FIXES = {
    "--hubspot-port": _PORT.format("--hubspot-port"),
    "--salesforce-port": _PORT.format("--salesforce-port"),
    "--state": "Choose another folder: smarketing sandbox --state DIR",
    "--tls": "Choose another folder or host names: smarketing sandbox --tls DIR --hubspot-host NAME",
    "--live": "Let people work too: smarketing sandbox --live --speed N",
}
"""What to type, by the option that it cannot start with."""

Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")]


def sandbox(
    hubspot_port: Port = 8801,
    salesforce_port: Port = 8802,
    contacts: Annotated[int, typer.Option(min=0, help="Contacts in HubSpot; 0 starts empty.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 1,
    state: Annotated[Path | None, typer.Option(help="A folder that keeps the records between runs.")] = None,
    index_lag: Annotated[float, typer.Option(min=0, help="Seconds that HubSpot's search is late.")] = 0.0,
    edition: Annotated[str | None, typer.Option(help="Enforce the request limits of this edition.")] = None,
    tls: Annotated[Path | None, typer.Option(help="Speak https, with certificates in this folder.")] = None,
    hubspot_host: Annotated[str, typer.Option(help="HubSpot's name in the certificate.")] = "localhost",
    salesforce_host: Annotated[str, typer.Option(help="Salesforce's name in the certificate.")] = "localhost",
    live: Annotated[bool, typer.Option("--live", help="People keep working in both.")] = False,
    speed: Annotated[
        float | None, typer.Option(min=1, max=3600, help="How many times faster they live (60).")
    ] = None,
    config: ConfigFile = CONFIG_FILE,  # noqa: ARG001 - taken by every command
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Serve a simulated HubSpot and Salesforce on this machine, for trying things out.

    Prints one line when both answer, and ends at Ctrl-C. HubSpot's token is `sandbox`; Salesforce's client
    id and secret are `sandbox` and `sandbox`. With --tls a client must trust `ca.pem` of
    that folder.
    """
    from connector.sandbox.options import Options  # only who serves the simulated CRMs waits for them

    options = Options(
        hubspot_port=hubspot_port,
        salesforce_port=salesforce_port,
        contacts=contacts,
        seed=seed,
        state=state,
        index_lag_s=index_lag,
        edition=edition,
        tls=tls,
        hubspot_host=hubspot_host,
        salesforce_host=salesforce_host,
        live=live,
        speed=speed,
    )
    stdout: AbstractContextManager[object] = nullcontext()
    if json:
        stdout = redirect_stdout(_Announcement(Output(json)))
    with stdout:
        _serve(options)
    return 0


def _serve(options: "Options") -> None:
    from connector.sandbox import serve
    from connector.sandbox.options import CannotStart

    try:
        serve.main(options)
    except CannotStart as error:
        fix = FIXES.get(error.option, f"Choose another one: smarketing sandbox {error.option} NAME")
        raise ConfigError(str(error), fix=fix) from None


class _Announcement(io.TextIOBase):
    """Takes the line that the simulated CRMs print when both answer; what people do goes to stderr."""

    def __init__(self, output: Output) -> None:
        self._output, self._real = output, sys.stdout

    def write(self, text: str) -> int:
        found = READY.search(text)
        if found is not None:
            size, seed = _size(text)
            answer = {"hubspot": found[1], "salesforce": found[3], "contacts": size, "seed": seed}
            with redirect_stdout(self._real):
                self._output.answer(answer)
        elif text.strip():
            print(text, file=sys.stderr)
        return len(text)


def _size(line: str) -> tuple[int, int]:
    found = re.search(r"([\d,]+) contacts, seed (-?\d+)", line)
    return (int(found[1].replace(",", "")), int(found[2])) if found else (0, 0)
