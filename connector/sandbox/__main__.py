"""`python -m connector.sandbox`: serves both simulated CRMs until SIGTERM or SIGINT."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from connector.sandbox.options import CannotStart, Options
from connector.sandbox.serve import main


def _parse(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m connector.sandbox", description=__doc__)
    add, usual = parser.add_argument, Options()
    add("--hubspot-port", type=int, default=usual.hubspot_port, help="0 takes a free port")
    add("--salesforce-port", type=int, default=usual.salesforce_port, help="0 takes a free port")
    add("--contacts", type=int, default=usual.contacts, help="contacts in HubSpot; 0 starts empty")
    add("--seed", type=int, default=usual.seed, help="the same seed gives the same company")
    add("--state", type=Path, help="folder that keeps the records between runs")
    add(
        "--index-lag",
        type=float,
        default=0.0,
        dest="index_lag_s",
        help="seconds that HubSpot's search is late",
    )
    add("--edition", help="enforce request limits: free, starter, professional, enterprise")
    add("--tls", type=Path, help="speak https, with certificates in this folder")
    add("--hubspot-host", default=usual.hubspot_host, help="HubSpot's name in the certificate")
    add("--salesforce-host", default=usual.salesforce_host, help="Salesforce's name in the certificate")
    add("--live", action="store_true", help="people keep working in both")
    add("--speed", type=float, help="so many times faster than real time do they work")
    return Options(**vars(parser.parse_args(argv)))


def _run() -> int:
    """The exit code: 0 when stopped, 2 when it cannot start."""
    try:
        main(_parse(None))
    except CannotStart as error:
        print(error, file=sys.stderr, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_run())
