"""What must hold when everything is quiet: the invariants, each by its number and name.

Enters: an office at rest and the people whom the witness knows. Leaves: nothing, or an AssertionError that
names the invariant. Rest: nobody edits, nothing fails, and more time has passed than any index or long
transaction is late.
"""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from office import Office
from people import People
from witness import FIELDS, FRAME, Person, forms, verdict

from connector.model import Kind, Link, LinkState, Ref, Side
from connector.report.runs import Report

H, S = Side.HUBSPOT, Side.SALESFORCE
RUNS = 4
"""So many runs may write, with nobody editing, until all is settled."""

LOOKS = 10
"""So many runs may look at what waits for its time."""

QUIET = 12
"""Requests that a run may send when there is nothing to do."""

STATE = ("links", "aliases", "intents", "audit", "ledger", "reviews", "held", "counts")
CANARY = b"canary"
COLUMNS = {column for one in FIELDS.values() for column in one.columns.values()}
TYPES = {"contacts": H, "Lead": S, "Contact": S}


def settled(people: People) -> None:
    """Come to rest, and check everything.

    What no CRM lists as a change (an archived contact that nobody touched) is met by the daily sweep; values
    are looked at before it, since it would mend what a cursor forgot.
    """
    office, everybody = people.office, people.everybody
    cursors = _cursors(office)
    report = come_to_rest(office)
    people.meet()
    values(office, everybody)
    if people.moved:
        report = come_to_rest(office, sweep=True)
        people.meet()
        values(office, everybody)
    at_rest(office, everybody, report)
    later = _cursors(office)
    assert all(later[place] >= at for place, at in cursors.items()), "9 cursor: it went back"
    nothing_more(office, vague=any(person.vague for person in everybody))


def come_to_rest(office: Office, *, sweep: bool = False) -> Report:
    """Sync until a run has nothing to do. 15: that takes few runs, and one bad record delays no other."""
    office.calm()
    office.poison.clear()
    lag = office.world.hubspot.index_lag_s + office.world.salesforce.late_commit.total_seconds()
    office.world.salesforce.late_commit = timedelta(0)
    office.pass_time(max(lag, 600) + office.overlap.total_seconds() + 1)
    wrote = 0
    for _ in range(LOOKS):
        report = office.sync(full=sweep)
        wrote += report.writes > 0
        assert wrote <= RUNS, f"15 progress: run {wrote} still writes {dict(report.planned)}"
        waiting = [link for kind in Kind for link in office.store.pending(kind, FAR, 100)]
        if not report.writes and not report.failed and all(link.pending == "held" for link in waiting):
            return report
        due = [link.retry_at for link in waiting if link.retry_at]
        now = office.world.clock.now()
        office.pass_time(max(60.0, max(((at - now).total_seconds() for at in due), default=0) + 1))
    raise AssertionError(f"15 progress: something still waits: {[link.pending for link in waiting]}")


FAR = datetime.fromisoformat("2100-01-01T00:00:00+00:00")


def values(office: Office, people: list[Person]) -> None:
    """The invariants of what stands in both CRMs."""
    for person in people:
        pairs(office, person)
        frame(office, person)


def at_rest(office: Office, people: list[Person], report: Report) -> None:
    """The invariants of one moment."""
    links(office)
    creations(office, people)
    deletions(office)
    echoes(office, people)
    history(office)
    secrecy(office)
    waits = bool(office.store.open_reviews() or office.store.held_items())
    assert not waits or report.exit_code != 0, "14 error honesty: something waits and the run says it is done"
    overlap = office.overlap - timedelta(seconds=1)  # stamps of Salesforce are whole seconds
    late = [at for at in _cursors(office).values() if at > office.world.clock.now() - overlap]
    assert not late, "9 cursor: it passed the overlap"


# ---------------------------------------------------------------- people


