"""Whose word was the last one? What people changed is compared with what stands there now.

Enters: a firm whose people worked for a while, with field history of Phone and Title. Leaves: the values that
nobody gave last. It asks the CRMs' own histories, never the connector's state.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import orjson
from setting import Firm

from connector.model import Kind, Ref, Side

FIELDS = (("phone", "Phone"), ("jobtitle", "Title"))
Said = dict[tuple[str, str], object]
"""The last thing that a rep said, by record id and field."""


def stale_values(office: Firm) -> tuple[int, list[str]]:
    """Phone numbers and titles that people changed, and that are not the last word of either side; how many
    were looked at, and these."""
    found, looked_at = [], 0
    partners, said, leads = _partners(office), _of_reps(office), _leads_before(office)
    for contact in office.world.hubspot.all("contacts", False):
        partner = partners.get(contact["id"])
        for name, field in FIELDS if partner else ():
            records = [partner.id, *leads[partner.id]]
            words = {*_in_hubspot(office, contact["id"], name)}
            words |= {said[record, field] for record in records if (record, field) in said}
            looked_at += bool(words)
            if words and contact["properties"].get(name) not in words:
                found.append(f"{name} of {contact['id']}")
    return looked_at, found


def _partners(office: Firm) -> dict[str, Ref]:
    """The Salesforce record of each linked HubSpot contact."""
    links = (link for page in office.store.iter_links(Kind.CONTACT) for link in page)
    pairs = ((link.ref(Side.HUBSPOT), link.ref(Side.SALESFORCE)) for link in links)
    return {mine.id: other for mine, other in pairs if mine and other}


def _in_hubspot(office: Firm, contact: str, name: str) -> list[str]:
    versions = office.world.hubspot.history("contacts", contact, name)
    return [each["value"] for each in versions if each["sourceType"] in ("CRM_UI", "FORM")][:1]


def _of_reps(office: Firm) -> Said:
    """What people in Salesforce said last; a clearing says nothing."""
    said: Said = {}
    for name in ("Lead", "Contact"):
        for row in _by_people(office, office.world.salesforce.all(f"{name}History")):
            said[row[f"{name}Id"], row["Field"]] = row["NewValue"]
    return {place: orjson.loads(str(value)) for place, value in said.items() if value}


def _by_people(office: Firm, rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row["CreatedById"] != office.world.salesforce.user]


def _leads_before(office: Firm) -> dict[str, list[str]]:
    """The leads that a contact was before."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in office.live("Lead"):
        if row["ConvertedContactId"]:
            found[row["ConvertedContactId"]].append(row["Id"])
    return found
