"""What a sensible client would send, by the last words of a route: the fuzz spoils it from there.

Words like `$LEAD` stand for ids of records that exist (see `fuzz_ground`).
"""

from typing import Any

LEAD = {"attributes": {"type": "Lead"}, "LastName": "Ærø", "Company": "C", "Email": "a@firma.nl"}
FILTER = {"propertyName": "email", "operator": "EQ", "value": "a@firma.nl"}
EDGE = {
    "from": {"id": "$CONTACT"},
    "to": {"id": "$COMPANY"},
    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
}
PROPERTY = {
    "name": "fuzz",
    "label": "Fuzz",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "contactinformation",
    "options": [{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}],
    "hasUniqueValue": False,
}
STAGE = {"label": "S", "displayOrder": 1, "metadata": {"probability": "0.5", "isClosed": "false"}}
BRANCH = {
    "filterBranchType": "OR",
    "filterBranches": [
        {
            "filterBranchType": "AND",
            "filterBranches": [],
            "filters": [
                {
                    "filterType": "PROPERTY",
                    "property": "city",
                    "operation": {"operationType": "STRING", "operator": "IS_EQUAL_TO", "value": "Gent"},
                }
            ],
        }
    ],
    "filters": [],
}
TRACED = {"objectWriteTraceId": "t1", "properties": {"firstname": "A", "email": "b@firma.nl"}}
CUSTOM_FIELD = {
    "FullName": "Lead.Fuzz__c",
    "Metadata": {"type": "Text", "label": "F", "length": 40, "externalId": True, "unique": True},
}
SUBREQUESTS = [
    {"method": "POST", "url": "/services/data/v64.0/sobjects/Lead", "referenceId": "a", "body": LEAD},
    {"method": "GET", "url": "/services/data/v64.0/sobjects/Lead/@{a.id}", "referenceId": "b"},
]