def pairs(office: Office, person: Person) -> None:
    """1 convergence, 2 no lost update, 3 no stale win, 4 no invented value; 7: nobody is left out.

    Not promised: what a flow made of a record that we created, if somebody saved it before we read it back.
    """
    present = {side: values for side, ref in person.refs.items() if (values := office.held(ref)) is not None}
    assert set(person.refs) - set(present) <= person.gone, f"10 deletion safety: {person.name} is gone"
    if len(person.refs) == 2:
        _linked(office, person, present)
    for one, pair in person.values(present):
        unread = person.unread and office.shortens and one.name == "job_title"
        if len(pair) == 2 and not unread:
            wrong = verdict(one, person, pair, office.shortens)
            assert not wrong, f"1-4: {person.name}.{one.name}: {wrong}: {pair} {person.said[one.name]}"
    if len(person.refs) == 1 and not person.gone and not person.vague:
        (side,) = person.refs
        left_out = side is H and person.in_scope and person.linkable
        assert not left_out, f"7 conservation: {person.name} is in scope and has no partner"
        for one, pair in person.values(present):
            newest = person.said[one.name].newest.get(side)
            assert pair[side] in forms(one, newest, side, office.shortens), (
                f"11 frame: {person.name}.{one.name} was written without a partner"
            )


def _linked(office: Office, person: Person, present: Mapping[Side, Any]) -> None:
    if person.vague or person.gone or not person.linkable:
        return
    refs = [Ref(side, *ref) for side, ref in person.refs.items()]
    found = {link.id for link in office.store.links_by_ref(refs).values() if link.state is LinkState.LINKED}
    assert len(found) == 1, f"8 link integrity: {person.name} is not linked: {len(found)}"
    said = {present[H].get("smk_link_id"), present[S].get("SMK_Link_Id__c")}
    assert said == found, f"8 link integrity: the records of {person.name} say another link"


def frame(office: Office, person: Person) -> None:
    """11: what the mapping does not know is never touched."""
    for ref in person.refs.values():
        values = office.held(ref)
        if values is not None and not person.vague:
            said = values.get(FRAME[ref[0]])
            assert said in (None, f"frame {person.name}"), f"11 frame: {person.name} {ref[0]}"


def creations(office: Office, people: list[Person]) -> None:
    """7 conservation: the connector makes one record for a person at most, and none for anybody else."""
    made = Counter(email for _, email in office.created)
    twice = [name for name, n in made.items() if n > 1]
    assert not twice, f"7 conservation: created twice: {twice}"
    known = {value for person in people for s in Side for value in person.said["email"].log[s]}
    assert set(made) <= known, "7 conservation: somebody was created whom nobody knows"


def deletions(office: Office) -> None:
    """10 deletion safety: the connector deletes nobody."""
    for type in TYPES:
        store = office.world.hubspot if type == "contacts" else office.world.salesforce
        for row in store.all(type):
            id = row["id"] if type == "contacts" else row["Id"]
            dead = row["archived"] if type == "contacts" else row["IsDeleted"]
            assert not dead or (type, id) in office.removed, f"10 deletion safety: {type} {id}"


def echoes(office: Office, people: list[Person]) -> None:
    """6 bounded echo: a field is written on a side as often as people changed it, and once for the first
    meeting."""
    for person in people:
        if person.vague:
            continue
        for side, (type, id) in person.refs.items():
            for one in FIELDS.values():
                column = one.column(type)
                if column is None:
                    continue
                n = _written(office, side, type, id, column)
                assert n <= person.said[one.name].count + 1, f"6 bounded echo: {person.name}.{one.name}: {n}"


def _written(office: Office, side: Side, type: str, id: str, column: str) -> int:
    if side is S:
        return office.api_writes[side, id, column]
    if office.held((type, id)) is None:
        return 0
    versions = office.world.hubspot.history(type, id, column)
    return sum(version["sourceType"] == "INTEGRATION" for version in versions)


