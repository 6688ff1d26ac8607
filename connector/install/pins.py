"""Which portal and org an installation belongs to, noted in the state.

Enters: the identities that answered. Leaves: pins; a pin is never moved silently.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from connector.errors import Stop
from connector.model import Side
from connector.schema import Identity
from connector.state.store import Store

INSTALLED_AT = "installed_at"


def pin_name(side: Side) -> str:
    """The name of a side's pin in the state's meta table."""
    return f"pinned_{side}"


def pinned(store: Store) -> dict[Side, str]:
    """The portal and org ids noted so far."""
    return {side: found for side in Side if (found := store.get_meta(pin_name(side)))}


def pin(store: Store, identities: Mapping[Side, Identity]) -> dict[Side, str]:
    """Notes who answered and gives names for people. Raises Stop when another portal or org is noted
    already."""
    before = pinned(store)
    for side, identity in identities.items():
        if before.get(side, identity.id) != identity.id:
            raise Stop(
                f"{side}: {identity.id} answers, but this installation belongs to {before[side]}",
                fix="Correct the address or the credentials, or make a new folder with `smarketing init`.",
                reason="identity",
            )
    for side, identity in identities.items():
        store.set_meta(pin_name(side), identity.id)
    if store.get_meta(INSTALLED_AT) is None:
        store.set_meta(INSTALLED_AT, datetime.now(UTC).isoformat())
    return {side: named(identity) for side, identity in identities.items()}


def named(identity: Identity) -> str:
    """A portal's or org's name and id, the id once."""
    return identity.name if identity.id in identity.name else f"{identity.name} ({identity.id})"
