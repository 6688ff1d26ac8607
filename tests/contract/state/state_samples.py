"""Small nouns for the tests of the state: a Monday morning, people and companies by number."""

from datetime import UTC, datetime, timedelta

from connector.model import Held, Kind, Link, LinkState, Op, Ref, Review, Side, Why
from connector.state.rows import Audit, Intent, Role, Secret

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TTL = 300.0
"""Seconds for which the tests' runs take the lease."""


def later(**parts: float) -> datetime:
    return MONDAY + timedelta(**parts)


def hub(number: int, type: str = "contacts") -> Ref:
    return Ref(Side.HUBSPOT, type, str(number))


def lead(number: int) -> Ref:
    return Ref(Side.SALESFORCE, "Lead", f"00Q{number:015d}")


def contact(number: int) -> Ref:
    return Ref(Side.SALESFORCE, "Contact", f"003{number:015d}")


def link_id(number: int) -> str:
    return f"{number:032x}"


def person(number: int) -> Link:
    """A linked person with everything that a link can hold."""
    return Link(
        id=link_id(number),
        kind=Kind.CONTACT,
        refs={Side.HUBSPOT: hub(number), Side.SALESFORCE: lead(number)},
        state=LinkState.LINKED,
        bases={
            Side.HUBSPOT: {"email": b"email-hs", "first_name": b"first-hs"},
            Side.SALESFORCE: {"email": b"email-sf"},
        },
        rows={Side.HUBSPOT: b"row of hubspot..", Side.SALESFORCE: b"row of the other"},
        stamps={Side.HUBSPOT: MONDAY, Side.SALESFORCE: later(microseconds=1)},
        diverged={"country": "undone"},
        armed=frozenset({"enter_mql"}),
    )


def newcomer(number: int, kind: Kind = Kind.CONTACT) -> Link:
    """A record that only HubSpot has."""
    return Link(id=link_id(number), kind=kind, refs={Side.HUBSPOT: hub(number)})


def intent(number: int, side: Side = Side.SALESFORCE) -> Intent:
    target = lead(number) if side is Side.SALESFORCE else hub(number)
    return Intent(
        id=f"write-{number}-{side}",
        run=1,
        link=link_id(number),
        kind=Kind.CONTACT,
        op=Op.UPDATE,
        target=target,
        columns=("FirstName", "Email"),
        before=b"observed",
        after=b"intended",
        at=MONDAY,
    )


def written(number: int, field: str = "email", at: datetime = MONDAY, run: int = 1) -> Audit:
    return Audit(
        run=run,
        at=at,
        link=link_id(number),
        target=lead(number),
        op=Op.UPDATE,
        field=field,
        column="Email",
        why=Why.EDIT,
        rule="two_way contacts.yaml:12",
        before=b"before..",
        after=b"after...",
        fence=1,
    )


def kept(
    number: int, value: str, expires_at: datetime, field: str = "email", role: Role = Role.BEFORE
) -> Secret:
    return Secret(1, MONDAY, link_id(number), lead(number), field, role, value, expires_at)


def ambiguous(number: int, message: str = "two leads have this email") -> Review:
    return Review(
        code="ambiguous",
        kind=Kind.CONTACT,
        subject=hub(number),
        message=message,
        field="email",
        candidates=(lead(number), contact(number)),
        link=link_id(number),
    )


def too_long(number: int, field: str = "title") -> Held:
    return Held(
        "too_long", link_id(number), hub(number), "the text has 130 characters, Title takes 128", field
    )
