// jsforce reads: SOQL by text and by its query builder, pages, streams, related records.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { SfDate } from "jsforce";

import { startCrms } from "../crms.js";
import { connect, loadLeads } from "./client.js";

const MANY = 2200;
const ALL_LEADS = "SELECT Id, LastName FROM Lead WHERE Company = 'Fjord A/S' ORDER BY Id";
const crms = await startCrms({ contacts: 200 });
let conn;

before(async () => {
  conn = await connect(crms);
  await loadLeads(conn, MANY, "Fjord A/S");
});

const distinct = (records) => new Set(records.map((record) => record.Id)).size;

test("a first page says how many rows there are, and where it goes on", async () => {
  const page = await conn.query(ALL_LEADS);

  assert.equal(page.totalSize, MANY);
  assert.equal(page.done, false);
  assert.equal(page.records.length, 2000);
  assert.match(page.nextRecordsUrl, /\/query\/0r8\w{15}-2000$/);
});

test("page by page with queryMore, every row comes once", async () => {
  let page = await conn.query(ALL_LEADS);
  const records = [...page.records];
  while (!page.done) {
    page = await conn.queryMore(page.nextRecordsUrl);
    records.push(...page.records);
  }

  assert.equal(records.length, MANY);
  assert.equal(distinct(records), MANY);
});

test("smaller pages by header, fetched by the client itself", async () => {
  const headers = { "Sforce-Query-Options": "batchSize=500" };
  const { result, routes } = await crms.counted("salesforce", () =>
    conn.query(ALL_LEADS, { autoFetch: true, maxFetch: MANY, headers }),
  );

  assert.equal(distinct(result.records), MANY);
  assert.equal(routes["GET /services/data/{version}/query/{locator}"], 4);
});

test("the client stops fetching where it is told to", async () => {
  const result = await conn.query(ALL_LEADS, { autoFetch: true, maxFetch: 2100 });

  assert.equal(result.records.length, 2100);
  assert.equal(result.totalSize, MANY);
});

test("rows as a stream of records, and as CSV", async () => {
  let streamed = 0;
  for await (const record of conn.query(ALL_LEADS, { maxFetch: MANY }).stream("record")) {
    streamed += record.LastName.startsWith("Lead ");
  }
  let csv = "";
  for await (const chunk of conn
    .query("SELECT Company FROM Lead WHERE Company LIKE 'Fjord%' LIMIT 3")
    .stream()) {
    csv += chunk;
  }

  assert.equal(streamed, MANY);
  assert.equal(csv, "Company\nFjord A/S\nFjord A/S\nFjord A/S\n");
});

test("the query builder: conditions, parents, order, limit, offset", async () => {
  const soql = conn
    .sobject("Contact")
    .find({ AccountId: { $ne: null }, CreatedDate: { $lte: SfDate.TODAY } }, "Id, LastName, Account.Name")
    .sort({ LastName: 1, Id: -1 });
  const everybody = await soql.limit(100);
  const second = await conn
    .sobject("Contact")
    .find({ AccountId: { $ne: null } }, { Id: 1, LastName: 1, Account: { Name: 1 } })
    .sort("LastName -Id")
    .limit(2)
    .skip(1);

  assert.ok(everybody.length > 10);
  assert.equal(typeof everybody[0].Account.Name, "string");
  assert.deepEqual(
    second.map((found) => found.Id),
    everybody.slice(1, 3).map((found) => found.Id),
  );
});

test("the query builder: lists, negation, alternatives, quotes inside values", async () => {
  await conn.create("Lead", { LastName: 'O\'Neill "Söhne"', Company: "100% A_B" });
  const byName = await conn.sobject("Lead").find({ LastName: 'O\'Neill "Söhne"' }, "Company");
  const one = await conn.sobject("Lead").findOne({ Company: { $like: "100\\% A\\_B" } }, "LastName");
  const either = {
    $or: [{ LastName: ["Lead 7", "Lead 8"] }, { LastName: "Lead 9" }],
    $not: { LastName: "Lead 8" },
  };
  const found = await conn.sobject("Lead").find(either, "LastName").sort("LastName");

  assert.equal(byName[0].Company, "100% A_B");
  assert.equal(one.LastName, 'O\'Neill "Söhne"');
  assert.deepEqual(
    found.map((lead) => lead.LastName),
    ["Lead 7", "Lead 9"],
  );
});

test("all fields by name: the client asks for a describe and lists them", async () => {
  const [contact] = await conn.sobject("Contact").find({}).limit(1);
  const [withParent] = await conn
    .sobject("Contact")
    .find({ AccountId: { $ne: null } }, "*, Account.*")
    .limit(1);

  assert.ok(Object.keys(contact).length > 40);
  assert.equal(withParent.Account.Id, withParent.AccountId);
});

test("children come with their parents", async () => {
  const accounts = await conn
    .sobject("Account")
    .find({}, "Id, Name")
    .include("Contacts")
    .select("Id, AccountId")
    .where({ LastName: { $ne: null } })
    .sort("LastName")
    .end();
  const withPeople = accounts.filter((account) => account.Contacts);

  assert.ok(withPeople.length > 0);
  for (const account of withPeople) {
    assert.ok(account.Contacts.records.every((contact) => contact.AccountId === account.Id));
  }
});

test("counts and sums", async () => {
  const counted = await conn.query("SELECT COUNT() FROM Lead WHERE Company = 'Fjord A/S'");
  const summed = await conn.query(
    "SELECT StageName, COUNT(Id) deals, SUM(Amount) FROM Opportunity GROUP BY StageName ORDER BY StageName",
  );

  assert.equal(counted.totalSize, MANY);
  assert.equal(await conn.sobject("Lead").count({ Company: "Fjord A/S" }), MANY);
  assert.ok(summed.records.every((row) => row.attributes.type === "AggregateResult" && row.deals > 0));
});

test("deleted rows are found by those who ask for them", async () => {
  const { id } = await conn.create("Lead", { LastName: "Gone", Company: "X" });
  await conn.sobject("Lead").destroy(id);
  const soql = `SELECT Id, IsDeleted FROM Lead WHERE Id = '${id}'`;

  assert.equal((await conn.query(soql)).totalSize, 0);
  assert.equal((await conn.query(soql, { scanAll: true })).records[0].IsDeleted, true);
});

test("a locator that nobody gave out is refused", async () => {
  await assert.rejects(conn.queryMore("0r8000000000000AAA-2000"), { errorCode: "INVALID_QUERY_LOCATOR" });
});

test("what is wrong with a query, and where", async () => {
  const refused = async (soql, errorCode, place) => {
    await assert.rejects(conn.query(soql), (error) => {
      assert.equal(error.name, errorCode);
      assert.equal(error.errorCode, errorCode);
      assert.match(error.message, place);
      assert.equal(error.data.errorCode, errorCode);
      return true;
    });
  };

  await refused(
    "SELEC Id FROM Lead",
    "MALFORMED_QUERY",
    /ERROR at Row:1:Column:1\nunexpected token: 'SELEC'/,
  );
  await refused("SELECT Id FROM Lead WHERE Name = 'A \\ B'", "MALFORMED_QUERY", /Illegal character sequence/);
  await refused("SELECT Nope FROM Lead", "INVALID_FIELD", /ERROR at Row:1:Column:8\nNo such column 'Nope'/);
  await refused("SELECT Id FROM Nope", "INVALID_TYPE", /sObject type 'Nope' is not supported/);
});
