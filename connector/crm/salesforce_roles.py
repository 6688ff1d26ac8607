"""The contacts of an Opportunity: its contact roles.

Enters: ids of Opportunities, and what to add or remove. Leaves: ids of contacts. A contact that has several
roles counts once; taking it away deletes all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.crm import soql
from connector.crm.deliver import verdict_of
from connector.crm.salesforce_query import Reader, Row
from connector.crm.soql import Query
from connector.errors import Retry
from connector.model import CONTACTS_REF, Delta, Op, Result, Verdict, Write
from connector.salesforce_ids import id_or_none, to_18

ROLE = "OpportunityContactRole"
_COLUMNS = ("Id", "OpportunityId", "ContactId")
_WORDS = ("Role", "IsPrimary")

Present = dict[str, dict[str, list[str]]]
"""Role ids by Opportunity and contact."""


class Sends(Protocol):
    """The two collection calls that roles need."""

    def create(self, type: str, writes: Sequence[Write], results: dict[str, Result]) -> None: ...

    def delete(self, type: str, writes: Sequence[Write], results: dict[str, Result]) -> None: ...


class Roles:
    """Reads and writes contact roles in batches."""

    def __init__(self, reader: Reader, collections: Sends | None = None) -> None:
        self._reader = reader
        self._collections = collections

    def contacts(self, opportunities: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Contact ids per Opportunity, sorted; none is an empty tuple."""
        return {id: tuple(sorted(roles)) for id, roles in self._present(opportunities).items()}

    def told(self, opportunities: Sequence[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Per Opportunity its contact ids as ``contacts`` gives them, and all roles as ``ROLES_REF`` holds
        them, sorted. One query for both."""
        found: dict[str, set[tuple[str, str]]] = {id: set() for id in opportunities}
        query = Query(ROLE, (*_COLUMNS, *_WORDS))
        for page in self._reader.among(query, "OpportunityId", soql.ids(list(found)), _role):
            for opportunity, contact, text in page:
                if contact:
                    found[opportunity].add((contact, text))
        return {
            id: (tuple(sorted({contact for contact, _ in roles})), tuple(sorted(text for _, text in roles)))
            for id, roles in found.items()
        }

    def _present(self, opportunities: Sequence[str]) -> Present:
        found: Present = {id: {} for id in opportunities}
        query = Query(ROLE, _COLUMNS)
        for page in self._reader.among(query, "OpportunityId", soql.ids(list(found)), _triple):
            for role, opportunity, contact in page:
                if contact:
                    found[opportunity].setdefault(contact, []).append(role)
        return found

    def write(self, writes: Sequence[Write]) -> list[Result]:
        """Carry out the Delta of each write, whose ``id`` is the Opportunity's. Results hold the contacts
        afterwards."""
        wanted = {w.key: _delta(w) for w in writes}
        bad = {w.key for w in writes if not _valid(wanted[w.key])}
        good = [w for w in writes if w.key not in bad]
        try:
            present = self._present([str(w.id) for w in good])
        except Retry as busy:
            return [verdict_of(w, Verdict.RETRY, "BUSY", busy.message) for w in writes]
        steps = {w.key: _steps(w, wanted[w.key], present[str(w.id)]) for w in good}
        outcomes = self._carry_out([s for mine in steps.values() for s in mine])
        refused = [
            verdict_of(w, Verdict.REFUSED, "MALFORMED_ID", "not a Salesforce id")
            for w in writes
            if w.key in bad
        ]
        return refused + [_summed(w, present[str(w.id)], steps[w.key], outcomes) for w in good]

    def _carry_out(self, steps: Sequence[Write]) -> dict[str, Result]:
        outcomes: dict[str, Result] = {}
        if self._collections is not None:
            self._collections.create(ROLE, [s for s in steps if s.op is Op.CREATE], outcomes)
            self._collections.delete(ROLE, [s for s in steps if s.op is Op.UPDATE], outcomes)
        return outcomes


def _triple(row: Row) -> tuple[str, str, str | None]:
    return row["Id"], row["OpportunityId"], row["ContactId"]


def _role(row: Row) -> tuple[str, str | None, str]:
    contact = row["ContactId"]
    return row["OpportunityId"], contact, f"{contact}|{int(bool(row['IsPrimary']))}|{row['Role'] or ''}"


def _delta(write: Write) -> Delta:
    value = write.values[CONTACTS_REF]
    return value if isinstance(value, Delta) else Delta()


def _valid(delta: Delta) -> bool:
    return all(id_or_none(id) for id in delta.add | delta.remove)


def _steps(write: Write, delta: Delta, present: Mapping[str, list[str]]) -> list[Write]:
    """One create per missing contact, one delete per role to go."""
    opportunity = str(write.id)
    steps = []
    for contact in sorted({to_18(id) for id in delta.add} - present.keys()):
        values = {"OpportunityId": opportunity, "ContactId": contact}
        steps.append(Write(f"{write.key}+{contact}", Op.CREATE, ROLE, None, values))
    for contact in sorted({to_18(id) for id in delta.remove} & present.keys()):
        for role in present[contact]:
            key = f"{write.key}-{role}"
            steps.append(Write(key, Op.UPDATE, ROLE, role, {"ContactId": contact}))
    return steps


def _summed(
    write: Write, present: Mapping[str, list[str]], steps: Sequence[Write], outcomes: Mapping[str, Result]
) -> Result:
    """The worst verdict of all steps, and the contacts that the steps left."""
    contacts = {contact: len(roles) for contact, roles in present.items()}
    worst: Result | None = None
    for step in steps:
        outcome = outcomes[step.key]
        if outcome.verdict is Verdict.DONE or outcome.code == "ENTITY_IS_DELETED":
            contact = str(step.values["ContactId"])
            contacts[contact] = contacts.get(contact, 0) + (1 if step.op is Op.CREATE else -1)
        elif worst is None or _GRAVITY[outcome.verdict] > _GRAVITY[worst.verdict]:
            worst = outcome
    if worst is not None:
        return verdict_of(write, worst.verdict, worst.code, worst.message, (CONTACTS_REF,))
    left = tuple(sorted(contact for contact, roles in contacts.items() if roles > 0))
    return Result(write.key, Verdict.DONE, id=write.id, values={CONTACTS_REF: left})


_GRAVITY = {Verdict.RETRY: 1, Verdict.REFUSED: 2, Verdict.UNKNOWN: 3}