# ---------------------------------------------------------------- the state


def links(office: Office) -> None:
    """8 link integrity: no record in two live links, no live link with a dead record, no open intent."""
    assert office.store.open_intents() == [], "8 link integrity: an intent is open at rest"
    seen: Counter[Ref] = Counter()
    for batch in chain.from_iterable(office.store.iter_links(kind, [LinkState.LINKED]) for kind in Kind):
        for link in batch:
            seen.update(link.refs.values())
            dead = [ref for ref in link.refs.values() if office.held((ref.type, ref.id)) is None]
            assert not dead, f"8 link integrity: a live link holds {dead[0].type} {dead[0].id}, which is gone"
    assert all(n == 1 for n in seen.values()), "8 link integrity: a record stands in two links"


def history(office: Office) -> None:
    """13 audit completeness: the chain is whole, and each write of a value to a CRM has one row. A write
    whose answer was lost has one too, unless somebody else has written there since."""
    assert office.store.verify_audit() == [], "13 audit: the chain is broken"
    query = 'select side, type, record_id, "column", count(*) from audit where op = ? group by 1, 2, 3, 4'
    for side, type, id, column, n in _rows(office, query, "update"):
        if column in COLUMNS and office.held((type, id)) is not None:
            wrote = _written(office, Side(side), type, id, column)
            told = f"13 audit: {type}.{column} was written {wrote} times, the audit says {n}"
            assert wrote - office.lost <= n, told
            assert n <= wrote or column == "Title" and office.shortens, told


def secrecy(office: Office) -> None:
    """17: no value of anybody's record stands readable in the state or beside it."""
    for path in office.folder.rglob("*"):
        if path.is_file():
            assert CANARY not in path.read_bytes().lower(), f"17 secrecy: {path.name} holds a value"


def nothing_more(office: Office, *, vague: bool, quiet: int = QUIET) -> None:
    """5 idempotence: a further run and a full one write nothing, and the state stays as it is; 18 budget.

    ``vague``: there are look-alikes, of whom a full run may find out more.
    """
    before, links = _dump(office), _links(office)
    report = office.sync()
    asked = sum(sum(kinds.values()) for kinds in report.requests.values())
    assert report.writes == 0, "5 idempotence: a further run writes"
    assert not (changed := _changed(before, _dump(office))), f"5 idempotence: a further run changes {changed}"
    assert asked <= quiet or office.store.held_items(), f"18 budget: {asked} requests for nothing"
    report = office.sync(full=True)
    assert report.writes == 0, f"5 idempotence: a full run writes {dict(report.planned)}"
    changed = _changed(before | links, _dump(office) | _links(office))
    assert changed.keys() <= ({"reviews"} if vague else set()), f"5 idempotence: a full run changes {changed}"


def _dump(office: Office) -> dict[str, list[Any]]:
    return {table: sorted(_rows(office, f"select * from {table}"), key=repr) for table in STATE}


def _links(office: Office) -> dict[str, list[Any]]:
    """All links but for the stamps of their records: those of a record that somebody saved without changing
    anything are met by a full run only."""
    pages = [page for kind in Kind for page in office.store.iter_links(kind)]
    return {"links": sorted((replace(link, stamps={}) for page in pages for link in page), key=_id)}


def _id(link: Link) -> str:
    return link.id


def _changed(before: Mapping[str, list[Any]], after: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Rows of the state that are not as they were."""
    return {
        table: [row for row in (*rows, *after[table]) if row not in rows or row not in after[table]]
        for table, rows in before.items()
        if rows != after[table]
    }


def _cursors(office: Office) -> dict[tuple[str, str], datetime]:
    return {
        (side, type): at
        for type, side in TYPES.items()
        if (at := office.store.get_cursor(side, type)) is not None
    }


def _rows(office: Office, query: str, *values: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(office.folder / "state.db")) as connection:
        return connection.execute(query, values).fetchall()
