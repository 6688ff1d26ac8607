"""Assumptions that no request of ours can settle, and why."""

from __future__ import annotations

from assumptions.base import unprobed

LIMITS = "it would take the account to its limits, for everybody who uses it"
ADMIN = "it needs a setting that only an admin can make, in the browser"
OURS = "a limit of the simulation, no claim about Salesforce"
APP = "it needs an app, and somebody who consents in a browser"
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
unprobed("hs-company-lock", "How many upserts at once lock companies (423), and the wording", LIMITS)
unprobed("hs-trouble-bodies", "The bodies of 423 and 477", "nobody can ask for them")
unprobed("hs-association-permission", "What a user who may not edit associations is told", ADMIN)
unprobed(
    "hs-withdrawn-property",
    "A property that is withdrawn from the API's user reads as one that does not exist",
    ADMIN,
)
unprobed(
    "hs-form-secondary",
    "A form filled with a secondary address counts for its contact, and the address stays secondary",
    ADMIN,
)
unprobed(
    "hs-import-pace",
    "An import starts to write after two seconds, and writes 5,000 rows a second",
    "figures of ours: a real one takes as long as it takes",
)
unprobed(
    "hs-list-day-end",
    "In filters of lists an exclusive end of a day is its other end",
    "it needs a look at the very end of a day",
)
unprobed("hs-oauth-code", "A code of OAuth is good for ten minutes", APP)
unprobed("hs-oauth-older-tokens", "A new access token leaves the older ones valid", APP)
unprobed("hs-oauth-words", "The words of most refusals of OAuth", APP)
unprobed(
    "hs-history-sources",
    "In a property's history people are `CRM_UI`, `CRM_UI_BULK_ACTION`, `CONTACTS_WEB`, `IMPORT`, "
    "`MOBILE_IOS`, `MOBILE_ANDROID`, `EXTENSION`; workflows `AUTOMATION_PLATFORM`, `WORKFLOWS`, "
    "`WORKFLOW_CONTACT_DELETE_ACTION`; integrations `INTEGRATION`, `API`, `INTEGRATIONS_PLATFORM`, "
    "`SALESFORCE`; other sources are unknown",
    "most of these sources are people, apps and workflows at work",
)
unprobed(
    "hs-scopes",
    "Definitions of properties need schema scopes; associations those of both ends; labels count as "
    "associations; pipelines are changed with crm.schemas.deals.write",
    "it needs several tokens, each with other scopes",
)
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
    "sf-one-currency",
    "An org with one currency keeps its amounts in the company currency of the HubSpot account",
    "no column that we know of tells in which currency such an org keeps its amounts",
)
unprobed(
    "sf-history",
    "Field history shares the key prefix 017, goes into the recycle bin with its record, and is kept of "
    "every field that can be edited; what a hidden field was is not hidden in it",
    ADMIN,
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
unprobed(
    "sf-allocation", "The allocation of a day is a hard wall, and a refused request does not count", LIMITS
)
unprobed("sf-app-allowance", "An app beyond its own allowance is told the same as an org beyond its", LIMITS)
unprobed(
    "sf-view-setup",
    "What a user without View Setup and Configuration is told who asks for the limits",
    "it needs a user with fewer rights",
)
unprobed(
    "sf-lock-wait",
    "A write that has to wait ten seconds or less for a lock goes through",
    "it needs two long transactions at the same moment",
)
unprobed(
    "sf-trouble-codes",
    "QUERY_TIMEOUT comes with status 400, TXN_SECURITY_METERING_ERROR with 503",
    "nobody can ask for them",
)
unprobed("sf-duplicate-details", "From v52 on the details of a duplicate are spelled right", ADMIN)
unprobed("sf-duplicate-block", "The duplicate rules' header only helps against alerts", ADMIN)
unprobed("sf-assignment-over-owner", "An assignment rule replaces an owner who was named", ADMIN)
unprobed("sf-assignment-at-change", "An assignment rule runs at every change too", ADMIN)
unprobed("sf-record-type-default", "A record that names no record type gets the first", ADMIN)
unprobed(
    "sf-report-columns",
    "In reports a column code in capitals is right",
    "Salesforce lists nowhere which there are",
)
unprobed(
    "sf-folder-in-use",
    "The words with which a folder that is not empty is kept",
    "it would leave a folder in everybody's view if the removal failed",
)
unprobed(
    "sf-deploy-production",
    "What a deploy without rollbackOnError is told in production",
    "never in production",
)
unprobed("sf-format", "What FORMAT() makes of values", "it depends on the locale of the user")
unprobed("sf-bulk-limits", "A bulk job for which no batches are left fails, and its wording", LIMITS)
unprobed("sf-bulk-queries-limit", "How too many query jobs are refused", LIMITS)
unprobed("sf-bulk-gave-up", "What a bulk job says that failed after its retries", "nobody can ask for it")
unprobed(
    "sf-bulk-contention", "Of two batches that want the same record the later one loses", "chance decides"
)
unprobed("sf-hard-delete", "A hard delete leaves children in the recycle bin", ADMIN)
unprobed("sf-bulk-v1", "The old Bulk API may be switched off in an org", ADMIN)
unprobed("sf-deploy-steps", "A deploy goes on a step with each look", "it depends on the moment of the look")
unprobed(
    "sf-deploy-unread",
    "Unknown elements of reports, dashboards and layouts are not looked at",
    "it would leave a report in everybody's view if the removal failed",
)
unprobed(
    "sf-deploy-unknown-files", "Files of other kinds (flows, triggers) are of an unknown folder or type", OURS
)
unprobed("sf-deploy-rules", "Validation rules that are deployed are kept and shown, and not evaluated", OURS)
unprobed("sf-deploy-words", "The words for names that cannot be, and for layouts in general", OURS)
unprobed(
    "sf-convert-rules",
    "In a conversion validation and duplicate rules run for the new and filled records, not for the lead",
    ADMIN,
)
unprobed(
    "sf-apex-profiles", "No profile opens an Apex class", "an admin may do everything: it needs another user"
)
