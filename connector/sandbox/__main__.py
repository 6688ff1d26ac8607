"""`python -m connector.sandbox`: serves both simulated CRMs until SIGTERM or SIGINT."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from connector.sandbox.serve import main


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connector.sandbox", description=__doc__)
    parser.add_argument("--hubspot-port", type=int, default=8801, help="0 takes a free port")
    parser.add_argument("--salesforce-port", type=int, default=8802, help="0 takes a free port")
    parser.add_argument("--contacts", type=int, default=2000, help="contacts in HubSpot; 0 starts empty")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same company")
    parser.add_argument("--state", type=Path, default=None, help="folder that keeps the records between runs")
    parser.add_argument("--index-lag", type=float, default=0.0, help="seconds that HubSpot's search is late")
    parser.add_argument("--edition", default=None, help="enforce the request limits of this HubSpot edition")
    return parser.parse_args(argv)


if __name__ == "__main__":
    args = _parse(None)
    sys.exit(
        main(
            args.hubspot_port,
            args.salesforce_port,
            args.contacts,
            args.seed,
            args.state,
            args.index_lag,
            args.edition,
        )
    )
