// jsforce and the Metadata API: fields and permission sets, made one by one or deployed as an archive.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { startCrms } from "../crms.js";
import { zip } from "../zip.js";
import { connect, renew } from "./client.js";

const NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"';
const crms = await startCrms();
let conn;

before(async () => {
  conn = await connect(crms, { refreshFn: renew });
  conn.metadata.pollInterval = 10;
});

const labelOf = async (type, name) =>
  (await conn.describe(type)).fields.find((field) => field.name === name)?.label ?? null;

/** An archive with one text field and a permission set that opens it to those who have it. */
function archive(name, type = "Text") {
  const members = (kind, member) => `<types><members>${member}</members><name>${kind}</name></types>`;
  const types = members("CustomField", `Contact.${name}`) + members("PermissionSet", "Readers");
  const shape = `<fullName>${name}</fullName><label>${name}</label><length>40</length><type>${type}</type>`;
  const opened = `<editable>true</editable><field>Contact.${name}</field><readable>true</readable>`;
  return zip({
    "package.xml": `<Package ${NAMESPACE}>${types}<version>64.0</version></Package>`,
    "objects/Contact.object": `<CustomObject ${NAMESPACE}><fields>${shape}</fields></CustomObject>`,
    "permissionsets/Readers.permissionset": `<PermissionSet ${NAMESPACE}>
      <fieldPermissions>${opened}</fieldPermissions><label>Readers</label></PermissionSet>`,
  });
}

async function join(permissionSet) {
  const { Id } = await conn.sobject("PermissionSet").findOne({ Name: permissionSet }, "Id");
  await conn.create("PermissionSetAssignment", { PermissionSetId: Id, AssigneeId: conn.userInfo.id });
}

test("what kinds of metadata there are", async () => {
  const { metadataObjects, organizationNamespace } = await conn.metadata.describe();
  const kinds = metadataObjects.map((kind) => kind.xmlName);

  assert.ok(["CustomObject", "PermissionSet", "Report", "Layout"].every((kind) => kinds.includes(kind)));
  assert.equal(organizationNamespace, "");
});

