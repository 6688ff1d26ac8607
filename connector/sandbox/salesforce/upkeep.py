"""What Salesforce does as time passes: it empties the recycle bin and archives old activities.

In: an org and the present. Out: fewer rows, archived ones. Source: Salesforce Help, "Recycle Bin" (15 days),
"Archived Activities" (events that ended, and tasks that were closed and due, more than 365 days ago).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.sandbox.salesforce.moments import stamp
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.standard.history import HISTORY_OF

ARCHIVED_AFTER = timedelta(days=365)


def catch_up(org: Org) -> None:
    """Does what is due by now, to the minute. To be called whenever time may have passed."""
    now = org.clock.now().replace(second=0, microsecond=0)
    if org.kept_up_to is not None and now <= org.kept_up_to:
        return
    with org.db.transaction():
        empty_bin(org, now)
        if org.kept_up_to is None or now.date() > org.kept_up_to.date():
            _archive(org, now)
    org.kept_up_to = now


def empty_bin(org: Org, now: datetime) -> None:
    """Removes for good what was deleted `org.bin_days` ago or before."""
    limit = stamp(now - timedelta(days=org.bin_days))
    for kind in org.catalog.everything.types.values():
        if kind.soft_delete and "SystemModstamp" in kind.columns:
            sql = f'DELETE FROM "{kind.name}" WHERE "IsDeleted" = 1 AND "SystemModstamp" <= ?'
            if org.db.run(sql, (limit,)).rowcount:
                _drop_history(org, kind)


def _drop_history(org: Org, kind: ObjectType) -> None:
    """The history of a record goes with it."""
    history = HISTORY_OF.get(kind.name)
    if history is not None:
        lost = f'"{kind.name}Id" NOT IN (SELECT "Id" FROM "{kind.name}")'
        org.db.run(f'DELETE FROM "{history}" WHERE "IsDeleted" = 1 AND {lost}')


def _archive(org: Org, now: datetime) -> None:
    """Assumption: being archived moves no stamp."""
    limit = stamp(now - ARCHIVED_AFTER)
    due = 'ifnull("ActivityDate", substr("CreatedDate", 1, 10)) < substr(?, 1, 10)'
    org.db.run(
        f'UPDATE "Task" SET "IsArchived" = 1 WHERE "IsArchived" = 0 AND "IsClosed" = 1 AND {due}', (limit,)
    )
    org.db.run('UPDATE "Event" SET "IsArchived" = 1 WHERE "IsArchived" = 0 AND "EndDateTime" < ?', (limit,))