HUBSPOT: dict[str, Any] = {
    "search": {
        "filterGroups": [{"filters": [FILTER]}],
        "sorts": [{"propertyName": "createdate", "direction": "DESCENDING"}],
        "query": "a",
        "properties": ["email"],
        "limit": 5,
        "after": "0",
    },
    "lists/search": {"query": "a", "count": 5, "offset": 0, "processingTypes": ["MANUAL"], "listIds": ["1"]},
    "batch/read": {"properties": ["email"], "idProperty": "email", "inputs": [{"id": "a@firma.nl"}]},
    "batch/create": {"inputs": [TRACED, {**TRACED, "objectWriteTraceId": "t2"}]},
    "batch/update": {"inputs": [{"id": "$CONTACT", "properties": {"city": "Gent"}}]},
    "batch/upsert": {"inputs": [{"id": "a@firma.nl", "idProperty": "email", "properties": {"city": "X"}}]},
    "batch/archive": {"inputs": [{"id": "$CONTACT3"}]},
    "merge": {"primaryObjectId": "$CONTACT", "objectIdToMerge": "$CONTACT2"},
    "gdpr-delete": {"objectId": "x@firma.nl", "idProperty": "email"},
    "labels": {"label": "Buyer", "name": "buyer", "inverseLabel": "Bought by"},
    "associate/default": {"inputs": [EDGE]},
    "labels/archive": {"inputs": [EDGE]},
    "groups": {"name": "fuzzgroup", "label": "Fuzz", "displayOrder": 1},
    "stages": STAGE,
    "pipelines": {"label": "P", "displayOrder": 1, "stages": [STAGE]},
    "properties": PROPERTY,
    "lists": {"name": "L", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": BRANCH},
    "update-list-filters": {"filterBranch": BRANCH},
    "add": ["$CONTACT"],
    "remove": ["$CONTACT"],
    "add-and-remove": {"recordIdsToAdd": ["$CONTACT"], "recordIdsToRemove": ["$CONTACT2"]},
    "memberships/batch/read": {"inputs": [{"objectTypeId": "0-1", "recordId": "$CONTACT"}]},
    "async": {
        "exportType": "VIEW",
        "format": "CSV",
        "exportName": "E",
        "objectType": "CONTACT",
        "objectProperties": ["email"],
        "language": "EN",
        "publicCrmSearchRequest": {"filters": [FILTER], "sorts": [], "query": "a"},
    },
    "statuses": {"subscriptionId": 1, "statusState": "UNSUBSCRIBED", "channel": "EMAIL"},
    "subscribe": {"emailAddress": "a@firma.nl", "subscriptionId": "1", "legalBasis": "CONSENT_WITH_NOTICE"},
    "associations": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
    "objects": {"properties": {"firstname": "A", "email": "c@firma.nl"}, "associations": []},
}
"""Bodies of HubSpot's routes; the longest key whose words are at the end of a route counts."""

SALESFORCE: dict[str, Any] = {
    "composite": {"allOrNone": False, "compositeRequest": SUBREQUESTS},
    "composite/batch": {"haltOnError": True, "batchRequests": SUBREQUESTS},
    "composite/sobjects": {"allOrNone": False, "records": [LEAD, {**LEAD, "id": "$LEAD"}]},
    "jobs/ingest": {
        "object": "Lead",
        "operation": "upsert",
        "externalIdFieldName": "Id",
        "contentType": "CSV",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    },
    "ingest": {"state": "UploadComplete"},
    "jobs/query": {"operation": "query", "query": "SELECT Id, Name FROM Lead"},
    "jobs": {"state": "Aborted"},
    "CustomField": CUSTOM_FIELD,
    "sobjects": {key: value for key, value in LEAD.items() if key != "attributes"},
    "deployRequest": {"deployRequest": {"status": "Canceling"}},
    "retrieve": {"ids": ["$LEAD"], "fields": ["Id", "LastName"]},
}

QUERIES = (
    "SELECT Id, LastName, Owner.Name FROM Lead WHERE Email = 'a@firma.nl' ORDER BY CreatedDate LIMIT 5",
    "SELECT COUNT(Id) c, Status FROM Lead GROUP BY Status HAVING COUNT(Id) > 1",
    "SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE CreatedDate = LAST_N_DAYS:30",
    "SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name LIKE 'A%') OFFSET 2",
    "SELECT FIELDS(STANDARD) FROM Opportunity LIMIT 2",
)
METADATA = "http://soap.sforce.com/2006/04/metadata"
FIELD_XML = {
    "@xsi:type": "CustomField",
    "fullName": "Lead.FuzzSoap__c",
    "label": "F",
    "type": "Picklist",
    "valueSet": {
        "restricted": "true",
        "valueSetDefinition": {
            "sorted": "false",
            "value": [{"fullName": "a", "default": "false", "label": "A"}],
        },
    },
}
SOAP: dict[str, Any] = {
    "describeMetadata": {"asOfVersion": "64.0"},
    "listMetadata": {
        "queries": [{"type": "CustomField"}, {"type": "Report", "folder": "x"}],
        "asOfVersion": "64.0",
    },
    "readMetadata": {"type": "CustomField", "fullNames": ["Lead.Fuzz__c", "Lead.None__c"]},
    "createMetadata": {"metadata": [FIELD_XML]},
    "updateMetadata": {"metadata": [FIELD_XML]},
    "upsertMetadata": {"metadata": [FIELD_XML]},
    "deleteMetadata": {"type": "CustomField", "fullNames": ["Lead.FuzzSoap__c"]},
    "renameMetadata": {"type": "CustomField", "oldFullName": "Lead.A__c", "newFullName": "Lead.B__c"},
    "deploy": {"ZipFile": "$ZIP", "DeployOptions": {"checkOnly": "true", "rollbackOnError": "true"}},
    "checkDeployStatus": {"asyncProcessId": "$DEPLOY", "includeDetails": "true"},
    "cancelDeploy": {"String": "$DEPLOY"},
    "retrieve": {
        "retrieveRequest": {
            "apiVersion": "64.0",
            "unpackaged": {"types": [{"members": ["*"], "name": "CustomField"}], "version": "64.0"},
        }
    },
    "checkRetrieveStatus": {"asyncProcessId": "$RETRIEVE", "includeZip": "true"},
    "nothing": {},
}
"""Operations of the SOAP endpoints; names that start with @ are attributes."""
SOBJECT = {"type": "Lead", "LastName": "Ærø", "Company": "C", "Email": "a@firma.nl"}
CORE: dict[str, Any] = {
    "convertLead": {
        "leadConverts": [
            {
                "leadId": "$LEAD",
                "convertedStatus": "Closed - Converted",
                "doNotCreateOpportunity": "false",
                "opportunityName": "O",
                "overwriteLeadSource": "false",
                "sendNotificationEmail": "false",
            }
        ]
    },
    "create": {"sObjects": [SOBJECT, {**SOBJECT, "Owner": {"type": "User", "Username": "x@y.example"}}]},
    "update": {"sObjects": [{**SOBJECT, "Id": "$LEAD", "fieldsToNull": ["Title", "Phone"]}]},
    "upsert": {"externalIDFieldName": "Id", "sObjects": [{**SOBJECT, "Id": "$LEAD"}]},
    "delete": {"ids": ["$LEAD", "00Q000000000001AAA"]},
    "undelete": {"ids": ["$LEAD"]},
    "emptyRecycleBin": {"ids": ["$LEAD"]},
    "merge": {
        "mergeRequests": [
            {"masterRecord": {"type": "Contact", "Id": "$CONTACTSF"}, "recordToMergeIds": ["$LEAD"]}
        ]
    },
    "getServerTimestamp": {},
    "getUserInfo": {},
    "login": {"username": "a", "password": "b"},
}
"""Operations of the partner and the enterprise API."""
SERVICES = {
    "m": (METADATA, SOAP),
    "u": ("urn:partner.soap.sforce.com", CORE),
    "c": ("urn:enterprise.soap.sforce.com", CORE),
}
"""Namespace and operations of each SOAP service."""
IMPORT = {
    "name": "I",
    "dateFormat": "DAY_MONTH_YEAR",
    "importOperations": {"0-1": "UPSERT"},
    "createContactListFromImport": True,
    "files": [
        {
            "fileName": "a.csv",
            "fileFormat": "CSV",
            "fileImportPage": {
                "hasHeader": True,
                "columnMappings": [
                    {
                        "columnObjectTypeId": "0-1",
                        "columnName": "Email",
                        "propertyName": "email",
                        "columnType": "HUBSPOT_ALTERNATE_ID",
                    },
                    {"columnObjectTypeId": "0-1", "columnName": "City", "propertyName": "city"},
                ],
            },
        }
    ],
}
"""The JSON part of an import of a file."""
IMPORT_CSV = 'Email,City\na@firma.nl,Gent\n"b@firma.nl",\n,\n'
PACKAGE = (
    f'<?xml version="1.0" encoding="UTF-8"?><Package xmlns="{METADATA}"><types>'
    "<members>Lead.FuzzZip__c</members><name>CustomField</name></types><version>64.0</version></Package>"
)
OBJECT = (
    f'<?xml version="1.0" encoding="UTF-8"?><CustomObject xmlns="{METADATA}"><fields>'
    "<fullName>FuzzZip__c</fullName><label>Z</label><length>40</length><type>Text</type></fields></CustomObject>"
)
DEPLOY = {"deployOptions": {"checkOnly": True, "rollbackOnError": True, "testLevel": "NoTestRun"}}
CSV = "Id,LastName,Company,Account.Name\n,A,C,\n$LEAD,B,#N/A,x\n"
FORM = "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox&token=x&assertion=a.b.c"
TEXTS = {"text/csv": CSV, "application/x-www-form-urlencoded": FORM}
"""Bodies that are neither JSON nor XML nor in parts, by content type."""

PLAUSIBLE = {
    "object_type": ("contacts", "contacts", "0-1", "companies", "deals", "tasks", "tickets"),
    "to_type": ("companies", "companies", "contacts", "deals", "notes"),
    "record_id": ("$CONTACT", "$CONTACT", "$COMPANY", "$CONTACT3"),
    "to_id": ("$COMPANY", "$CONTACT2"),
    "name": ("email", "city", "fuzz", "contactinformation", "fuzzgroup"),
    "type_id": ("279", "1", "500"),
    "pipeline_id": ("default",),
    "stage_id": ("closedwon", "qualifiedtobuy"),
    "owner_id": ("1",),
    "list_id": ("$LIST", "$MANUAL"),
    "source_id": ("$MANUAL", "$LIST"),
    "task_id": ("$EXPORT", "1"),
    "import_id": ("$IMPORT", "1"),
    "address": ("a@firma.nl", "x@firma.nl"),
    "version": ("v64.0",) * 8 + ("v66.0", "v45.0", "v20.0", "64.0"),
    "bare_version": ("64.0",) * 6 + ("20.0", "v64.0"),
    "type": ("Lead", "Lead", "Contact", "Account", "Opportunity", "Task", "Campaign", "lead", "Nothing"),
    "id": ("$LEAD", "$LEAD", "$CONTACTSF", "$FIELD", "$DEPLOY"),
    "field": ("Id", "Email", "Fuzz__c", "Name"),
    "value": ("a@firma.nl", "1", "$LEAD"),
    "locator": ("0r8000000000001AAA-2000", "0r8000000000001AAA-1"),
    "job": ("$OPENJOB", "$LOADEDJOB", "$QUERYJOB"),
    "org": ("00D000000000001AAA",),
    "user": ("005000000000001AAA",),
    "rest": ("unknown", "sobjects/Lead/describe/layouts"),
}
"""Values of placeholders that may lead somewhere."""

PARAMETERS: dict[str, tuple[str, ...]] = {
    "limit": ("1", "100", "0", "-1"),
    "after": ("0", "$CONTACT2", "x"),
    "properties": ("email", "email,city,none"),
    "propertiesWithHistory": ("email",),
    "associations": ("companies", "contacts,deals"),
    "archived": ("true", "false", "maybe"),
    "idProperty": ("email", "hs_object_id", "city"),
    "includeFilters": ("true",),
    "q": QUERIES,
    "fields": ("Id,LastName", "Nope"),
    "ids": ("$LEAD", "$LEAD,x"),
    "allOrNone": ("true", "false"),
    "start": ("2026-11-20T00:00:00Z", "2026-11-20"),
    "end": ("2026-11-23T00:00:00Z", "9999-12-31T23:59:59+14:00"),
    "maxRecords": ("1", "0", "-5"),
    "locator": ("MQ", "null", "%%"),
    "includeDetails": ("true",),
    "isPKChunkingEnabled": ("x",),
}
"""Query parameters that some route knows."""
