// jsforce and Bulk API 2.0: loading rows, jobs by hand, extracting.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import test, { before } from "node:test";

import { startCrms } from "../crms.js";
import { addKeyField, connect, loadLeads } from "./client.js";

const POLLING = { pollInterval: 10 };
const crms = await startCrms();
let conn;

before(async () => {
  conn = await connect(crms);
  await addKeyField(conn, "Lead.Key__c");
});

const load = (operation, input, more = {}) =>
  conn.bulk2.loadAndWaitForResults({ object: "Lead", operation, input, ...POLLING, ...more });
const count = (conditions) => conn.sobject("Lead").count(conditions);
const extract = async (soql, options = {}) =>
  (await conn.bulk2.query(soql, { ...POLLING, ...options })).toArray();

test("rows of all kinds arrive as they were meant", async () => {
  const text = "He said \"no\",\nthen; yes\t'ok'";
  const { successfulResults, failedResults, unprocessedRecords } = await load("insert", [
    { LastName: "Sørensen", Company: "Fjord A/S", Description: text, DoNotCall: true },
    { LastName: "Holm", Company: "Fjord A/S", Description: null, DoNotCall: false },
    { LastName: null, Company: "Fjord A/S" },
  ]);

  assert.deepEqual([successfulResults.length, failedResults.length, unprocessedRecords.length], [2, 1, 0]);
  assert.ok(successfulResults.every((row) => row.sf__Created === "true" && row.sf__Id.startsWith("00Q")));
  assert.match(
    failedResults[0].sf__Error,
    /^REQUIRED_FIELD_MISSING:Required fields are missing: \[LastName\]:LastName --$/,
  );
  const { sf__Id: id } = successfulResults.find((row) => row.LastName === "Sørensen");
  const read = await conn.retrieve("Lead", id);
  assert.deepEqual([read.Description, read.DoNotCall], [text, true]);
});

test("3,000 rows in one upload, sent in chunks", async () => {
  await loadLeads(conn, 3_000, "Large A/S");

  assert.equal(await count({ Company: "Large A/S" }), 3_000);
});

test("a CSV text, a CSV stream, semicolons and CRLF", async () => {
  await load("insert", "LastName,Company\nAda,Csv\n");
  await load("insert", Readable.from(["LastName,Comp", "any\nBo,Csv\nCa", "i,Csv\n"]));
  const dialect = { columnDelimiter: "SEMICOLON", lineEnding: "CRLF" };
  await load("insert", "LastName;Company\r\nDag;Csv\r\n", dialect);

  assert.equal(await count({ Company: "Csv" }), 4);
});

test("upsert by key: who was there already is changed; #N/A clears, an empty cell does not", async () => {
  const row = (key, more = {}) => ({ Key__c: key, LastName: "Holm", Company: "Keyed", ...more });
  const made = await load("insert", [row("a", { City: "Gent", Title: "CEO" })]);
  const rows = [row("a", { City: null, Title: "" }), row("b", { City: "Aarhus", Title: "CTO" })];
  const { successfulResults } = await load("upsert", rows, { externalIdFieldName: "Key__c" });

  assert.deepEqual(successfulResults.map((result) => result.sf__Created).sort(), ["false", "true"]);
  const [lead] = await conn.sobject("Lead").find({ Id: made.successfulResults[0].sf__Id }, "City, Title");
  assert.deepEqual([lead.City, lead.Title], [null, "CEO"]);
});

test("update and delete by id", async () => {
  const { successfulResults: made } = await load("insert", [{ LastName: "Ada", Company: "Brief" }]);
  const Id = made[0].sf__Id;
  const changed = await load("update", [
    { Id, City: "Gent" },
    { Id: "00Q000000000000EAA", City: "Gent" },
  ]);
  assert.deepEqual([changed.successfulResults.length, changed.failedResults.length], [1, 1]);

  const deleted = await load("delete", [{ Id }]);
  assert.equal(deleted.successfulResults[0].sf__Created, "false");
  assert.equal(await count({ Company: "Brief" }), 0);
});

test("a job by hand, step by step", async () => {
  const job = conn.bulk2.createJob({ object: "Lead", operation: "insert" });
  const seen = [];
  job.on("inProgress", (info) => seen.push(info.state));
  await job.open();
  assert.match(job.id, /^750\w{15}$/);
  await job.uploadData([{ LastName: "Ada", Company: "Steps" }]);
  await job.close();
  await job.poll(10, 3_000);
  const info = await job.check();

  assert.ok(seen.length > 0);
  assert.deepEqual(
    [info.state, info.numberRecordsProcessed, info.numberRecordsFailed],
    ["JobComplete", 1, 0],
  );
  assert.match(await job.getSuccessfulResults(true), /^"?sf__Id"?,"?sf__Created"?,"?LastName"?,"?Company"?/);
  await job.delete();
  await assert.rejects(job.check(), { errorCode: "NOT_FOUND" });
});

test("an aborted job gives its rows back unprocessed", async () => {
  const job = conn.bulk2.createJob({ object: "Lead", operation: "insert" });
  await job.open();
  await job.uploadData([{ LastName: "Ada", Company: "Aborted" }]);
  await job.abort();

  assert.equal((await job.check()).state, "Aborted");
  await assert.rejects(job.poll(10, 1_000), /Job has been aborted/);
  assert.deepEqual(await job.getUnprocessedRecords(), [{ LastName: "Ada", Company: "Aborted" }]);
  assert.equal(await count({ Company: "Aborted" }), 0);
});

test("a job that cannot be done fails as a whole", async () => {
  await assert.rejects(
    load("insert", "LastName,Nope\nAda,1\n"),
    /failed to complete due to: InvalidBatch : Field name not found : Nope/,
  );
  await assert.rejects(load("insert", [{ LastName: "Ada" }], { object: "Nope" }), {
    errorCode: "INVALIDJOB",
  });
});

test("extracting: all rows, and the deleted where they are asked for", async () => {
  const soql = "SELECT Id, LastName FROM Lead WHERE Company = 'Large A/S'";
  const rows = await extract(soql);
  assert.equal(new Set(rows.map((row) => row.Id)).size, 3_000);

  await conn.destroy(
    "Lead",
    rows.slice(0, 5).map((row) => row.Id),
  );
  assert.equal((await extract(soql)).length, 2_995);
  assert.equal((await extract(soql, { scanAll: true })).length, 3_000);
});

test("extracting as CSV", async () => {
  const stream = await conn.bulk2.query(
    "SELECT LastName, City FROM Lead WHERE Company = 'Keyed' ORDER BY Key__c",
    POLLING,
  );
  let csv = "";
  for await (const chunk of stream.stream()) csv += chunk;

  assert.deepEqual(csv.split("\n").slice(0, 3), ['"LastName","City"', '"Holm",""', '"Holm","Aarhus"']);
});

test("what bulk queries refuse", async () => {
  const refused = (soql, errorCode) => assert.rejects(extract(soql), { errorCode });

  await refused("SELECT Nope FROM Lead", "INVALID_FIELD");
  await refused("SELECT FROM WHERE", "MALFORMED_QUERY");
  await refused("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR");
  await refused("SELECT Address FROM Lead", "API_ERROR");
});
