"""`/services/Soap/m`: deploying and retrieving files.

In: SOAP calls. Out: results as plain values. Source: Metadata API Developer Guide, "deploy()",
"checkDeployStatus()", "cancelDeploy()", "retrieve()", "checkRetrieveStatus()".
"""

from __future__ import annotations

import base64
import binascii

from connector.sandbox.salesforce.mdapi import requests
from connector.sandbox.salesforce.mdapi.results import shown, soap_stamp
from connector.sandbox.salesforce.mdapi.retrieves import wanted
from connector.sandbox.salesforce.soap.envelope import Fault
from connector.sandbox.salesforce.soap.service import SoapCall
from connector.sandbox.salesforce.soap.xml import NOTHING, Node
from connector.sandbox.salesforce.soql.rows import Json


def deploy(call: SoapCall) -> Json:
    """deploy(ZipFile, DeployOptions)"""
    chosen = call.asked.child("DeployOptions") or NOTHING
    options = requests.options(chosen.flag, chosen.value("testLevel"), chosen.values("runTests"))
    made = requests.begun(call.store, _zip(call.asked), options)
    return {"done": False, "id": made.id, "state": "Queued"}


def check_deploy_status(call: SoapCall) -> Json:
    """checkDeployStatus(asyncProcessId, includeDetails)"""
    found = requests.named(call.store, call.asked.value("asyncProcessId"))
    told = shown(call.store, found, call.asked.flag("includeDetails"), soap_stamp)
    found.go_on(call.store)
    return told


def cancel_deploy(call: SoapCall) -> Json:
    """cancelDeploy(String)"""
    first = call.asked.children[0] if call.asked.children else NOTHING
    found = requests.cancel(call.store, first.text.strip())
    return {"done": found.done, "id": found.id}


def retrieve(call: SoapCall) -> Json:
    """retrieve(retrieveRequest). Clients in use call the argument `request`."""
    asked = call.asked.children[0] if call.asked.children else NOTHING
    if asked.values("packageNames"):
        raise Fault("INVALID_OPERATION", "This org has no packages")
    made = call.store.retrieves.add(wanted(asked), call.version)
    return {"done": False, "id": made.id, "state": "Queued"}


def check_retrieve_status(call: SoapCall) -> Json:
    """checkRetrieveStatus(asyncProcessId, includeZip)"""
    found = call.store.retrieves.get(call.asked.value("asyncProcessId"))
    if found is None:
        raise Fault("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    with_zip = call.asked.child("includeZip") is None or call.asked.flag("includeZip")
    told = found.shown(with_zip)
    found.go_on(call.store)
    return told


def _zip(asked: Node) -> bytes:
    try:
        return base64.b64decode("".join(asked.value("ZipFile").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("Client", "ZipFile is not base64") from error
