// HubSpot's client and associations (v4): one by one, in batches, with labels, page by page.

import assert from "node:assert/strict";
import test from "node:test";

import { startCrms } from "../crms.js";
import { connect, refusal } from "./client.js";

const crms = await startCrms();
const { associations, companies, contacts } = connect(crms).crm;
const { basicApi, batchApi, schema } = associations.v4;

const HUBSPOT = "HUBSPOT_DEFINED";
const company = async (name) => (await companies.basicApi.create({ properties: { name } })).id;
const contact = async (name) =>
  (await contacts.basicApi.create({ properties: { email: `${name}@fjord.dk` } })).id;
const typeIds = (result) => result.associationTypes.map((type) => type.typeId).sort((a, b) => a - b);
const companiesOf = async (person) => (await basicApi.getPage("contacts", person, "companies")).results;

test("the first company becomes the primary one, seen from both sides", async () => {
  const [person, first, second] = [await contact("ann"), await company("First"), await company("Second")];
  await basicApi.createDefault("contacts", person, "companies", first);
  await basicApi.createDefault("contact", person, "company", second);
  const found = await companiesOf(person);
  const back = await basicApi.getPage("companies", first, "contacts");

  const types = Object.fromEntries(found.map((each) => [each.toObjectId, typeIds(each)]));
  assert.deepEqual(types, { [first]: [1, 279], [second]: [279] });
  assert.deepEqual(typeIds(back.results[0]), [2, 280]);
});

test("labels of our own: made, given, listed, taken back", async () => {
  const [person, firm] = [await contact("bob"), await company("Labels")];
  await schema.definitionsApi.create("contacts", "companies", { label: "Board member", name: "board" });
  const known = await schema.definitionsApi.getAll("contacts", "companies");
  const { typeId, category } = known.results.find((each) => each.label === "Board member");
  const label = { associationCategory: "USER_DEFINED", associationTypeId: typeId };
  await basicApi.create("contacts", person, "companies", firm, [label]);
  const [held] = await companiesOf(person);

  assert.equal(category, "USER_DEFINED");
  assert.ok(held.associationTypes.some((type) => type.label === "Board member"));
  const inputs = [{ _from: { id: person }, to: { id: firm }, types: [label] }];
  await batchApi.archiveLabels("contacts", "companies", { inputs });
  const [left] = await companiesOf(person);
  assert.equal(typeIds(left).includes(typeId), false);
  await schema.definitionsApi.remove("contacts", "companies", typeId);
  const after = await schema.definitionsApi.getAll("contacts", "companies");
  assert.equal(
    after.results.some((each) => each.typeId === typeId),
    false,
  );
});

test("in batches: many people of many companies", async () => {
  const people = await Promise.all(["c1", "c2", "c3"].map(contact));
  const firm = await company("Batch");
  const pairs = people.map((id) => ({ _from: { id }, to: { id: firm } }));
  await batchApi.createDefault("contacts", "companies", { inputs: pairs });
  const read = await batchApi.getPage("contacts", "companies", { inputs: people.map((id) => ({ id })) });
  const back = await batchApi.getPage("companies", "contacts", { inputs: [{ id: firm }] });

  assert.equal(read.results.length, 3);
  assert.ok(read.results.every((each) => String(each.to[0].toObjectId) === firm));
  assert.deepEqual(back.results[0].to.map((each) => String(each.toObjectId)).sort(), people.sort());
});

test("in batches with types, and away again", async () => {
  const [person, firm] = [await contact("dan"), await company("Typed")];
  const types = [{ associationCategory: HUBSPOT, associationTypeId: 279 }];
  const made = await batchApi.create("contacts", "companies", {
    inputs: [{ _from: { id: person }, to: { id: firm }, types }],
  });
  assert.equal(made.status, "COMPLETE");
  assert.equal((await companiesOf(person)).length, 1);

  await batchApi.archive("contacts", "companies", {
    inputs: [{ _from: { id: person }, to: [{ id: firm }] }],
  });
  assert.deepEqual(await companiesOf(person), []);
});

test("one away, the other stays", async () => {
  const [person, first, second] = [await contact("eva"), await company("Leaves"), await company("Stays")];
  await basicApi.createDefault("contacts", person, "companies", first);
  await basicApi.createDefault("contacts", person, "companies", second);
  await basicApi.archive("contacts", person, "companies", first);

  assert.deepEqual(
    (await companiesOf(person)).map((each) => String(each.toObjectId)),
    [second],
  );
});

test("page by page", async () => {
  const firm = await company("Large");
  const { results } = await contacts.batchApi.create({
    inputs: Array.from({ length: 30 }, (_, place) => ({
      properties: { email: `page${place}@fjord.dk` },
      associations: [{ to: { id: firm }, types: [{ associationCategory: HUBSPOT, associationTypeId: 279 }] }],
    })),
  });
  const found = [];
  let after;
  do {
    const page = await basicApi.getPage("companies", firm, "contacts", after, 8);
    found.push(...page.results.map((each) => String(each.toObjectId)));
    after = page.paging?.next?.after;
  } while (after);

  assert.deepEqual(found.sort(), results.map((each) => each.id).sort());
});

test("what cannot be associated", async () => {
  const person = await contact("flo");
  const label = [{ associationCategory: "USER_DEFINED", associationTypeId: 99_999 }];

  await assert.rejects(basicApi.createDefault("contacts", person, "nonsense", "1"), refusal(400));
  await assert.rejects(
    basicApi.createDefault("contacts", person, "companies", "999"),
    (error) => error.code >= 400 && error.code < 500,
  );
  await assert.rejects(
    basicApi.create("contacts", person, "companies", await company("No"), label),
    refusal(400),
  );
  await assert.rejects(basicApi.getPage("contacts", "999", "companies"), refusal(404));
});
