// HubSpot's client and how an account is set up: properties, pipelines, owners, what it may ask in a day.

import assert from "node:assert/strict";
import test from "node:test";

import { startCrms } from "../crms.js";
import { connect, plain, refusal } from "./client.js";

const crms = await startCrms({ contacts: 20 });
const client = connect(crms);
const { contacts, owners, pipelines, properties } = client.crm;
const { batchApi, coreApi, groupsApi } = properties;

const text = (name, more = {}) => ({
  name,
  label: name,
  groupName: "contactinformation",
  type: "string",
  fieldType: "text",
  ...more,
});
const names = (answer) => answer.results.map((each) => each.name);
const json = async (path) => (await plain(crms, client, { path })).json();

test("the properties that are there", async () => {
  const all = await coreApi.getAll("contacts");
  const email = await coreApi.getByName("contacts", "email");
  const stage = await coreApi.getByName("contacts", "lifecyclestage");

  assert.ok(names(all).includes("hs_object_id"));
  assert.deepEqual([email.type, email.fieldType, email.hubspotDefined], ["string", "text", true]);
  assert.deepEqual(
    stage.options.slice(0, 2).map((option) => option.value),
    ["subscriber", "lead"],
  );
  assert.equal(
    all.results.find((each) => each.name === "hs_object_id").modificationMetadata.readOnlyValue,
    true,
  );
  await assert.rejects(coreApi.getByName("contacts", "nope"), refusal(404));
});

test("a property of our own: made, used, changed, archived", async () => {
  const options = ["low", "high"].map((value, displayOrder) => ({
    label: value,
    value,
    displayOrder,
    hidden: false,
  }));
  await coreApi.create("contacts", text("fit", { type: "enumeration", fieldType: "select", options }));
  const { id } = await contacts.basicApi.create({ properties: { email: "ann@fjord.dk", fit: "high" } });
  const more = [...options, { label: "perfect", value: "perfect", displayOrder: 2, hidden: false }];
  const changed = await coreApi.update("contacts", "fit", { label: "Fit", options: more });
  await contacts.basicApi.update(id, { properties: { fit: "perfect" } });

  assert.deepEqual([changed.label, changed.options.length], ["Fit", 3]);
  assert.equal((await contacts.basicApi.getById(id, ["fit"])).properties.fit, "perfect");
  await assert.rejects(coreApi.create("contacts", text("fit")), refusal(409));
  await coreApi.archive("contacts", "fit");
  await assert.rejects(coreApi.getByName("contacts", "fit"), refusal(404));
});

test("properties in batches, in a group of their own", async () => {
  await groupsApi.create("contacts", { name: "ours", label: "Ours", displayOrder: -1 });
  const inputs = [text("one", { groupName: "ours" }), text("two", { groupName: "ours" })];
  const made = await batchApi.create("contacts", { inputs });
  const read = await batchApi.read("contacts", {
    archived: false,
    inputs: [{ name: "one" }, { name: "two" }],
  });
  await groupsApi.update("contacts", "ours", { label: "Still ours" });

  assert.deepEqual(names(made).sort(), ["one", "two"]);
  assert.deepEqual(names(read).sort(), ["one", "two"]);
  assert.equal((await groupsApi.getByName("contacts", "ours")).label, "Still ours");
  assert.ok(names(await groupsApi.getAll("contacts")).includes("ours"));
  await batchApi.archive("contacts", { inputs: [{ name: "one" }, { name: "two" }] });
  await groupsApi.archive("contacts", "ours");
  await assert.rejects(groupsApi.getByName("contacts", "ours"), refusal(404));
});

test("properties that cannot be", async () => {
  const refused = (property) => assert.rejects(coreApi.create("contacts", property), refusal(400));

  await refused(text("Upper Case"));
  await refused(text("numeric", { type: "number", fieldType: "select" }));
  await refused(text("homeless", { groupName: "no_such_group" }));
});

test("a pipeline with its stages", async () => {
  const stage = (label, displayOrder, probability) => ({ label, displayOrder, metadata: { probability } });
  const stages = [stage("Talking", 0, "0.3"), stage("Won", 1, "1.0")];
  const made = await pipelines.pipelinesApi.create("deals", { label: "Renewals", displayOrder: 1, stages });
  const lost = await pipelines.pipelineStagesApi.create("deals", made.id, stage("Lost", 2, "0.0"));
  await pipelines.pipelineStagesApi.update("deals", made.id, lost.id, {
    label: "Gone",
    metadata: { probability: "0.0" },
  });
  const read = await pipelines.pipelinesApi.getById("deals", made.id);
  const closed = Object.fromEntries(read.stages.map((each) => [each.label, each.metadata.isClosed]));

  assert.deepEqual(closed, { Talking: "false", Won: "true", Gone: "true" });
  await pipelines.pipelineStagesApi.archive("deals", made.id, lost.id);
  await pipelines.pipelinesApi.archive("deals", made.id);
  const left = await pipelines.pipelinesApi.getAll("deals");
  assert.deepEqual(
    left.results.map((each) => each.id),
    ["default"],
  );
});

test("owners, page by page, and those who have left", async () => {
  const found = [];
  let after;
  do {
    const page = await owners.ownersApi.getPage(undefined, after, 2);
    found.push(...page.results);
    after = page.paging?.next?.after;
  } while (after);
  const byEmail = await owners.ownersApi.getPage(found[0].email);
  const gone = await owners.ownersApi.getPage(undefined, undefined, 100, true);
  const one = await owners.ownersApi.getById(found[0].id);

  assert.equal(new Set(found.map((owner) => owner.id)).size, found.length);
  assert.deepEqual(
    byEmail.results.map((owner) => owner.id),
    [found[0].id],
  );
  assert.equal(one.email, found[0].email);
  assert.ok(
    gone.results.length > 0 && gone.results.every((owner) => owner.archived && owner.userId === null),
  );
});

test("the account, and what is left of its day, by plain requests", async () => {
  const details = await json("/account-info/v3/details");
  const usage = await json("/account-info/v3/api-usage/daily/private-apps");

  assert.deepEqual([details.timeZone, details.companyCurrency], ["Europe/Amsterdam", "EUR"]);
  assert.equal(usage.results[0].name, "private-apps-api-calls-daily");
});

test("plain requests: with a body, with a query, with a date-based path", async () => {
  const made = await plain(crms, client, {
    method: "POST",
    path: "/crm/objects/2026-03/contacts",
    body: { properties: { email: "plain@fjord.dk" } },
  });
  const { id } = await made.json();
  const qs = { properties: "email", archived: false };
  const read = await plain(crms, client, { path: `/crm/objects/2026-09/contacts/${id}`, qs });
  const missing = await plain(crms, client, { path: "/crm/v3/objects/contacts/999" });

  assert.equal(made.status, 201);
  assert.equal((await read.json()).properties.email, "plain@fjord.dk");
  assert.deepEqual([missing.status, (await missing.json()).category], [404, "OBJECT_NOT_FOUND"]);
});
