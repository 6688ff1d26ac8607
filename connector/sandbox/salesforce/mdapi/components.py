"""`/services/Soap/m`: single components by name, and what types there are.

In: SOAP calls. Out: results as plain values. Source: Metadata API Developer Guide, "createMetadata()" and its
siblings, "listMetadata()", "describeMetadata()". Assumption: the codes for calls that are too large or mix
types; the limits are documented.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from connector.sandbox.salesforce.mdapi import keepers
from connector.sandbox.salesforce.mdapi.component import Component, MetadataProblem, not_found
from connector.sandbox.salesforce.mdapi.engine import attempt
from connector.sandbox.salesforce.mdapi.retrieves import properties
from connector.sandbox.salesforce.mdapi.types import CHILDREN, FILES, FOLDER_TYPES, FOLDERS, OBJECT, TYPES
from connector.sandbox.salesforce.soap.envelope import Fault
from connector.sandbox.salesforce.soap.service import SoapCall
from connector.sandbox.salesforce.soap.xml import NIL, Node
from connector.sandbox.salesforce.soql.rows import Json
from connector.sandbox.salesforce.undoing import trial

MOST, MOST_QUERIES = 10, 3
ROLLED_BACK = MetadataProblem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid"
)

Item = TypeVar("Item")
Work = Callable[[], Json]
"""Does something to one component and tells more than that it went well."""


def create(call: SoapCall) -> list[Json]:
    """createMetadata(metadata[])"""

    def one(component: Component) -> Json:
        if keepers.find(call.store, component.type, component.full_name) is not None:
            raise _taken(component)
        keepers.save(call.store, component)
        return {}

    return _each(call, one)


def update(call: SoapCall) -> list[Json]:
    """updateMetadata(metadata[])"""

    def one(component: Component) -> Json:
        if keepers.find(call.store, component.type, component.full_name) is None:
            raise _absent(component.type, component.full_name)
        keepers.save(call.store, component)
        return {}

    return _each(call, one)


def upsert(call: SoapCall) -> list[Json]:
    """upsertMetadata(metadata[])"""
    results = _each(call, lambda component: {"created": keepers.save(call.store, component).created})
    return [{"created": False, **result} for result in results]


def delete(call: SoapCall) -> list[Json]:
    """deleteMetadata(type, fullNames[])"""
    type_name = _type(call.asked.value("type"))

    def one(full_name: str) -> Json:
        if not keepers.remove(call.store, type_name, full_name):
            raise _absent(type_name, full_name)
        return {}

    names = _few(call.asked.values("fullNames"))
    return _verdicts(call, [(name, partial(one, name)) for name in names])


def rename(call: SoapCall) -> Json:
    """renameMetadata(type, oldFullName, newFullName)"""
    type_name = _type(call.asked.value("type"))
    old, new = call.asked.value("oldFullName"), call.asked.value("newFullName")

    def one() -> Json:
        if keepers.find(call.store, type_name, old) is None:
            raise _absent(type_name, old)
        keepers.rename(call.store, type_name, old, new)
        return {}

    return _verdicts(call, [(new, one)])[0]


def read(call: SoapCall) -> Json:
    """readMetadata(type, fullNames[]): null for what is not there."""
    type_name = _type(call.asked.value("type"))
    names = _few(call.asked.values("fullNames"))
    found = [keepers.find(call.store, type_name, name) for name in names]
    records = [
        NIL
        if each is None
        else {
            "@xsi:type": type_name,
            "fullName": each.full_name,
            **(each.body if isinstance(each.body, dict) else {}),
        }
        for each in found
    ]
    return {"records": records}


def listed(call: SoapCall) -> list[Json]:
    """listMetadata(queries[], asOfVersion)"""
    queries = list(call.asked.every("queries"))
    if len(queries) > MOST_QUERIES:
        raise Fault("LIMIT_EXCEEDED", f"No more than {MOST_QUERIES} queries in one call")
    found = []
    for query in queries:
        type_name, folder = _type(query.value("type")), query.value("folder")
        if type_name in FOLDERS and not folder:
            raise Fault("MISSING_ARGUMENT", f"Missing folder for {type_name}")
        stored = keepers.every(call.store, type_name)
        if type_name in FOLDERS:
            stored = [each for each in stored if each.full_name.startswith(f"{folder}/")]
        found += [properties(call.store, each) for each in stored]
    return found


def describe(call: SoapCall) -> Json:
    """describeMetadata(asOfVersion): the types that are simulated."""
    sandbox = any(row["IsSandbox"] for row in call.store.all("Organization"))
    return {
        "metadataObjects": [
            {
                "childXmlNames": [child.name for child in CHILDREN] if each is OBJECT else [],
                "directoryName": each.folder,
                "inFolder": each.in_folder,
                "metaFile": each.meta_file,
                "suffix": each.suffix,
                "xmlName": each.name,
            }
            for each in FILES
        ],
        "organizationNamespace": "",
        "partialSaveAllowed": sandbox,
        "testRequired": not sandbox,
    }


def _each(call: SoapCall, one: Callable[[Component], Json]) -> list[Json]:
    nodes = _few(list(call.asked.every("metadata")))
    types = {node.declared_type for node in nodes}
    if len(types) > 1:
        raise Fault("INVALID_TYPE", "All components of one call must be of the same type")
    for type_name in types:
        _type(type_name)
    components = [_component(call, node) for node in nodes]
    return _verdicts(call, [(each.full_name, partial(one, each)) for each in components])


def _component(call: SoapCall, node: Node) -> Component:
    return Component(node.declared_type, node.value("fullName"), node, call.version)


def _verdicts(call: SoapCall, work: list[tuple[str, Work]]) -> list[Json]:
    """One result for each, in order; with AllOrNoneHeader nothing is kept unless all went well."""
    with trial(call.store.db) as tried:
        results = [_verdict(call, name, one) for name, one in work]
        if call.all_or_none and not all(each["success"] for each in results):
            tried.undo()
    if not tried.undone:
        return results
    return [_failed(str(r["fullName"]), ROLLED_BACK) if r["success"] else r for r in results]


def _verdict(call: SoapCall, name: str, one: Work) -> Json:
    try:
        if not name:
            raise MetadataProblem("REQUIRED_FIELD_MISSING", "Required field is missing: fullName")
        return {**attempt(call.store, one), "fullName": name, "success": True}
    except MetadataProblem as problem:
        return _failed(name, problem)


def _failed(name: str, problem: MetadataProblem) -> Json:
    errors = [{"message": problem.text, "statusCode": problem.code}]
    return {"errors": errors, "fullName": name, "success": False}


def _taken(component: Component) -> MetadataProblem:
    type_name, _, name = component.full_name.partition(".")
    text = f"This name is already in use: {component.full_name}"
    if component.type == "CustomField":
        text = f"There is already a field named {name.removesuffix('__c')} on {type_name}."
    return MetadataProblem("DUPLICATE_DEVELOPER_NAME", text)


def _absent(type_name: str, full_name: str) -> MetadataProblem:
    return not_found("fullName", type_name, full_name)


def _type(name: str) -> str:
    if name not in TYPES and name not in FOLDER_TYPES:
        raise Fault("INVALID_TYPE", f"Unknown type:{name}")
    return name


def _few(listed: list[Item]) -> list[Item]:
    if len(listed) > MOST:
        raise Fault("LIMIT_EXCEEDED", f"No more than {MOST} components in one call")
    return listed
