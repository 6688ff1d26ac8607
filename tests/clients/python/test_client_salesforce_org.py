"""simple-salesforce and what the org says of itself and its changes: describe, limits, updated, deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ground.base import Ground
from ground.salesforce import SalesforceGround
from ground.tag import Tag


def test_what_types_there_are(salesforce: SalesforceGround) -> None:
    found = salesforce.api.describe()
    types = {each["name"]: each for each in found["sobjects"]}
    assert {"Lead", "Contact", "Account", "Opportunity", "Task", "Event", "Campaign", "User"} <= types.keys()
    assert types["Lead"]["keyPrefix"] == "00Q"


def test_what_fields_a_type_has(salesforce: SalesforceGround) -> None:
    fields = {each["name"]: each for each in salesforce.api.Lead.describe()["fields"]}
    assert (fields["LastName"]["length"], fields["LastName"]["nillable"]) == (80, False)
    assert fields["Status"]["type"] == "picklist"
    assert any(each["defaultValue"] for each in fields["Status"]["picklistValues"])
    assert (fields["Name"]["updateable"], fields["SystemModstamp"]["updateable"]) == (False, False)
    assert fields["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert salesforce.api.Lead.metadata()["objectDescribe"]["name"] == "Lead"


def test_how_much_of_the_day_is_left(salesforce: SalesforceGround) -> None:
    """Asked for, and told with every answer."""
    day = salesforce.api.limits()["DailyApiRequests"]
    assert day["Max"] >= day["Remaining"] >= 0
    salesforce.api.query("SELECT Id FROM Organization")
    usage = salesforce.api.api_usage["api-usage"]
    assert usage.total == day["Max"]
    assert usage.used > 0


def test_it_is_a_sandbox_or_says_not(salesforce: SalesforceGround) -> None:
    assert salesforce.api.is_sandbox() in (True, False)


def test_who_is_asking(salesforce: SalesforceGround) -> None:
    found = salesforce.api.oauth2("userinfo")
    assert found["user_id"].startswith("005")
    (user,) = salesforce.api.query(f"SELECT Username FROM User WHERE Id = '{found['user_id']}'")["records"]
    assert user["Username"] == found["preferred_username"]


def present(salesforce: SalesforceGround) -> datetime:
    """The org's own clock, as its answers tell."""
    answer = salesforce.call("GET", "/limits")
    return datetime.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


def test_what_was_changed_and_deleted_is_listed(
    ground: Ground, salesforce: SalesforceGround, tag: Tag
) -> None:
    """Up to the minute before; `latestDateCovered` says where to go on."""
    leads = salesforce.api.Lead
    kept, gone = (leads.create({"LastName": tag.text(), "Company": "x"})["id"] for _ in range(2))
    leads.delete(gone)

    def lists() -> tuple[Any, Any]:
        end = present(salesforce) + timedelta(minutes=2)
        start = end - timedelta(hours=2)
        return leads.updated(start, end), leads.deleted(start, end)

    def there(found: tuple[Any, Any]) -> bool:
        return kept in found[0]["ids"] and gone in {row["id"] for row in found[1]["deletedRecords"]}

    updated, deleted = ground.eventually(lists, there)
    assert there((updated, deleted))
    assert gone not in updated["ids"]
    assert updated["latestDateCovered"].endswith("+0000")
    assert deleted["earliestDateAvailable"] <= deleted["latestDateCovered"]
