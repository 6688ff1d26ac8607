"""``smarketing sandbox``: serves a simulated HubSpot and Salesforce until it is stopped."""

import io
import re
import sys
from contextlib import AbstractContextManager, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.demo.crms import READY
from connector.errors import ConfigError

if TYPE_CHECKING:
    from connector.sandbox.options import Options

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
    speed: Annotated[float, typer.Option(min=1, max=3600, help="How many times faster they live.")] = 60.0,
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
    complaint = _Complaint()
    stdout: AbstractContextManager[object] = nullcontext()
    if json:
        stdout = redirect_stdout(_Announcement(Output(json)))
    with stdout, redirect_stderr(complaint):
        code = _serve(options)
    if code:
        raise ConfigError(complaint.said or "the simulated CRMs ended", fix=_fix(complaint.said, options))
    return code


def _serve(options: "Options") -> int:
    from connector.sandbox import serve

    return serve.main(options)


def _fix(said: str, options: "Options") -> str:
    """What to type when it cannot start."""
    port = re.search(r"port (\d+) on", said)
    if port is None:
        return "Choose other ports, another folder or other numbers."
    option = "--hubspot-port" if int(port[1]) == options.hubspot_port else "--salesforce-port"
    return f"Choose another port: smarketing sandbox {option} N (0 takes a free one)"


class _Complaint(io.TextIOBase):
    """Keeps why the simulated CRMs cannot start; whatever else is said goes to stderr."""

    def __init__(self) -> None:
        self.said = ""
        self._real = sys.stderr

    def write(self, text: str) -> int:
        if self.said or text.startswith("cannot start"):
            self.said = (self.said + text).strip()
        else:
            self._real.write(text)
        return len(text)


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
