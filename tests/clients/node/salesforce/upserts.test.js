// jsforce upserts by a key of ours: one record, many, and what goes wrong with keys.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { startCrms } from "../crms.js";
import { addKeyField, connect } from "./client.js";

const crms = await startCrms();
let conn;

before(async () => {
  conn = await connect(crms);
  await addKeyField(conn, "Lead.Key__c");
  await addKeyField(conn, "Lead.Shared__c", { unique: false });
  await addKeyField(conn, "Account.Key__c");
});

const lead = (key, more = {}) => ({ Key__c: key, LastName: "Holm", Company: "Fjord A/S", ...more });

test("one record: made the first time, changed the second", async () => {
  const made = await conn.upsert("Lead", lead("k1"), "Key__c");
  const changed = await conn.upsert("Lead", { Key__c: "k1", City: "Gent" }, "Key__c");

  assert.deepEqual([made.success, made.created], [true, true]);
  assert.deepEqual(changed, { id: made.id, success: true, errors: [], created: false });
  assert.equal((await conn.retrieve("Lead", made.id)).City, "Gent");
});

test("keys with letters of all kinds, quoted by the caller", async () => {
  const key = "Ærø / 7 & co?";
  const { Key__c: _, ...rest } = lead(key);
  const made = await conn.requestPatch(`/sobjects/Lead/Key__c/${encodeURIComponent(key)}`, rest);

  assert.equal((await conn.retrieve("Lead", made.id)).Key__c, key);
});

test("many records: each says whether it was made", async () => {
  const first = await conn.upsert("Lead", [lead("m1"), lead("m2")], "Key__c");
  const second = await conn.upsert(
    "Lead",
    [lead("m2", { City: "Gent" }), lead("m3"), { Key__c: "m4" }],
    "Key__c",
  );

  assert.deepEqual(
    first.map((result) => result.created),
    [true, true],
  );
  assert.deepEqual(
    second.map((result) => result.created),
    [false, true, false],
  );
  assert.equal(second[0].id, first[1].id);
  assert.equal(second[2].errors[0].statusCode, "REQUIRED_FIELD_MISSING");
});

test("more than 200 are split by the client", async () => {
  const records = Array.from({ length: 250 }, (_, place) => lead(`s${place}`));
  const made = await conn.upsert("Lead", records, "Key__c", { allowRecursive: true });

  assert.ok(made.every((result) => result.success && result.created));
  assert.equal(new Set(made.map((result) => result.id)).size, 250);
});

test("a key that several records have: 300, and where they are", async () => {
  const twins = [lead("t1", { Shared__c: "twin" }), lead("t2", { Shared__c: "twin" })];
  const made = await conn.create("Lead", twins);

  await assert.rejects(conn.upsert("Lead", { Shared__c: "twin", City: "Gent" }, "Shared__c"), (error) => {
    assert.equal(error.name, "MULTIPLE_CHOICES");
    const places = made.map((result) => `/services/data/v64.0/sobjects/Lead/${result.id}`);
    assert.deepEqual([...error.data].sort(), places.sort());
    return true;
  });
});

test("a key that is none: 404", async () => {
  const unknown = { Nope__c: "k", LastName: "Holm", Company: "X" };
  await assert.rejects(conn.upsert("Lead", unknown, "Nope__c"), {
    name: "NOT_FOUND",
    message: "Provided external ID field does not exist or is not accessible: Nope__c",
  });
});

test("the same key twice in one call fails both rows, not the others", async () => {
  const results = await conn.upsert("Lead", [lead("d1"), lead("d2"), lead("d1")], "Key__c");

  assert.deepEqual(
    results.map((result) => result.success),
    [false, true, false],
  );
  assert.equal(results[0].errors[0].statusCode, "DUPLICATE_VALUE");
});

test("a value that must be unique names the record that has it", async () => {
  const { id } = await conn.create("Lead", lead("u1"));

  await assert.rejects(conn.create("Lead", lead("u1")), (error) => {
    assert.equal(error.name, "DUPLICATE_VALUE");
    assert.match(error.message, new RegExp(`duplicates value on record with id: ${id.slice(0, 15)}`));
    return true;
  });
});

test("read, change and delete by key; a parent by its key", async () => {
  await conn.upsert("Account", { Key__c: "a1", Name: "Fjord A/S" }, "Key__c");
  const contact = { LastName: "Holm", Account: { Key__c: "a1" } };
  const { id } = await conn.create("Contact", contact);
  const account = await conn.request("/sobjects/Account/Key__c/a1");
  await conn.requestDelete("/sobjects/Account/Key__c/a1");

  const [found] = await conn
    .query(`SELECT Id FROM Contact WHERE Id = '${id}'`, { scanAll: true })
    .then((page) => page.records);
  assert.equal(account.Name, "Fjord A/S");
  assert.equal(found.Id, id);
  await assert.rejects(conn.request("/sobjects/Account/Key__c/a1"), { name: "NOT_FOUND" });
});
