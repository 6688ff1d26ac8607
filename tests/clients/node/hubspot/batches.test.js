// HubSpot's client and batches: 100 records a call, and how it shows that some of them failed.

import assert from "node:assert/strict";
import test from "node:test";

import { startCrms } from "../crms.js";
import { connect, refusal } from "./client.js";

const crms = await startCrms();
const { companies, contacts, properties } = connect(crms).crm;
const { batchApi, basicApi } = contacts;

const person = (name, more = {}) => ({
  properties: { email: `${name}@fjord.dk`, ...more },
  associations: [],
});
const traced = (input, objectWriteTraceId) => ({ ...input, objectWriteTraceId });
const people = (number, prefix) => Array.from({ length: number }, (_, place) => person(`${prefix}${place}`));
const byTrace = (results) => Object.fromEntries(results.map((each) => [each.objectWriteTraceId, each.id]));
const emails = (answer) => answer.results.map((each) => each.properties.email).sort();

async function made(...names) {
  const { results } = await batchApi.create({ inputs: names.map((name) => person(name)) });
  return names.map((name) => results.find((each) => each.properties.email === `${name}@fjord.dk`).id);
}

test("100 records are created, changed, read and archived in four calls", async () => {
  const { result, total } = await crms.counted("hubspot", async () => {
    const created = await batchApi.create({ inputs: people(100, "hundred") });
    const all = created.results.map(({ id }) => ({ id }));
    const changed = await batchApi.update({
      inputs: all.map(({ id }) => ({ id, properties: { city: "Gent" } })),
    });
    const read = await batchApi.read({ inputs: all, properties: ["city"], propertiesWithHistory: [] });
    await batchApi.archive({ inputs: all });
    return { created, changed, read };
  });

  assert.equal(total, 4);
  assert.equal(new Set(emails(result.created)).size, 100);
  assert.equal(result.changed.status, "COMPLETE");
  assert.ok(result.read.results.every((each) => each.properties.city === "Gent"));
  assert.equal(result.read.results.length, 100);
  assert.equal("errors" in result.read, false);
});

test("101 records are too many", async () => {
  const wrong = refusal(400, { category: "VALIDATION_ERROR" });
  const inputs = people(101, "many");

  await assert.rejects(batchApi.create({ inputs }), wrong);
  await assert.rejects(batchApi.create({ inputs: [] }), wrong);
  const reading = { inputs: inputs.slice(0, 51).map((_, id) => ({ id: String(id) })), properties: [] };
  await assert.rejects(batchApi.read({ ...reading, propertiesWithHistory: ["email"] }), wrong);
});

test("what is missing is told beside what was found", async () => {
  const [id] = await made("kim");
  const inputs = [{ id }, { id: "999" }, { id: "998" }];
  const answer = await batchApi.read({ inputs, properties: ["email"], propertiesWithHistory: [] });

  assert.deepEqual(emails(answer), ["kim@fjord.dk"]);
  assert.equal(answer.numErrors, 1);
  assert.equal(answer.errors[0].category, "OBJECT_NOT_FOUND");
  assert.deepEqual(answer.errors[0].context.ids, ["999", "998"]);
});

test("reading by email, secondary ones included", async () => {
  const [first, second] = await made("lea", "lea2");
  const merged = await basicApi.merge({ primaryObjectId: first, objectIdToMerge: second });
  const inputs = [{ id: "lea2@fjord.dk" }];
  const answer = await batchApi.read({
    inputs,
    idProperty: "email",
    properties: ["email"],
    propertiesWithHistory: [],
  });

  assert.deepEqual(
    answer.results.map((each) => each.id),
    [merged.id],
  );
});

test("with trace ids the good rows are created, and the bad ones named by theirs", async () => {
  const inputs = [
    traced(person("mia"), "row 1"),
    traced(person("no address @"), "row 2"),
    traced(person("mia"), "row 3"),
  ];
  const answer = await batchApi.create({ inputs });
  const failed = answer.errors.flatMap((error) => error.context.objectWriteTraceId).sort();

  assert.deepEqual(Object.keys(byTrace(answer.results)), ["row 1"]);
  assert.deepEqual(failed, ["row 2", "row 3"]);
  assert.equal(answer.numErrors, 2);
  assert.ok(answer.errors.every((error) => error.status === "error" && error.message.length > 0));
});

test("without trace ids one bad row fails them all", async () => {
  const [taken] = await made("nis");
  const body = { category: "CONFLICT", message: `Contact already exists. Existing ID: ${taken}` };

  await assert.rejects(batchApi.create({ inputs: [person("ole"), person("nis")] }), refusal(409, body));
  const reading = {
    inputs: [{ id: "ole@fjord.dk" }],
    idProperty: "email",
    properties: [],
    propertiesWithHistory: [],
  };
  assert.equal((await batchApi.read(reading)).results.length, 0);
});

test("upsert by email: new or not", async () => {
  await made("per");
  const input = (id) => ({ id: `${id}@fjord.dk`, idProperty: "email", properties: { city: "Gent" } });
  const { results } = await batchApi.upsert({ inputs: [input("per"), input("pia")] });
  const isNew = Object.fromEntries(
    results.map((each) => [each.properties.email ?? "per@fjord.dk", each._new]),
  );

  assert.deepEqual(isNew, { "per@fjord.dk": false, "pia@fjord.dk": true });
});

test("upsert of companies by a unique property of our own: failures row by row", async () => {
  await properties.coreApi.create("companies", {
    name: "crm_key",
    label: "CRM key",
    groupName: "companyinformation",
    type: "string",
    fieldType: "text",
    hasUniqueValue: true,
  });
  const input = (id, more) => ({ id, idProperty: "crm_key", properties: { name: `Firm ${id}`, ...more } });
  const first = await companies.batchApi.upsert({ inputs: [input("1"), input("2")] });
  const inputs = [traced(input("2"), "two"), traced(input("3", { no_such: "x" }), "three")];
  const second = await companies.batchApi.upsert({ inputs });

  assert.ok(first.results.every((each) => each._new));
  assert.deepEqual(
    second.results.map((each) => each._new),
    [false],
  );
  assert.deepEqual(second.errors[0].context.objectWriteTraceId, ["three"]);
  await assert.rejects(
    companies.batchApi.upsert({ inputs: [{ ...input("x"), idProperty: "domain" }] }),
    refusal(400),
  );
});

test("changes of records that are not there", async () => {
  const [id] = await made("ren");
  const changes = [id, "999"].map((each) => ({ id: each, properties: { city: "Gent" } }));
  const answer = await batchApi.update({ inputs: changes });

  assert.deepEqual(
    answer.results.map((each) => each.id),
    [id],
  );
  assert.deepEqual(answer.errors[0].context.ids, ["999"]);
  await batchApi.archive({ inputs: [{ id: "999" }] });
});

test("a wrong value fails the whole of an update, with the details inside the message", async () => {
  const [id] = await made("sif");
  const update = batchApi.update({ inputs: [{ id, properties: { lifecyclestage: "no such stage" } }] });

  await assert.rejects(update, (error) => {
    const details = JSON.parse(error.body.message.replace(/^[^[]*/, ""));
    assert.equal(error.code, 400);
    assert.deepEqual([details[0].error, details[0].name], ["INVALID_OPTION", "lifecyclestage"]);
    assert.equal(error.headers["x-hubspot-correlation-id"], error.body.correlationId);
    return true;
  });
});
