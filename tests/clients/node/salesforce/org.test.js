// jsforce and what an org tells of itself: describes, identity, limits, changes; several requests in one.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { startCrms } from "../crms.js";
import { addKeyField, connect } from "./client.js";

const DATA = "/services/data/v64.0";
const crms = await startCrms({ contacts: 60 });
let conn;

before(async () => {
  conn = await connect(crms);
});

const lead = (name) => ({ LastName: name, Company: "Fjord A/S" });
const composite = (allOrNone, compositeRequest) =>
  conn.requestPost("/composite", { allOrNone, compositeRequest });
const post = (type, referenceId, body) => ({
  method: "POST",
  url: `${DATA}/sobjects/${type}`,
  referenceId,
  body,
});
const statuses = (answer) => answer.compositeResponse.map((part) => part.httpStatusCode);

test("the describe of a type: fields, picklists, references, children", async () => {
  const described = await conn.describe("Opportunity");
  const field = (name) => described.fields.find((each) => each.name === name);

  assert.deepEqual([described.name, described.keyPrefix, described.createable], ["Opportunity", "006", true]);
  assert.deepEqual(
    [field("Name").nillable, field("Name").length, field("Name").type],
    [false, 120, "string"],
  );
  assert.deepEqual(
    [field("AccountId").referenceTo, field("AccountId").relationshipName],
    [["Account"], "Account"],
  );
  assert.ok(
    field("StageName").picklistValues.some((choice) => choice.value === "Closed Won" && choice.active),
  );
  assert.equal(field("IsWon").updateable, false);
  assert.ok(described.childRelationships.some((child) => child.childSObject === "OpportunityContactRole"));
  await assert.rejects(conn.describe("Nope"), { name: "NOT_FOUND" });
});

test("the client's cache asks once", async () => {
  const { routes } = await crms.counted("salesforce", async () => {
    await conn.describe$("Contact");
    await conn.sobject("Contact").describe$();
  });

  assert.equal(routes["GET /services/data/{version}/sobjects/{type}/describe"], 1);
});

test("the describe of the org lists the types with their prefixes", async () => {
  const { sobjects, maxBatchSize } = await conn.describeGlobal();
  const prefixes = Object.fromEntries(sobjects.map((type) => [type.name, type.keyPrefix]));

  assert.equal(maxBatchSize, 200);
  assert.deepEqual([prefixes.Lead, prefixes.Contact, prefixes.Account], ["00Q", "003", "001"]);
});

test("who is logged in", async () => {
  const identity = await conn.identity();
  const user = await conn.retrieve("User", identity.user_id, { fields: ["Username", "IsActive"] });

  assert.equal(identity.organization_id, conn.userInfo.organizationId);
  assert.deepEqual([user.Username, user.IsActive], [identity.username, true]);
});

test("what is left of the day's requests, asked for and on every answer", async () => {
  const limits = await conn.limits();
  const { used, limit } = conn.limitInfo.apiUsage;
  await conn.query("SELECT Id FROM Organization");

  assert.equal(limits.DailyApiRequests.Max, limit);
  assert.equal(conn.limitInfo.apiUsage.used, used + 1);
});

test("what was changed and deleted in the last hour", async () => {
  const [kept, gone] = await conn.create("Lead", [lead("Kept"), lead("Gone")]);
  await conn.destroy("Lead", gone.id);
  await crms.later(120);
  const now = new Date((await crms.control("salesforce", "GET", "clock")).now);
  const hourAgo = new Date(now - 3_600_000);
  const updated = await conn.sobject("Lead").updated(hourAgo, now);
  const deleted = await conn.sobject("Lead").deleted(hourAgo.toISOString(), now.toISOString());

  assert.ok(updated.ids.includes(kept.id));
  assert.ok(new Date(updated.latestDateCovered) <= now);
  assert.deepEqual(
    deleted.deletedRecords.map((row) => row.id),
    [gone.id],
  );
  await assert.rejects(conn.updated("Lead", new Date(now - 31 * 86_400_000), now), {
    errorCode: "INVALID_REPLICATION_DATE",
  });
});

