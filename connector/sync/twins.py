"""Twins: a create is refused because the CRM already has a record with that address, or with our link id.

Enters: what was sent, and the record that the CRM says is in the way, read afresh. Leaves: whether it is the
very record that we meant to create, or a question. Never: I/O; never an adoption on a refusal's word: only a
record that carries our link id is ours.
"""

from connector.model import LINK_ID, Action, Kind, Op, Record, Result, Review, Verdict
from connector.sync.match import MESSAGES

TWIN_CODES = ("DUPLICATE_VALUE", "CONFLICT", "CONFLICTING_UNIQUE_VALUE")
"""A create is refused because a record with a unique value exists; the answer names it."""

EMAIL_TAKEN = "email_taken"


def names_another(action: Action, result: Result) -> bool:
    """Whether a refusal of a create names the record that is in the way."""
    refused = result.verdict is not Verdict.DONE and result.code in TWIN_CODES
    return action.op is Op.CREATE and refused and bool(result.id)


def is_ours(action: Action, rival: Record) -> bool:
    """Whether an earlier create of the same record had arrived after all: the rival carries our link id."""
    column = next((change.column for change in action.changes if change.field == LINK_ID), None)
    return rival.gone is None and column is not None and rival.values.get(column) == action.link


def question(action: Action, result: Result, rival: Record) -> Review | None:
    """The question whether the rival is the same person, where it is the address that is taken: the CRM
    names no other field. None where it is about anything else."""
    about_email = all("email" in name.lower() for name in result.fields)
    if action.kind is not Kind.CONTACT or not about_email or rival.gone is not None or action.source is None:
        return None
    message = MESSAGES[EMAIL_TAKEN].format(kind=action.kind.value)
    return Review(EMAIL_TAKEN, action.kind, action.source, message, candidates=(rival.ref,), link=action.link)
