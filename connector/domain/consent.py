"""Consent: what counts as a new opt-in.

Enters: the history of HubSpot's opt-out and of the address. Leaves: yes or no. Never: I/O.

Source: HubSpot's "Subscriptions" guide: a status belongs to the address, and no program can opt anybody in
who has opted out of all email.
"""

from collections.abc import Sequence

from connector.crm.base import Version

YES = (True, "true")


def opted_in_again(opt_outs: Sequence[Version], addresses: Sequence[Version]) -> bool:
    """Whether somebody who had opted out opted in again. Both oldest first, times aware.

    A contact also stops showing the opt-out when it gets another address: that is nobody's opt-in, so the
    address must be the one of the opt-out. What a program did is none either.
    """
    if not opt_outs or not addresses or opt_outs[-1].value in YES:
        return False
    if opt_outs[-1].by_kind in ("connector", "integration"):
        return False
    before = [version.at for version in opt_outs if version.value in YES]
    return bool(before) and addresses[-1].at <= before[-1]