test("a field: made, opened by a permission set, renamed, deleted", async () => {
  const values = ["high", "low"].map((fullName) => ({ fullName, label: fullName, default: false }));
  const valueSet = { restricted: true, valueSetDefinition: { sorted: false, value: values } };
  const field = { fullName: "Lead.Fit__c", label: "Fit", type: "Picklist", valueSet };
  assert.deepEqual(await conn.metadata.create("CustomField", field), {
    fullName: "Lead.Fit__c",
    success: true,
    errors: [],
  });
  assert.equal(await labelOf("Lead", "Fit__c"), null);

  const fieldPermissions = [{ field: "Lead.Fit__c", readable: true, editable: true }];
  await conn.metadata.create("PermissionSet", { fullName: "Fit", label: "Fit", fieldPermissions });
  await join("Fit");
  assert.equal(await labelOf("Lead", "Fit__c"), "Fit");
  await conn.create("Lead", { LastName: "Ada", Company: "X", Fit__c: "high" });
  const wrong = { LastName: "Bo", Company: "X", Fit__c: "middling" };
  await assert.rejects(conn.create("Lead", wrong), { name: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" });

  const upserted = await conn.metadata.upsert("CustomField", { ...field, label: "How fit" });
  assert.deepEqual([upserted.success, upserted.created], [true, false]);
  const read = await conn.metadata.read("CustomField", "Lead.Fit__c");
  assert.deepEqual([read.label, read.valueSet.valueSetDefinition.value.length], ["How fit", 2]);
  await conn.metadata.rename("CustomField", "Lead.Fit__c", "Lead.Fitness__c");
  assert.equal(await labelOf("Lead", "Fitness__c"), "How fit");
  await conn.metadata.delete("CustomField", "Lead.Fitness__c");
  assert.equal(await labelOf("Lead", "Fitness__c"), null);
});

test("of several the good ones are made, and each bad one says why", async () => {
  const text = (fullName, more = {}) => ({ fullName, label: "Text", type: "Text", length: 20, ...more });
  const wanted = [text("Lead.One__c"), text("Lead.One__c"), text("Lead.Long__c", { length: 999 })];
  const results = await conn.metadata.create("CustomField", wanted);
  const listed = await conn.metadata.list([{ type: "CustomField" }]);

  assert.deepEqual(
    results.map((result) => result.success),
    [true, false, false],
  );
  assert.equal(results[1].errors[0].statusCode, "DUPLICATE_DEVELOPER_NAME");
  assert.ok(results[2].errors[0].message.length > 0);
  assert.ok(listed.some((file) => file.fullName === "Lead.One__c"));
  assert.equal(
    listed.some((file) => file.fullName === "Lead.Long__c"),
    false,
  );
});

test("an archive is deployed: field and permission set at once", async () => {
  const options = { rollbackOnError: true, singlePackage: true };
  const result = await conn.metadata.deploy(archive("Deployed__c"), options).complete(true);
  await join("Readers");

  assert.deepEqual([result.status, result.success, result.numberComponentErrors], ["Succeeded", true, 0]);
  const made = result.details.componentSuccesses.filter((part) => part.created);
  assert.deepEqual(made.map((part) => part.fullName).sort(), ["Contact.Deployed__c", "Readers"]);
  assert.equal(await labelOf("Contact", "Deployed__c"), "Deployed__c");
});

test("the same by REST, first as a check that changes nothing", async () => {
  const options = { rollbackOnError: true, singlePackage: true };
  const deployRest = (more) => conn.metadata.deployRest(archive("Rest__c"), { ...options, ...more });
  const check = await deployRest({ checkOnly: true }).complete(true);
  assert.deepEqual([check.success, check.checkOnly], [true, true]);
  assert.equal((await conn.metadata.read("CustomField", "Contact.Rest__c")).fullName, undefined);

  const { id } = await deployRest();
  await conn.metadata.checkDeployStatus(id, true, true);
  await conn.metadata.checkDeployStatus(id, true, true);
  const status = await conn.metadata.checkDeployStatus(id, true, true);
  assert.deepEqual([status.done, status.success], [true, true]);
  assert.equal((await conn.metadata.read("CustomField", "Contact.Rest__c")).label, "Rest__c");
});

test("a deploy with a mistake leaves nothing behind, and says where it is", async () => {
  const options = { rollbackOnError: true, singlePackage: true };
  const result = await conn.metadata.deploy(archive("Wrong__c", "Nonsense"), options).complete(true);
  const [failure] = result.details.componentFailures;

  assert.deepEqual([result.done, result.success, result.status], [true, false, "Failed"]);
  assert.deepEqual([failure.fileName, failure.fullName], ["objects/Contact.object", "Contact.Wrong__c"]);
  assert.match(failure.problem, /Nonsense/);
  assert.equal((await conn.metadata.read("CustomField", "Contact.Wrong__c")).fullName, undefined);
});

test("what is no archive", async () => {
  const result = await conn.metadata.deploy(Buffer.from("no archive"), {}).complete(true);

  assert.deepEqual([result.done, result.success, result.status], [true, false, "Failed"]);
  assert.match(result.errorMessage, /zip/);
});

test("metadata comes back as an archive that can be deployed again", async () => {
  const types = [{ members: ["Contact.Deployed__c"], name: "CustomField" }];
  const request = { apiVersion: "64.0", singlePackage: true, unpackaged: { types, version: "64.0" } };
  const { zipFile, fileProperties } = await conn.metadata.retrieve(request).complete();
  await conn.metadata.delete("CustomField", "Contact.Deployed__c");
  const result = await conn.metadata.deploy(zipFile, { rollbackOnError: true }).complete(true);

  assert.deepEqual(
    fileProperties.map((file) => file.fullName),
    ["Contact.Deployed__c"],
  );
  assert.equal(result.success, true);
  assert.equal((await conn.metadata.read("CustomField", "Contact.Deployed__c")).label, "Deployed__c");
});

test("a session that has ended is renewed for SOAP calls too", async () => {
  conn.accessToken = "ended";
  const { result, routes } = await crms.counted("salesforce", () =>
    conn.metadata.list([{ type: "PermissionSet" }]),
  );

  assert.ok(result.some((file) => file.fullName === "Readers"));
  assert.equal(routes["POST /services/oauth2/token"], 1);
});