test("several requests in one, the later using what the earlier made", async () => {
  const answer = await composite(true, [
    post("Account", "firm", { Name: "Fjord A/S" }),
    post("Contact", "person", { LastName: "Holm", AccountId: "@{firm.id}" }),
    { method: "GET", url: `${DATA}/sobjects/Contact/@{person.id}?fields=AccountId`, referenceId: "read" },
  ]);
  const [firm, , read] = answer.compositeResponse.map((part) => part.body);

  assert.deepEqual(statuses(answer), [201, 201, 200]);
  assert.equal(read.AccountId, firm.id);
});

test("all or none over several requests", async () => {
  const answer = await composite(true, [
    post("Account", "firm", { Name: "Undone" }),
    post("Lead", "bad", {}),
  ]);
  const codes = answer.compositeResponse.map((part) => part.body[0].errorCode);

  assert.deepEqual(statuses(answer), [400, 400]);
  assert.deepEqual(codes, ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]);
  assert.equal(await conn.sobject("Account").count({ Name: "Undone" }), 0);
});

test("a batch of requests that know nothing of each other", async () => {
  const batchRequests = [
    { method: "GET", url: "v64.0/query?q=SELECT+COUNT()+FROM+Contact" },
    { method: "GET", url: "v64.0/sobjects/Contact/nonsense" },
  ];
  const { hasErrors, results } = await conn.requestPost("/composite/batch", { batchRequests });

  assert.equal(hasErrors, true);
  assert.deepEqual(
    results.map((part) => part.statusCode),
    [200, 404],
  );
  assert.equal(results[0].result.totalSize, await conn.sobject("Contact").count({}));
});

test("a new field is there for nobody until it is granted", async () => {
  const made = await conn.tooling.create("CustomField", {
    FullName: "Contact.Hidden__c",
    Metadata: { type: "Text", label: "Hidden", length: 20 },
  });
  await assert.rejects(conn.query("SELECT Hidden__c FROM Contact"), { errorCode: "INVALID_FIELD" });
  await addKeyField(conn, "Contact.Key__c");
  const { records } = await conn.tooling.query(
    "SELECT Id, DeveloperName, TableEnumOrId FROM CustomField ORDER BY DeveloperName",
  );
  const described = await conn.describe("Contact");

  assert.ok(made.id.startsWith("00N"));
  assert.deepEqual(
    records.map((field) => field.DeveloperName),
    ["Hidden", "Key"],
  );
  assert.deepEqual(
    described.fields.filter((field) => field.custom).map((field) => field.name),
    ["Key__c"],
  );
});

test("what the Tooling API knows", async () => {
  const { sobjects } = await conn.tooling.describeGlobal();
  const { fields } = await conn.tooling.describe("CustomField");

  assert.ok(sobjects.some((type) => type.name === "CustomField"));
  assert.ok(fields.some((field) => field.name === "DeveloperName"));
});

test("a field is read, changed and removed through the Tooling API", async () => {
  await addKeyField(conn, "Account.Key__c");
  const [field] = await conn.tooling
    .sobject("CustomField")
    .find({ TableEnumOrId: "Account" }, "Id, DeveloperName");
  const { Metadata } = await conn.tooling.retrieve("CustomField", field.Id);
  await conn.tooling.update("CustomField", { Id: field.Id, Metadata: { ...Metadata, label: "Our key" } });
  const described = await conn.describe("Account");
  await conn.tooling.destroy("CustomField", field.Id);

  assert.equal(described.fields.find((each) => each.name === "Key__c").label, "Our key");
  await assert.rejects(conn.query("SELECT Key__c FROM Account"), { errorCode: "INVALID_FIELD" });
  const nameless = { FullName: "Lead", Metadata: {} };
  await assert.rejects(conn.tooling.create("CustomField", nameless), (error) => error.errorCode.length > 0);
});
