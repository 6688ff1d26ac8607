"""Assumptions that no request of ours can settle, and why."""

from __future__ import annotations

from assumptions.base import unprobed

LIMITS = "it would take the account to its limits, for everybody who uses it"
ADMIN = "it needs a setting that only an admin can make, in the browser"
PUBLIC = "it needs an address of ours that HubSpot can reach from outside"

unprobed(
    "hs-export-duration",
    "An export takes two seconds",
    "a figure of ours: a real one takes as long as it takes",
)
unprobed("hs-admin-rule-wording", "What a write that breaks an admin's rule is told", ADMIN)
unprobed(
    "hs-admin-rule-touch",
    "A conditional rule of an admin is looked at when a write touches one of its properties",
    ADMIN,
)
unprobed(
    "hs-association-limit-wording",
    "What a write that breaks an association limit is told",
    "it needs as many associations as a record may have",
)
unprobed("hs-webhook-retries", "The intervals of a webhook's ten retries", PUBLIC)
unprobed("hs-webhook-merge", "A merge also tells webhooks the deletion of both old records", PUBLIC)
unprobed("hs-refused-counts", "A refused request counts for the day, not for its ten seconds", LIMITS)
unprobed(
    "hs-association-limits",
    "Associations count apart (100 or 150 in ten seconds, 500,000 a day), their batches not in ten seconds",
    LIMITS,
)
unprobed("hs-429-group", "The group's name in the body of a 429", LIMITS)
unprobed(
    "sf-email-old-capitals",
    "Records from before Salesforce turned addresses into small letters keep their capitals",
    "a test org has no such records",
)
unprobed(
    "sf-conversion-fields",
    "In a conversion custom lead fields go to fields of the same name, unique ones excepted",
    ADMIN,
)
unprobed(
    "sf-history",
    "Field history shares the key prefix 017, goes into the recycle bin with its record, and is kept of "
    "every field that can be edited; what a hidden field was is not hidden in it",
    ADMIN,
)
unprobed(
    "sf-member-merge",
    "Of two campaign memberships that meet in a merge the loser's is deleted",
    "merging is no part of the REST API",
)
unprobed(
    "sf-bulk-progress",
    "Half of the rows are done when a bulk job is in progress",
    "a figure of ours: it depends on the moment of the look",
)
unprobed(
    "sf-jwt",
    "JWTs live five minutes at most; the wording of most of their refusals",
    "a run logs in once, by the flow that was given to it",
)
