"""What a CRM would refuse by its own schema, and the words for what is held or asked.

Enters: a field's description and a value. Leaves: a code, and its message. Never: I/O, or anyone's value in a
message.
"""

from connector.model import Raw
from connector.schema import FieldInfo, FieldType

HELD_MESSAGES = {
    "not_read": "{field} could not be read in {side}: check the field's permission",
    "unmapped": "{field}: a value in {side} has no counterpart in the mapping",
    "invalid": "{field}: a value in {side} does not fit the field's converter",
    "unlinked": "{field}: waits until the record it points to is linked",
    "too_long": "{field}: too long for {side} ({length} characters at most)",
    "read_only": "{field}: {side} does not let this user write it",
    "no_currency": "{field}: its currency cannot be told or carried over, and no amount goes without it",
    "required": "{field}: {side} requires it and there is no value",
    "no_reason": "{field}: moved back without a reason; put back unless one is stated in time",
    "flapping": "{field}: goes back and forth; left alone until it has been quiet for a day",
}

REVIEW_MESSAGES = {
    "clash": "{field} was changed in both CRMs to different values: choose one",
    "differs_at_first_contact": "{field} differs at first contact and the mapping names no side: choose one",
    "flapping": (
        "{field} goes back and forth: something in a CRM changes back what was written. Nothing is written "
        "to it until a day was quiet, or a person chose a value or, with the cause mended, a retry"
    ),
    "unsure": (
        "{field} differs, and the state (rebuilt, or left by another version in the middle of a write) "
        "cannot tell which value is newer: choose one"
    ),
    "cleared": "{field} was cleared on one side: clear the other too, or put the value back",
}


def refusal(info: FieldInfo | None, after: Raw, *, creating: bool) -> str:
    """Why the target would refuse a value, by what its schema says: a held code, or "" when it would not."""
    if info is None:
        return "not_read"
    if info.calculated or not (info.creatable if creating else info.updatable):
        return "read_only"
    if isinstance(after, str) and after:
        if info.length is not None and len(after.encode("utf-16-le")) // 2 > info.length:
            return "too_long"
        if info.closed and info.options and info.type in (FieldType.CHOICE, FieldType.MULTI):
            allowed = {o.value for o in info.options if o.active}
            values = after.split(";") if info.type is FieldType.MULTI else [after]
            if any(v not in allowed for v in values):
                return "unmapped"
    return ""
