"""The Metadata API's SOAP endpoint."""

from __future__ import annotations

from connector.sandbox.salesforce.mdapi import components, files
from connector.sandbox.salesforce.mdapi.component import NAMESPACE
from connector.sandbox.salesforce.soap.service import Service

METADATA = Service(
    path="/services/Soap/m",
    namespace=NAMESPACE,
    faults=NAMESPACE,
    operations={
        "cancelDeploy": files.cancel_deploy,
        "checkDeployStatus": files.check_deploy_status,
        "checkRetrieveStatus": files.check_retrieve_status,
        "createMetadata": components.create,
        "deleteMetadata": components.delete,
        "deploy": files.deploy,
        "describeMetadata": components.describe,
        "listMetadata": components.listed,
        "readMetadata": components.read,
        "renameMetadata": components.rename,
        "retrieve": files.retrieve,
        "updateMetadata": components.update,
        "upsertMetadata": components.upsert,
    },
    without_session={},
)
