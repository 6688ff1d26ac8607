"""What the connector remembers of one pair of CRMs: links, bases, cursors, runs, reviews, audit, the
encrypted ledger.

``store.open_store`` opens it, ``key.Key`` guards it, ``spool.Spool`` is the working space of one run,
``rows`` holds what is exchanged (plain data, no I/O). Only this package speaks SQL. It never holds a readable
copy of anyone's CRM record.
"""
