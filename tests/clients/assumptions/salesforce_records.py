"""How Salesforce keeps values and refuses records where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs

from assumptions.acts import Force, UnsureError, equal, problem, refused_with
from assumptions.base import Finding, assumes
from ground.base import Ground
from ground.fields import make_field

LONG_AGO = {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}


@assumes("sf-equal-write-bumps", "A write that changes no value moves `SystemModstamp`")
def equal_write_bumps(ground: Ground) -> Finding:
    force = Force(ground)
    lead = force.make("Lead", City="Gent")
    before = force.read("Lead", lead, "SystemModstamp")
    ground.pause()
    force.must("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})
    moved = force.read("Lead", lead, "SystemModstamp") != before
    return Finding(moved, "it moved" if moved else "it stayed")


@assumes("sf-email-lower-case", "Email fields keep small letters only")
def email_lower_case(ground: Ground) -> Finding:
    force, email = Force(ground), ground.tag.email("Bo")
    lead = force.make("Lead", Email=email)
    return equal(force.read("Lead", lead, "Email"), [email.lower()])


@assumes("sf-number-rounding", "Numbers are rounded half up to the field's scale")
def number_rounding(ground: Ground) -> Finding:
    force = Force(ground)
    assert ground.salesforce is not None
    name = make_field(ground, ground.salesforce, "Lead", {"type": "Number", "precision": 10, "scale": 2})
    found = [
        force.read("Lead", force.make("Lead", **{name: value}), name)[0] for value in (0.125, 0.135, -0.125)
    ]
    return equal(found, [0.13, 0.14, -0.13])


@assumes("sf-fractions-dropped", "Fractions of a second are dropped")
def fractions_dropped(ground: Ground) -> Finding:
    force = Force(ground)
    start = {"StartDateTime": "2030-01-31T10:00:00.999Z", "DurationInMinutes": 30}
    event = force.make("Event", **start)
    return equal(force.read("Event", event, "StartDateTime"), ["2030-01-31T10:00:00.000+0000"])


@assumes("sf-null-checkbox", "null in a checkbox is an error")
def null_checkbox(ground: Ground) -> Finding:
    answer = Force(ground).try_make("Task", IsReminderSet=None)
    return Finding(answer.status_code == 400, problem(answer) if answer.status_code != 201 else "201, taken")


@assumes("sf-date-with-time", "A date field refuses a date with a time")
def date_with_time(ground: Ground) -> Finding:
    answer = Force(ground).try_make("Opportunity", CloseDate="2030-01-31T10:00:00Z")
    return Finding(answer.status_code == 400, problem(answer) if answer.status_code != 201 else "201, taken")


@assumes(
    "sf-unmodified-since", "`If-Unmodified-Since` counts for changing a record, with code PRECONDITION_FAILED"
)
def unmodified_since(ground: Ground) -> Finding:
    force = Force(ground)
    lead = force.make("Lead")
    answer = force.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"}, headers=LONG_AGO)
    return refused_with(answer, 412, "PRECONDITION_FAILED")


@assumes("sf-unmodified-since-delete", "`If-Unmodified-Since` is ignored in DELETE")
def unmodified_since_delete(ground: Ground) -> Finding:
    force = Force(ground)
    answer = force.call("DELETE", f"/sobjects/Lead/{force.make('Lead')}", headers=LONG_AGO)
    return equal(answer.status_code, 204)


@assumes("sf-modified-since", "`If-Modified-Since` counts for reading a record: 304")
def modified_since(ground: Ground) -> Finding:
    force = Force(ground)
    lead = force.make("Lead")
    later = force.must("GET", f"/sobjects/Lead/{lead}")["LastModifiedDate"]
    header = {"If-Modified-Since": _http_date(later)}
    return equal(force.call("GET", f"/sobjects/Lead/{lead}", headers=header).status_code, 304)


def _http_date(stamp: str) -> str:
    moment = datetime.fromisoformat(stamp)
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@assumes(
    "sf-lead-with-what", "An activity of a lead with a `WhatId` is refused, by FIELD_INTEGRITY_EXCEPTION"
)
def lead_with_what(ground: Ground) -> Finding:
    force = Force(ground)
    who, what = force.make("Lead"), force.make("Account")
    return refused_with(force.try_make("Task", WhoId=who, WhatId=what), 400, "FIELD_INTEGRITY_EXCEPTION")


@assumes("sf-event-without-time", "An event without a time is refused, by REQUIRED_FIELD_MISSING")
def event_without_time(ground: Ground) -> Finding:
    return refused_with(Force(ground).try_make("Event"), 400, "REQUIRED_FIELD_MISSING")


@assumes("sf-all-day-event", "An all-day event lasts one day unless an end is given")
def all_day_event(ground: Ground) -> Finding:
    force = Force(ground)
    event = force.make("Event", IsAllDayEvent=True, ActivityDate="2030-01-31")
    return equal(force.read("Event", event, "DurationInMinutes"), [1440])


@assumes("sf-campaign-counts", "A campaign's counts move its `SystemModstamp` only")
def campaign_counts(ground: Ground) -> Finding:
    force = Force(ground)
    campaign, lead = force.make("Campaign"), force.make("Lead")
    names = ("SystemModstamp", "LastModifiedDate", "NumberOfLeads")
    before = force.read("Campaign", campaign, *names)
    ground.pause()
    force.make("CampaignMember", CampaignId=campaign, LeadId=lead)
    after = ground.eventually(lambda: force.read("Campaign", campaign, *names), lambda row: row[2] == 1)
    moved = {name: old != new for name, old, new in zip(names, before, after, strict=True)}
    return equal(moved, {"SystemModstamp": True, "LastModifiedDate": False, "NumberOfLeads": True})


@assumes("sf-member-status", "A campaign member with an unknown status stays and has not responded")
def member_status(ground: Ground) -> Finding:
    force = Force(ground)
    campaign, lead = force.make("Campaign"), force.make("Lead")
    answer = force.try_make("CampaignMember", CampaignId=campaign, LeadId=lead, Status="No such status")
    if answer.status_code != 201:
        return Finding(False, problem(answer))
    found = force.read("CampaignMember", answer.json()["id"], "Status", "HasResponded")
    return equal(found, ["No such status", False])


@assumes(
    "sf-member-without-person", "A campaign member without a person: REQUIRED_FIELD_MISSING, and the wording"
)
def member_without_person(ground: Ground) -> Finding:
    force = Force(ground)
    answer = force.try_make("CampaignMember", CampaignId=force.make("Campaign"))
    words = "Required fields are missing: [LeadId, ContactId]"
    return refused_with(answer, 400, "REQUIRED_FIELD_MISSING", words)


@assumes("sf-old-version", "A retired version: the wording of the 410")
def old_version(ground: Ground) -> Finding:
    answer = Force(ground).call("GET", "/services/data/v20.0/sobjects")
    return refused_with(answer, 410, "GONE", "The requested resource is no longer available")


@assumes(
    "sf-revoke-unknown",
    "Revoking a token that nobody gave out is refused as `invalid_token`, no token at all as "
    "`unsupported_token_type`",
)
def revoke_unknown(ground: Ground) -> Finding:
    def refusal(**form: str) -> str:
        answer = Force(ground).call("POST", "/services/oauth2/revoke", params=form)
        return f"{answer.status_code} {parse_qs(answer.text).get('error', [''])[0]}"

    return equal([refusal(token="nobody's"), refusal()], ["400 invalid_token", "400 unsupported_token_type"])


@assumes("sf-field-name", "The Tooling API refuses a bad field name by INVALID_FULL_NAME, and the wording")
def field_name(ground: Ground) -> Finding:
    metadata = {"label": "x", "type": "Text", "length": 10}
    body = {"FullName": "Lead.1_bad name__c", "Metadata": metadata}
    answer = Force(ground).call("POST", "/tooling/sobjects/CustomField", body)
    return refused_with(answer, 400, "INVALID_FULL_NAME", "can only contain underscores and alphanumeric")


@assumes("sf-field-twice", "The Tooling API refuses a field that is there by DUPLICATE_DEVELOPER_NAME")
def field_twice(ground: Ground) -> Finding:
    assert ground.salesforce is not None
    metadata = {"type": "Text", "length": 10}
    name = make_field(ground, ground.salesforce, "Lead", metadata)
    body = {"FullName": f"Lead.{name}", "Metadata": {"label": "x", **metadata}}
    answer = Force(ground).call("POST", "/tooling/sobjects/CustomField", body)
    return refused_with(answer, 400, "DUPLICATE_DEVELOPER_NAME")


@assumes("sf-queue-of-another-type", "A queue that is not for a type: FIELD_INTEGRITY_EXCEPTION")
def queue_of_another_type(ground: Ground) -> Finding:
    force = Force(ground)
    made = force.call("POST", "/sobjects/Group", {"Name": force.tag.text(), "Type": "Queue"})
    if made.status_code != 201:
        raise UnsureError(f"no queue can be made: {problem(made)}")
    queue = made.json()["id"]
    try:
        return refused_with(force.try_make("Lead", OwnerId=queue), 400, "FIELD_INTEGRITY_EXCEPTION")
    finally:
        force.call("DELETE", f"/sobjects/Group/{queue}")
