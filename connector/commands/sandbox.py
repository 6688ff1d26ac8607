"""``smarketing sandbox``: serves a simulated HubSpot and Salesforce until it is stopped."""

from pathlib import Path
from typing import Annotated

import typer

from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.sandbox import serve


def sandbox(
    hubspot_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8801,
    salesforce_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8802,
    contacts: Annotated[int, typer.Option(min=0, help="Contacts in HubSpot; 0 starts empty.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 1,
    state: Annotated[Path | None, typer.Option(help="A folder that keeps the records between runs.")] = None,
    index_lag: Annotated[float, typer.Option(min=0, help="Seconds that HubSpot's search is late.")] = 0.0,
    config: ConfigFile = CONFIG_FILE,  # noqa: ARG001 - taken by every command
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Serve a simulated HubSpot and Salesforce on this machine, for trying things out.

    Prints one line when both answer, and ends at Ctrl-C. HubSpot's token is `sandbox`; Salesforce's client
    id and secret are `sandbox` and `sandbox`.
    """
    return serve.main(hubspot_port, salesforce_port, contacts, seed, state, index_lag)
