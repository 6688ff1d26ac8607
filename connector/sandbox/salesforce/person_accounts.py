"""Person accounts: an account that is a person, with a contact row that mirrors it.

In: an org with the feature, rows about to be written. Out: names, refusals, the other half of the person.
Source: Salesforce Help, "Person Accounts"; Object Reference, Account. Assumption: an account with a last name
is a person, whatever its record type; the wording of the refusals.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.salesforce.derive import full_name
from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType, Row

FEATURE = "person_accounts"
NAMES = ("FirstName", "LastName", "Salutation")
ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
# field of the account -> field of its contact
MIRROR = {
    **{name: name for name in (*NAMES, "Phone", "Fax", "Description", "OwnerId")},
    **{
        f"Person{name}": name
        for name in ("Email", "Title", "MobilePhone", "HomePhone", "Birthdate", "LeadSource", "DoNotCall")
    },
    "PersonHasOptedOutOfEmail": "HasOptedOutOfEmail",
    **{f"PersonMailing{part}": f"Mailing{part}" for part in ADDRESS},
}
OF_PERSONS = frozenset(name for name in MIRROR if name in NAMES or name.startswith("Person"))
BACK = {contact: account for account, contact in MIRROR.items()}


def is_on(org: Org) -> bool:
    return org.catalog.has(FEATURE)


def named(org: Org, kind: ObjectType, row: Row) -> Row:
    """An account with a last name is a person and called so."""
    if kind.name == "Account" and is_on(org) and row["LastName"] is not None:
        return {**row, "Name": full_name(row), "IsPersonAccount": True}
    return row


def problems(org: Org, kind: ObjectType, given: Row, row: Row, before: Row | None) -> Iterator[Problem]:
    """Names of persons are written in their parts, on the account; a company has no such parts."""
    if not is_on(org) or kind.name not in ("Account", "Contact"):
        return
    if kind.name == "Contact":
        wrong = [*NAMES, "AccountId"] if before is not None and before["IsPersonAccount"] else []
    elif row["IsPersonAccount"]:
        wrong = ["Name"]
    else:
        wrong = sorted(OF_PERSONS) if before is not None else []
    refused = [name for name in wrong if name in given]
    if refused:
        text = f"{kind.label}: bad field names on insert/update call: {', '.join(refused)}"
        yield Problem("INVALID_FIELD_FOR_INSERT_UPDATE", text, tuple(refused))


def follow(org: Org, kind: ObjectType, row: Row) -> None:
    """Writes the other half of a person after one half was written."""
    if not is_on(org) or not row.get("IsPersonAccount"):
        return
    stamps = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")
    shared: Row = {name: row[name] for name in stamps}
    if kind.name == "Contact":
        own: Row = {BACK[name]: row[name] for name in BACK}
        org.db.update("Account", str(row["AccountId"]), {**shared, **own})
    elif row["PersonContactId"] is None:
        _add_contact(org, row, shared)
    else:
        mirrored: Row = {contact: row[account] for account, contact in MIRROR.items()}
        org.db.update("Contact", str(row["PersonContactId"]), {**shared, **mirrored, "Name": row["Name"]})


def _add_contact(org: Org, account: Row, shared: Row) -> None:
    kind = org.kind("Contact")
    blank: Row = {f.name: False if f.type == "boolean" else f.default for f in kind.stored}
    mirrored: Row = {contact: account[name] for name, contact in MIRROR.items()}
    made: Row = {**blank, **shared, **mirrored, "Id": org.db.next_id(kind), "Name": account["Name"]}
    made |= {name: account[name] for name in ("CreatedDate", "CreatedById")}
    org.db.insert(kind, [{**made, "AccountId": account["Id"], "IsPersonAccount": True}])
    org.db.update("Account", str(account["Id"]), {"PersonContactId": made["Id"]})


def of_lead(lead: Row) -> Row:
    """What a lead without a company has for a person account."""
    names = {account: contact for account, contact in MIRROR.items() if contact in lead}
    address: Row = {f"PersonMailing{part}": lead[part] for part in ADDRESS}
    return {**{account: lead[name] for account, name in names.items()}, **address}
