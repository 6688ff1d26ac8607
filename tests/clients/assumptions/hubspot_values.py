"""How HubSpot keeps values: modification dates, numbers, choices, moments, domains, addresses.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

from assumptions.acts import MODIFIED, Hub, equal, refused, told
from assumptions.base import Finding, assumes
from ground.base import Ground


@assumes("hs-equal-write-bumps", "A write of equal values moves the modification date")
def equal_write_bumps(ground: Ground) -> Finding:
    hub = Hub(ground)
    contact, name = hub.make("contacts", city="Gent"), MODIFIED["contacts"]
    before = hub.read("contacts", contact, name)[name]
    ground.pause()
    hub.change("contacts", contact, city="Gent")
    after = hub.read("contacts", contact, name)[name]
    return Finding(str(after) > str(before), "it moved" if after != before else "it stayed")


@assumes("hs-equal-write-no-version", "A write of equal values adds no version to the property's history")
def equal_write_no_version(ground: Ground) -> Finding:
    hub = Hub(ground)
    contact = hub.make("contacts", city="Gent")
    hub.change("contacts", contact, city="Gent")
    path = f"/crm/v3/objects/contacts/{contact}?propertiesWithHistory=city"
    versions = hub.must("GET", path)["propertiesWithHistory"]["city"]
    return Finding(len(versions) == 1, f"{len(versions)} versions after two writes")


@assumes("hs-number-zeros", "Numbers lose trailing zeros")
def number_zeros(ground: Ground) -> Finding:
    return equal(Hub(ground).stored("deals", amount="1250.500"), ["1250.5"])


@assumes("hs-multiselect-order", "A multi-select comes back in the order of its options, without repeats")
def multiselect_order(ground: Ground) -> Finding:
    hub = Hub(ground)
    options = hub.must("GET", "/crm/v3/properties/contacts/hs_buying_role")["options"]
    first, second = [option["value"] for option in options if not option.get("hidden")][:2]
    return equal(hub.stored("contacts", hs_buying_role=f"{second};{first};{second}"), [f"{first};{second}"])


@assumes("hs-datetime-no-zone", "An ISO datetime without a zone is UTC")
def datetime_without_zone(ground: Ground) -> Finding:
    found = Hub(ground).stored("deals", closedate="2026-07-01T10:00:00")[0] or ""
    return Finding(found.startswith("2026-07-01T10:00:00") and found.endswith("Z"), found)


@assumes(
    "hs-domain-bare",
    "A company's domain is kept without scheme, leading www. and path, in small letters",
)
def domain_bare(ground: Ground) -> Finding:
    bare = f"{ground.tag.name().replace('_', '-')}.example.com"
    found = Hub(ground).stored("companies", domain=f"https://WWW.{bare.upper()}/contact?x=1")
    return equal(found, [bare])


@assumes(
    "hs-email-domains",
    "Email domains count as real when they end in two letters or more and in none of the reserved names",
)
def email_domains(ground: Ground) -> Finding:
    hub, verdicts = Hub(ground), {}
    for top in ("zz", "invalid", "test", "example", "localhost", "x"):
        properties = {"lastname": hub.tag.text(), "email": f"{hub.tag.name()}@firma.{top}"}
        verdicts[top] = hub.call("POST", "/crm/v3/objects/contacts", {"properties": properties}).status
    wanted = {"zz": 201, "invalid": 400, "test": 400, "example": 400, "localhost": 400, "x": 400}
    return equal(verdicts, wanted)


@assumes(
    "hs-email-clash",
    "The refusal of an address in use names its holder in the message alone: 409, `Existing ID:` and the id",
)
def email_clash(ground: Ground) -> Finding:
    hub, email = Hub(ground), ground.tag.email("taken")
    holder = hub.make("contacts", email=email)
    properties = {"lastname": hub.tag.text(), "email": email}
    second = hub.call("POST", "/crm/v3/objects/contacts", {"properties": properties})
    return refused(second, 409, f"Existing ID: {holder}")


@assumes("hs-deal-home-currency", "A deal that names no currency is in the account's company currency")
def deal_home_currency(ground: Ground) -> Finding:
    hub, home = Hub(ground), "amount_in_home_currency"
    deal = hub.make("deals", amount="1250")
    return equal([hub.read("deals", deal, home)[home]], ["1250"])


@assumes("hs-unique-clash", "A second record with the value of a unique property: 400, and the wording")
def unique_clash(ground: Ground) -> Finding:
    hub = Hub(ground)
    name, value = hub.unique_property("companies"), hub.tag.name()
    first = hub.make("companies", **{name: value})
    properties = {"name": hub.tag.text(), name: value}
    second = hub.call("POST", "/crm/v3/objects/companies", {"properties": properties})
    return refused(second, 400, f"{first} already has that value.")


@assumes(
    "hs-erased-email",
    "An address that was deleted for privacy reasons cannot be used again: 400, the wording",
)
def erased_email(ground: Ground) -> Finding:
    hub, email = Hub(ground), ground.tag.email("erased")
    hub.make("contacts", email=email)
    hub.must("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": email, "idProperty": "email"})
    properties = {"lastname": hub.tag.text(), "email": email}
    return refused(hub.call("POST", "/crm/v3/objects/contacts", {"properties": properties}), 400)


@assumes("hs-secondary-swap", "A secondary address that becomes the primary one changes places with it")
def secondary_swap(ground: Ground) -> Finding:
    hub, (first, second) = Hub(ground), (ground.tag.email(), ground.tag.email())
    merged = hub.merge("contacts", hub.make("contacts", email=first), hub.make("contacts", email=second))
    answer = hub.change("contacts", merged, email=second)
    found = hub.read("contacts", merged, "email", "hs_additional_emails")
    if answer.status != 200:
        return Finding(False, told(answer))
    swapped = (found["email"], found["hs_additional_emails"]) == (second, first)
    return Finding(swapped, "they changed places" if swapped else "other places than expected")


@assumes(
    "hs-merge-fills-blanks", "In a merge the primary's values count, and its blanks are filled from the other"
)
def merge_fills_blanks(ground: Ground) -> Finding:
    hub = Hub(ground)
    primary = hub.make("contacts", city="Gent")
    loser = hub.make("contacts", city="Brugge", jobtitle="CFO")
    found = hub.read("contacts", hub.merge("contacts", primary, loser), "city", "jobtitle")
    return equal([found["city"], found["jobtitle"]], ["Gent", "CFO"])


@assumes("hs-text-too-long", "A text of more than 65,536 characters is refused: 400, and the code")
def text_too_long(ground: Ground) -> Finding:
    hub = Hub(ground)
    properties = {"lastname": hub.tag.text(), "message": "x" * 65_537}
    answer = hub.call("POST", "/crm/v3/objects/contacts", {"properties": properties})
    return refused(answer, 400, "PROPERTY_VALUE_TOO_LONG")


@assumes("hs-malformed-wording", "The wording for bodies that are not the JSON expected")
def malformed_wording(ground: Ground) -> Finding:
    assert ground.hubspot is not None
    answer = ground.hubspot.call("POST", "/crm/v3/objects/contacts", raw=b'{"properties": [1]}')
    return refused(answer, 400, "Invalid input JSON on line 1, column ")


@assumes("hs-engagement-options", "The options of engagements beyond those in the guides")
def engagement_options(ground: Ground) -> Finding:
    hub, wanted = (
        Hub(ground),
        {
            "tasks/hs_task_status": {"NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"},
            "tasks/hs_task_type": {"EMAIL", "CALL", "TODO"},
            "tasks/hs_task_priority": {"NONE", "LOW", "MEDIUM", "HIGH"},
            "calls/hs_call_direction": {"INBOUND", "OUTBOUND"},
        },
    )
    missing = []
    for place, values in wanted.items():
        options = hub.must("GET", f"/crm/v3/properties/{place}")["options"]
        missing += sorted(values - {option["value"] for option in options})
    return Finding(not missing, f"missing: {', '.join(missing)}" if missing else "all are there")
