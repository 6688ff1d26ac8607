// HubSpot's client and search: filters, order, pages, totals, and where search ends.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { startCrms } from "../crms.js";
import { connect, ids, refusal } from "./client.js";

const crms = await startCrms();
const { companies, contacts, deals } = connect(crms).crm;

const CITIES = ["Aarhus", "Gent", "Utrecht"];
const search = (more) => contacts.searchApi.doSearch({ limit: 100, properties: ["email", "city"], ...more });
const where = (...filters) => ({ filterGroups: [{ filters }] });
const filter = (propertyName, operator, more = {}) => ({ propertyName, operator, ...more });
const cities = (answer) => answer.results.map((record) => record.properties.city);

before(async () => {
  for (const start of [0, 100, 200]) {
    const inputs = Array.from({ length: 100 }, (_, place) => ({
      properties: {
        email: `p${start + place}@fjord.dk`,
        city: CITIES[start / 100],
        annualrevenue: `${start + place}`,
      },
      associations: [],
    }));
    await contacts.batchApi.create({ inputs });
  }
});

test("everybody, 200 at most a page, with the total", async () => {
  const first = await search({ limit: 200, sorts: ["hs_object_id"] });
  const second = await search({ limit: 200, sorts: ["hs_object_id"], after: first.paging.next.after });

  assert.deepEqual([first.total, second.total], [300, 300]);
  assert.equal(first.paging.next.after, "200");
  assert.equal(new Set([...ids(first), ...ids(second)]).size, 300);
  assert.equal(second.paging, undefined);
  await assert.rejects(search({ limit: 201 }), refusal(400, { category: "VALIDATION_ERROR" }));
});

test("operators", async () => {
  const total = async (...filters) => (await search({ ...where(...filters), limit: 1 })).total;

  assert.equal(await total(filter("city", "EQ", { value: "GENT" })), 100);
  assert.equal(await total(filter("city", "IN", { values: ["gent", "utrecht"] })), 200);
  assert.equal(await total(filter("city", "NOT_IN", { values: ["gent"] })), 200);
  assert.equal(await total(filter("email", "CONTAINS_TOKEN", { value: "p29*" })), 11);
  assert.equal(await total(filter("phone", "HAS_PROPERTY")), 0);
  assert.equal(
    await total(filter("phone", "NOT_HAS_PROPERTY"), filter("city", "NEQ", { value: "Gent" })),
    200,
  );
  const created = { value: "0", highValue: String(Date.now() + 86_400_000) };
  assert.equal(await total(filter("createdate", "BETWEEN", created)), 300);
  assert.equal(await total(filter("lastmodifieddate", "GTE", { value: created.highValue })), 0);
});

test("AND inside a group, OR between groups", async () => {
  const gent = filter("city", "EQ", { value: "Gent" });
  const groups = [
    { filters: [gent, filter("email", "EQ", { value: "p100@fjord.dk" })] },
    { filters: [gent, filter("email", "EQ", { value: "p5@fjord.dk" })] },
    { filters: [filter("email", "EQ", { value: "p6@fjord.dk" })] },
  ];
  const answer = await search({ filterGroups: groups });

  assert.deepEqual(answer.results.map((each) => each.properties.email).sort(), [
    "p100@fjord.dk",
    "p6@fjord.dk",
  ]);
});

test("order, both ways in which the client lets one say it", async () => {
  const down = await search({ sorts: ["-city"], limit: 1 });
  const up = await search({ sorts: [{ propertyName: "city", direction: "ASCENDING" }], limit: 1 });

  assert.deepEqual([cities(down), cities(up)], [["Utrecht"], ["Aarhus"]]);
  await assert.rejects(search({ sorts: ["city", "email"] }), refusal(400));
});

test("free text", async () => {
  const answer = await search({ query: "p150@fjord.dk" });

  assert.deepEqual(cities(answer), ["Gent"]);
});

test("people of a company, deals of a pipeline", async () => {
  const { results } = await search({ limit: 2 });
  const types = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 280 }];
  const associations = results.map(({ id }) => ({ to: { id }, types }));
  const company = await companies.basicApi.create({ properties: { name: "Fjord A/S" }, associations });
  const found = await search(where(filter("associations.company", "EQ", { value: company.id })));
  await deals.basicApi.create({ properties: { dealname: "Boat", dealstage: "closedwon" }, associations: [] });
  const won = await deals.searchApi.doSearch(where(filter("dealstage", "EQ", { value: "closedwon" })));

  assert.deepEqual(ids(found).sort(), ids({ results }).sort());
  assert.equal(won.total, 1);
});

test("what is too much for search", async () => {
  const wrong = refusal(400, { category: "VALIDATION_ERROR" });
  const one = filter("city", "EQ", { value: "Gent" });
  const values = Array.from({ length: 300 }, (_, place) => `p${place}@fjord.dk`);

  await assert.rejects(search({ filterGroups: Array(6).fill({ filters: [one] }) }), wrong);
  await assert.rejects(search(where(...Array(7).fill(one))), wrong);
  await assert.rejects(search(where(filter("email", "IN", { values }))), refusal(400));
  await assert.rejects(search({ after: "10000", limit: 100 }), refusal(400));
  await assert.rejects(search(where(filter("no_such_property", "EQ", { value: "x" }))), refusal(400));
  await assert.rejects(search(where(filter("city", "LIKE", { value: "x" }))), refusal(400));
});

test("a late index finds a new contact only later", async () => {
  await crms.control("hubspot", "POST", "settings", { index_lag_s: 10 });
  const { id } = await contacts.basicApi.create({ properties: { email: "late@fjord.dk" }, associations: [] });
  const find = async () => ids(await search(where(filter("email", "EQ", { value: "late@fjord.dk" }))));

  assert.deepEqual(await find(), []);
  assert.equal((await contacts.basicApi.getById(id)).id, id);
  await crms.later(11);
  assert.deepEqual(await find(), [id]);
  await crms.control("hubspot", "POST", "settings", { index_lag_s: 0 });
});
