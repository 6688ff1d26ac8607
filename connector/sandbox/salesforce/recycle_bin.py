"""The end of the recycle bin: what has lain there for 15 days is gone for good.

In: an org and the present. Out: fewer rows. Source: Salesforce Help, "Recycle Bin".
"""

from __future__ import annotations

from datetime import timedelta

from connector.sandbox.salesforce.moments import stamp
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.standard.history import HISTORY_OF


def empty(org: Org) -> None:
    """Removes what was deleted `org.bin_days` ago or before. To be called whenever time may have passed."""
    limit = stamp(org.clock.now() - timedelta(days=org.bin_days))
    if limit <= org.bin_emptied_to:
        return
    with org.db.transaction():
        for kind in org.catalog.everything.types.values():
            if kind.soft_delete and "SystemModstamp" in kind.columns:
                org.db.run(
                    f'DELETE FROM "{kind.name}" WHERE "IsDeleted" = 1 AND "SystemModstamp" <= ?', (limit,)
                )
                _drop_history(org, kind)
    org.bin_emptied_to = limit


def _drop_history(org: Org, kind: ObjectType) -> None:
    """The history of a record goes with it."""
    history = HISTORY_OF.get(kind.name)
    if history is not None:
        lost = f'"{kind.name}Id" NOT IN (SELECT "Id" FROM "{kind.name}")'
        org.db.run(f'DELETE FROM "{history}" WHERE "IsDeleted" = 1 AND {lost}')
