"""Child subqueries in SELECT: `(SELECT Id FROM Contacts)`.

In: the subquery as written and the parent's type. Out: which child type and which of its fields is meant,
and the statement that finds the children of given parents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from connector.sandbox.salesforce.catalog import View
from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.soql import tree
from connector.sandbox.salesforce.soql.parse import located

# (parent type, relationship name in lower case) -> (relationship name, child type, its reference)
RELATIONSHIPS: dict[tuple[str, str], tuple[str, str, str]] = {
    (parent, name.lower()): (name, child, reference)
    for parent, name, child, reference in (
        ("Account", "Contacts", "Contact", "AccountId"),
        ("Account", "Opportunities", "Opportunity", "AccountId"),
        ("Account", "ChildAccounts", "Account", "ParentId"),
        ("Account", "Tasks", "Task", "WhatId"),
        ("Contact", "OpportunityContactRoles", "OpportunityContactRole", "ContactId"),
        ("Contact", "Tasks", "Task", "WhoId"),
        ("Lead", "Tasks", "Task", "WhoId"),
        ("Opportunity", "OpportunityContactRoles", "OpportunityContactRole", "OpportunityId"),
        ("Opportunity", "Tasks", "Task", "WhatId"),
        ("Account", "Events", "Event", "WhatId"),
        ("Contact", "Events", "Event", "WhoId"),
        ("Lead", "Events", "Event", "WhoId"),
        ("Opportunity", "Events", "Event", "WhatId"),
        ("Campaign", "CampaignMembers", "CampaignMember", "CampaignId"),
        ("Campaign", "Opportunities", "Opportunity", "CampaignId"),
        ("Contact", "CampaignMembers", "CampaignMember", "ContactId"),
        ("Lead", "CampaignMembers", "CampaignMember", "LeadId"),
        ("Account", "Histories", "AccountHistory", "AccountId"),
        ("Contact", "Histories", "ContactHistory", "ContactId"),
        ("Lead", "Histories", "LeadHistory", "LeadId"),
        ("Opportunity", "Histories", "OpportunityFieldHistory", "OpportunityId"),
        ("PermissionSet", "Assignments", "PermissionSetAssignment", "PermissionSetId"),
    )
}


@dataclass(frozen=True, slots=True)
class ChildQuery:
    """One subquery: the key in the row, the child statement without its parents, the reference field."""

    name: str
    query: tree.Query
    reference: str


def child_query(text: str, parent: ObjectType, query: tree.Query, view: View) -> ChildQuery:
    """Resolves the relationship name of a subquery. Raises INVALID_TYPE for an unknown one."""
    found = RELATIONSHIPS.get((parent.name, query.source.text.lower()))
    if found is None or view.find(found[1]) is None:
        message = (
            f"Didn't understand relationship '{query.source.text}' in FROM part of query call. If you are "
            "attempting to use a custom relationship, be sure to append the '__r' after the custom "
            "relationship name. Please reference your WSDL or the describe call for the appropriate names."
        )
        raise located(text, query.source.at, "INVALID_TYPE", message)
    name, child, reference = found
    return ChildQuery(name, replace(query, source=tree.Path(child, query.source.at)), reference)


def of_parents(child: ChildQuery, parent_ids: list[str]) -> tree.Query:
    """The subquery restricted to some parents, with the reference as an extra last field."""
    at = child.query.source.at
    reference = tree.Path(child.reference, at)
    wanted = tree.Membership(
        reference, False, tuple(tree.Constant("string", each, at) for each in parent_ids)
    )
    where = child.query.where
    condition: tree.Condition = wanted if where is None else tree.Group("AND", (wanted, where))
    return replace(child.query, where=condition, limit=None)
