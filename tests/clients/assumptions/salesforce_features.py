"""What an org's features and rules do where the guides are silent.

What enters: a ground. What leaves: findings, or why there can be none.
"""

from __future__ import annotations

from assumptions.acts import Force, equal, refused_with
from assumptions.base import Finding, assumes, unprobed
from assumptions.salesforce_many import Load
from ground.base import Ground

FEATURE = "it needs a feature that is switched on for good"
SUBSCRIBER = "nothing here subscribes to events"


@assumes(
    "sf-bulk-long-row",
    "In a bulk job a row with a field of more than 32,000 characters fails alone, with STRING_TOO_LONG",
)
def bulk_long_row(ground: Ground) -> Finding:
    rows = [f"{ground.tag.text()},X,short", f"{ground.tag.text()},X,{'y' * 32_001}"]
    load = Load(ground, "\n".join(["LastName,Company,Description", *rows]) + "\n")
    failed = [row["sf__Error"].split(":")[0] for row in load.results("failedResults")]
    return equal((load.state, failed), ("JobComplete", ["STRING_TOO_LONG"]))


@assumes("sf-grouped-words", "The words with which a field that is not grouped is refused")
def grouped_words(ground: Ground) -> Finding:
    soql = "SELECT LastName, COUNT(Id) FROM Lead"
    answer = Force(ground).call("GET", "/query", params={"q": soql})
    return refused_with(answer, 400, "MALFORMED_QUERY", "Field must be grouped or aggregated: LastName")


unprobed(
    "sf-hidden-row",
    "In a collections call a record that the user does not see is told as one that never was "
    "(INVALID_CROSS_REFERENCE_KEY)",
    "it needs a user with fewer rights",
)
unprobed(
    "sf-storage-words",
    "The words with which a record is refused for which there is no room",
    "it would fill the org's storage",
)
unprobed("sf-archive-stamps", "An activity that is archived keeps its stamps", "it takes a year")
unprobed(
    "sf-change-events",
    "A change event is of one record; a change of nothing but system fields is no event",
    SUBSCRIBER,
)
unprobed(
    "sf-country-compounds",
    "With country picklists the compounds of addresses show no codes, and old records keep their texts",
    FEATURE,
)
unprobed(
    "sf-person-accounts",
    "An account with a last name is a person, whatever its record type; a person's contact cannot be deleted "
    "alone; the wording of the refusals",
    FEATURE,
)
