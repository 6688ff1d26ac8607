"""SOAP, conversions and merges of Salesforce where the guides are silent.

What enters: a ground. What leaves: findings.
"""

from __future__ import annotations

from xml.etree import ElementTree

from assumptions.acts import Force, UnsureError, equal
from assumptions.base import Finding, assumes
from ground.base import Ground
from ground.tag import MARK

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
METADATA = "http://soap.sforce.com/2006/04/metadata"
PARTNER = "urn:partner.soap.sforce.com"
OBJECTS = "urn:sobject.partner.soap.sforce.com"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def soap(force: Force, body: str, namespace: str = METADATA, action: str | None = '""') -> str:
    """The text of an answer of the Metadata or the Partner API. `action` None leaves the header out."""
    session = f"<SessionHeader><sessionId>{force.side.api.session_id}</sessionId></SessionHeader>"
    text = (
        f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Header xmlns="{namespace}">{session}</e:Header>'
        f'<e:Body xmlns="{namespace}">{body}</e:Body></e:Envelope>'
    )
    headers = {"Content-Type": "text/xml; charset=UTF-8"} | ({"SOAPAction": action} if action else {})
    letter = "m" if namespace == METADATA else "u"
    return force.call("POST", f"/services/Soap/{letter}/64.0", data=text.encode(), headers=headers).text


def partner(force: Force, body: str) -> dict[str, str]:
    """The leaves of a result of the Partner API by name; UnsureError for a fault."""
    root = ElementTree.fromstring(soap(force, body, PARTNER))
    found = next((each for each in root.iter() if each.tag.endswith("}result")), None)
    if found is None:
        raise UnsureError("".join(root.itertext())[:200])
    return {each.tag.rpartition("}")[2]: each.text or "" for each in found.iter() if not len(each)}


def convert(force: Force, **values: str) -> dict[str, str]:
    """convertLead without an opportunity; the result."""
    order = (
        "accountId",
        "contactId",
        "convertedStatus",
        "doNotCreateOpportunity",
        "leadId",
        "opportunityName",
    )
    told = {"doNotCreateOpportunity": "true", **values}
    inner = "".join(f"<{name}>{told[name]}</{name}>" for name in order if name in told)
    return partner(force, f"<convertLead><leadConverts>{inner}</leadConverts></convertLead>")


def merge(force: Force, object_type: str, master: str, loser: str) -> dict[str, str]:
    """merge of two records; the result."""
    record = f'<o:type xmlns:o="{OBJECTS}">{object_type}</o:type><o:Id xmlns:o="{OBJECTS}">{master}</o:Id>'
    body = f"<masterRecord>{record}</masterRecord><recordToMergeIds>{loser}</recordToMergeIds>"
    return partner(force, f"<merge><mergeRequests>{body}</mergeRequests></merge>")


def converted_status(force: Force) -> str:
    """A status that means converted."""
    return str(force.side.rows("SELECT ApiName FROM LeadStatus WHERE IsConverted = true")[0]["ApiName"])


@assumes("sf-soap-words", "The words of SOAP faults, as of an operation that does not exist")
def soap_words(ground: Ground) -> Finding:
    found = soap(Force(ground), "<dance/>")
    words = f"No operation available for request {{{METADATA}}}dance"
    return Finding(words in found, "as expected" if words in found else found[-300:])


@assumes("sf-metadata-mixed", "Components of several types in one metadata call: INVALID_TYPE")
def metadata_mixed(ground: Ground) -> Finding:
    xsi = f'xmlns:x="{XSI}" x:type'
    parts = (
        f'<metadata {xsi}="CustomField"><fullName>Lead.{MARK}_m__c</fullName></metadata>'
        f'<metadata {xsi}="ListView"><fullName>Lead.{MARK}_m</fullName></metadata>'
    )
    found = soap(Force(ground), f"<createMetadata>{parts}</createMetadata>")
    return Finding("INVALID_TYPE" in found, "INVALID_TYPE" if "INVALID_TYPE" in found else found[-300:])


@assumes("sf-soap-action", "A SOAP call without SOAPAction is refused")
def soap_action(ground: Ground) -> Finding:
    found = soap(
        Force(ground), "<describeMetadata><asOfVersion>64.0</asOfVersion></describeMetadata>", action=None
    )
    return Finding("SOAPAction" in found and "Fault>" in found, found[-200:])


@assumes("sf-read-nothing", "readMetadata answers null for what is not there")
def read_nothing(ground: Ground) -> Finding:
    asked = f"<type>CustomField</type><fullNames>Lead.{MARK}_none__c</fullNames>"
    found = soap(Force(ground), f"<readMetadata>{asked}</readMetadata>")
    return Finding('nil="true"' in found and "<fullName>" not in found, found[-200:])


@assumes("sf-convert-failed", "The result of a conversion that failed names no lead")
def convert_failed(ground: Ground) -> Finding:
    force = Force(ground)
    found = convert(force, leadId=force.make("Lead"), convertedStatus="No such status")
    return equal((found["success"], found.get("leadId", "")), ("false", ""))


@assumes("sf-convert-status", "A conversion to a status that does not mean converted: INVALID_STATUS")
def convert_status(ground: Ground) -> Finding:
    force = Force(ground)
    found = convert(force, leadId=force.make("Lead"), convertedStatus="No such status")
    return equal(found.get("statusCode"), "INVALID_STATUS")


@assumes(
    "sf-convert-contact-alone", "A conversion into a contact without its account: REQUIRED_FIELD_MISSING"
)
def convert_contact_alone(ground: Ground) -> Finding:
    force = Force(ground)
    contact = force.make("Contact", AccountId=force.make("Account"))
    status = converted_status(force)
    found = convert(force, leadId=force.make("Lead"), contactId=contact, convertedStatus=status)
    return equal(found.get("statusCode"), "REQUIRED_FIELD_MISSING")


@assumes(
    "sf-convert-deal-members", "A conversion with a name for a deal that it is not to make: INVALID_FIELD"
)
def convert_deal_members(ground: Ground) -> Finding:
    force = Force(ground)
    status = converted_status(force)
    found = convert(
        force, leadId=force.make("Lead"), convertedStatus=status, opportunityName=force.tag.text()
    )
    return equal(found.get("statusCode"), "INVALID_FIELD")


@assumes("sf-merge-codes", "A merge of a type that has none: INVALID_TYPE_FOR_OPERATION")
def merge_codes(ground: Ground) -> Finding:
    force = Force(ground)
    found = merge(force, "Opportunity", *[force.make("Opportunity") for _ in range(2)])
    return equal(found.get("statusCode"), "INVALID_TYPE_FOR_OPERATION")


@assumes("sf-member-merge", "Of two campaign memberships that meet in a merge the loser's is deleted")
def member_merge(ground: Ground) -> Finding:
    force = Force(ground)
    campaign, leads = force.make("Campaign"), [force.make("Lead") for _ in range(2)]
    members = [force.make("CampaignMember", CampaignId=campaign, LeadId=lead) for lead in leads]
    found = merge(force, "Lead", *leads)
    if found["success"] != "true":
        raise UnsureError(f"the merge was refused: {found.get('statusCode')}")
    soql = f"SELECT Id FROM CampaignMember WHERE CampaignId = '{campaign}'"
    return equal([row["Id"] for row in force.side.rows(soql)], members[:1])
