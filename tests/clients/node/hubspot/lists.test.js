// HubSpot's client and many records at a time: lists and their members, exports, imports, opting out.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "node:test";

import { startCrms } from "../crms.js";
import { connect, plain, refusal } from "./client.js";

const crms = await startCrms();
const client = connect(crms);
const { contacts, exports: exporting, imports, lists } = client.crm;
const { listsApi, membershipsApi } = lists;
const { definitionApi, statusApi } = client.communicationPreferences;

async function people(prefix, number, more = {}) {
  const inputs = Array.from({ length: number }, (_, place) => ({
    properties: { email: `${prefix}${place}@fjord.dk`, ...more },
    associations: [],
  }));
  const { results } = await contacts.batchApi.create({ inputs });
  return results.map((record) => record.id).sort();
}

const makeList = async (name, processingType = "MANUAL") =>
  (await listsApi.create({ name, objectTypeId: "0-1", processingType })).list.listId;

async function members(listId, limit = 100) {
  const found = [];
  let after;
  do {
    const page = await membershipsApi.getPage(listId, after, undefined, limit);
    found.push(...page.results.map((each) => each.recordId));
    after = page.paging?.next?.after;
  } while (after);
  return found;
}

test("a list by hand: members in, out, page by page", async () => {
  const [first, second, ...others] = await people("list", 12);
  const listId = await makeList("By hand");
  const added = await membershipsApi.add(listId, [first, second, ...others]);
  assert.equal(added.recordsIdsAdded.length, 12);
  assert.deepEqual((await members(listId, 5)).sort(), [first, second, ...others]);

  await membershipsApi.remove(listId, [first]);
  await membershipsApi.addAndRemove(listId, { recordIdsToAdd: [first], recordIdsToRemove: [second] });
  const inside = await members(listId);
  assert.deepEqual([inside.includes(first), inside.includes(second)], [true, false]);
  const listsOfFirst = await membershipsApi.getLists("0-1", first);
  assert.deepEqual(
    listsOfFirst.results.map((each) => each.listId),
    [listId],
  );
  await membershipsApi.removeAll(listId);
  assert.deepEqual(await members(listId), []);
});

test("all members of one list into another", async () => {
  const inside = await people("from", 3);
  const [from, into] = [await makeList("From"), await makeList("Into")];
  await membershipsApi.add(from, inside);
  await membershipsApi.addAllFromList(into, from);

  assert.deepEqual((await members(into)).sort(), inside);
});

test("lists: found, renamed, deleted, restored", async () => {
  const listId = await makeList("Soon renamed");
  await listsApi.updateName(listId, "Renamed");
  const byName = await listsApi.getByName("Renamed", "0-1");
  const query = {
    query: "renam",
    offset: 0,
    count: 10,
    listIds: [],
    processingTypes: [],
    additionalProperties: [],
  };
  const found = await listsApi.doSearch(query);

  assert.equal(byName.list.listId, listId);
  assert.deepEqual(
    found.lists.map((each) => each.name),
    ["Renamed"],
  );
  await listsApi.remove(listId);
  await assert.rejects(membershipsApi.getPage(listId), refusal(404));
  await listsApi.restore(listId);
  assert.equal((await listsApi.getById(listId)).list.name, "Renamed");
  await assert.rejects(makeList("Renamed"), refusal(400));
});

test("a list by filters fills itself, and takes nobody by hand", async () => {
  const inGent = await people("gent", 3, { city: "Gent" });
  const isGent = {
    filterType: "PROPERTY",
    property: "city",
    operation: { operationType: "STRING", operator: "IS_EQUAL_TO", value: "Gent" },
  };
  const filterBranch = {
    filterBranchType: "OR",
    filterBranchOperator: "OR",
    filters: [],
    filterBranches: [
      { filterBranchType: "AND", filterBranchOperator: "AND", filterBranches: [], filters: [isGent] },
    ],
  };
  const wanted = { name: "Gent", objectTypeId: "0-1", processingType: "DYNAMIC", filterBranch };
  const { listId } = (await listsApi.create(wanted)).list;

  assert.deepEqual((await members(listId)).sort(), inGent);
  await contacts.basicApi.update(inGent[0], { properties: { city: "Aarhus" } });
  assert.deepEqual((await members(listId)).sort(), inGent.slice(1));
  await assert.rejects(membershipsApi.add(listId, [inGent[0]]), refusal(400));
});

