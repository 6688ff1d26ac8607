"""convertLead: what a connector calls where no Apex class can be installed.

In: up to 100 LeadConverts. Out: a LeadConvertResult for each. Source: SOAP API Developer Guide,
"convertLead()".
"""

from __future__ import annotations

from functools import partial

from connector.sandbox.salesforce import conversion
from connector.sandbox.salesforce.conversion import MEMBERS, Wanted, wanted_of
from connector.sandbox.salesforce.soap import verdicts
from connector.sandbox.salesforce.soap.envelope import Fault
from connector.sandbox.salesforce.soap.service import SoapCall
from connector.sandbox.salesforce.soap.xml import NIL, Node
from connector.sandbox.salesforce.soql.rows import Json

MOST = 100
BLANK: Json = {"accountId": NIL, "contactId": NIL, "leadId": NIL, "opportunityId": NIL}


def convert_lead(call: SoapCall) -> list[Json]:
    """convertLead(leadConverts[]). Assumption: a failed result names no lead: its place in the list does."""
    asked = list(call.asked.every("leadConverts"))
    verdicts.few(asked, MOST)
    wanted = [_wanted(node) for node in asked]
    return verdicts.each(call, [partial(_converted, call, each) for each in wanted], BLANK)


def _converted(call: SoapCall, wanted: Wanted) -> Json:
    conversion.check(call.store, call.writing, wanted)
    made = conversion.convert(call.store, call.writing, wanted)
    return {
        "accountId": made["account"],
        "contactId": made["contact"],
        "leadId": made["lead"],
        "opportunityId": made["opportunity"] or NIL,
    }


def _wanted(node: Node) -> Wanted:
    unknown = next((each for each in node.children if each.name not in MEMBERS), None)
    if unknown is not None:
        where = f"{{{unknown.namespace}}}{unknown.name}"
        raise Fault("Client", f"Element {where} invalid at this location in type LeadConvert")

    return wanted_of(node.value, node.flag)
