"""The form that converts a lead: into which account, which contact, with or without an opportunity.

Enters: a lead, what somebody typed. Leaves: a form, and the answers to it. It only reads.
"""

from __future__ import annotations

from connector.sandbox.salesforce.schema import Row, Value
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.ui.desk import Typed
from connector.sandbox.ui.nouns import Form, Input, InputGroup
from connector.sandbox.ui.salesforce import rows
from connector.sandbox.ui.salesforce.fields import Fields
from connector.sandbox.ui.salesforce.record import words

NEW = "Name or id of one that exists. Blank: a new one is made from the lead."


def form(store: SalesforceStore, fields: Fields, lead: Row, typed: Typed) -> Form:
    """Starts with the account of the same name and the contact with the same address, if just one."""
    account = _only(store, fields, "Account", "Name", lead["Company"])
    contact = _only(store, fields, "Contact", "Email", lead["Email"])
    inputs = (
        Input("account", "Account", "lookup", typed.get("account", account), help=NEW),
        Input("contact", "Contact", "lookup", typed.get("contact", contact), help=NEW),
        Input("opportunity", "Make an opportunity", "check", typed.get("opportunity", "true")),
    )
    title = f"Convert {fields.title(store.kind('Lead'), lead)}"
    group = InputGroup("What the lead becomes", inputs, "key")
    return Form(words(store.kind("Lead")), str(lead["Id"]), title, (group,))


def answers(store: SalesforceStore, fields: Fields, typed: Typed) -> dict[str, str | None]:
    """The ids of account and contact, None for a new one. Raises RefusedError for unknown names."""
    contact = store.kind("OpportunityContactRole").find("ContactId")
    account = store.kind("Contact").find("AccountId")
    assert contact is not None
    assert account is not None
    given = {"account": (account, typed.get("account", "")), "contact": (contact, typed.get("contact", ""))}
    return {name: fields.given(field, text) or None for name, (field, text) in given.items()}


def _only(store: SalesforceStore, fields: Fields, type: str, name: str, value: Value) -> str:
    if value is None:
        return ""
    kind = store.kind(type)
    found = rows.page(store, kind, (f'"{name}" = ? AND "IsDeleted" = 0', [value]), "_n", 2)
    return f"{fields.title(kind, found[0])} [{found[0]['Id']}]" if len(found) == 1 else ""