test("an export of a list, fetched as CSV", async () => {
  const inside = await people("export", 4);
  const listId = await makeList("To export");
  await membershipsApi.add(listId, inside);
  const body = {
    exportType: "LIST",
    listId,
    exportName: "members",
    format: "CSV",
    language: "EN",
    objectType: "CONTACT",
    objectProperties: ["email"],
    exportInternalValuesOptions: ["NAMES"],
  };
  const started = await plain(crms, client, { method: "POST", path: "/crm/v3/exports/export/async", body });
  const { id } = await started.json();
  const early = await exporting.publicExportsApi.getStatus(id);
  await crms.later(60);
  const done = await exporting.publicExportsApi.getStatus(id);
  const csv = await crms.withFaults([], async () => (await fetch(done.result)).text());

  assert.notEqual(early.status, "COMPLETE");
  assert.equal(done.status, "COMPLETE");
  assert.equal(csv.trim().split("\n").length, 5);
  assert.match(csv, /export3@fjord\.dk/);
});

test("an import of a file", async () => {
  const [existing] = await people("import", 1);
  const column = (columnName, propertyName) => ({ columnObjectTypeId: "0-1", columnName, propertyName });
  const columnMappings = [
    { ...column("Email", "email"), columnType: "HUBSPOT_ALTERNATE_ID" },
    column("First name", "firstname"),
  ];
  const request = {
    name: "Fair",
    importOperations: { "0-1": "UPSERT" },
    files: [{ fileName: "fair.csv", fileFormat: "CSV", fileImportPage: { hasHeader: true, columnMappings } }],
  };
  const csv = "Email,First name\nimport0@fjord.dk,Bo\nnew@fjord.dk,Ada\nno address,Cai\n";
  const file = { name: "fair.csv", data: Buffer.from(csv) };
  const { id } = await imports.coreApi.create(file, JSON.stringify(request));
  await crms.later(600);
  const done = await imports.coreApi.getById(id);
  const failed = await imports.publicImportsApi.getErrors(id);

  assert.equal(done.state, "DONE");
  assert.equal((await contacts.basicApi.getById(existing, ["firstname"])).properties.firstname, "Bo");
  assert.equal(failed.results.length, 1);
  const all = await imports.coreApi.getPage();
  assert.ok(all.results.some((each) => each.id === id));
});

test("opting out: from one subscription, and back", async () => {
  const [id] = await people("optout", 1);
  const { subscriptionDefinitions } = await definitionApi.getPage();
  const { id: subscriptionId } = subscriptionDefinitions.find((each) => !each.isInternal);
  const emailAddress = "optout0@fjord.dk";
  const legalBasis = { legalBasis: "LEGITIMATE_INTEREST_CLIENT", legalBasisExplanation: "asked us to" };
  const status = async () => {
    const { subscriptionStatuses } = await statusApi.getEmailStatus(emailAddress);
    return subscriptionStatuses.find((each) => each.id === subscriptionId).status;
  };

  await statusApi.unsubscribe({ emailAddress, subscriptionId, ...legalBasis });
  assert.equal(await status(), "NOT_SUBSCRIBED");
  await statusApi.subscribe({ emailAddress, subscriptionId, ...legalBasis });
  assert.equal(await status(), "SUBSCRIBED");

  const path = `/communication-preferences/v4/statuses/${emailAddress}/unsubscribe-all`;
  await plain(crms, client, { method: "POST", path, qs: { channel: "EMAIL" } });
  const { properties } = await contacts.basicApi.getById(id, ["hs_email_optout"]);
  assert.equal(properties.hs_email_optout, "true");
});
