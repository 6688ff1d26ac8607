// What jsforce does when Salesforce is busy, broken or out of reach: it tries GET, PUT and DELETE again,
// never POST and PATCH, and gives up after five tries more.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { startCrms } from "./crms.js";
import { connect } from "./salesforce.js";

const ONE = "SELECT Id FROM Organization";
const crms = await startCrms();
let conn;

before(async () => {
  conn = await connect(crms);
});

const lead = (name) => ({ LastName: name, Company: "Fjord A/S" });
const busy = [{ message: "Server unavailable, please try again later", errorCode: "SERVER_UNAVAILABLE" }];
const fault = (answer, times = 1, match = {}) => ({ match: { side: "salesforce", ...match }, times, answer });

/** Runs `work` while a fault is in force; how many requests the CRM was asked, and what came of it. */
const asked = (rule, work) => crms.counted("salesforce", () => crms.withFaults([rule], work));

for (const status of [420, 429, 500, 502, 503, 504]) {
  test(`${status} twice, then the answer`, async () => {
    const { result, total } = await asked(fault({ status, body: busy }, 2), () => conn.query(ONE));

    assert.equal(result.totalSize, 1);
    assert.equal(total, 3);
  });
}

test("420 for ever is given up after two tries more", async () => {
  const { total } = await asked(fault({ status: 420 }, null), () =>
    assert.rejects(conn.query(ONE), { errorCode: "ERROR_HTTP_420" }),
  );

  assert.equal(total, 3);
});

test("503 for ever is given up after five tries more, with Salesforce's code", async () => {
  const { total } = await asked(fault({ status: 503, body: busy }, null), () =>
    assert.rejects(conn.query(ONE), { name: "SERVER_UNAVAILABLE" }),
  );

  assert.equal(total, 6);
});

test("a page of HTML from something in between is told as such", async () => {
  const html = {
    status: 503,
    body: "<html>Down for maintenance</html>",
    headers: { "content-type": "text/html" },
  };

  await asked(fault(html, null), () =>
    assert.rejects(conn.query(ONE), /HTTP response contains html content/),
  );
});

test("a connection cut before the answer: reading is tried again", async () => {
  const { result, total } = await asked(fault("drop", 2), () => conn.query(ONE));

  assert.equal(result.totalSize, 1);
  assert.equal(total, 3);
});

test("a connection that is always cut ends in an error, not in waiting", async () => {
  const { total } = await asked(fault("drop", null), () =>
    assert.rejects(conn.query(ONE), { code: "ECONNRESET" }),
  );

  assert.equal(total, 6);
});

test("a write that the server was too busy for is not repeated", async () => {
  const { total } = await asked(fault({ status: 503, body: busy }), () =>
    assert.rejects(conn.create("Lead", lead("Busy")), { name: "SERVER_UNAVAILABLE" }),
  );

  assert.equal(total, 1);
  assert.equal(await conn.sobject("Lead").count({ LastName: "Busy" }), 0);
});

test("a write whose answer was lost may have been done: the client cannot know", async () => {
  const { total } = await asked(fault("apply_then_drop"), () =>
    assert.rejects(conn.create("Lead", lead("Lost")), { code: "ECONNRESET" }),
  );

  assert.equal(total, 1);
  assert.equal(await conn.sobject("Lead").count({ LastName: "Lost" }), 1);
});

test("a deletion whose answer was lost is repeated, and finds nothing left to delete", async () => {
  const { id } = await conn.create("Lead", lead("Twice"));
  const { total } = await asked(fault("apply_then_drop"), () =>
    assert.rejects(conn.destroy("Lead", id), { name: "ENTITY_IS_DELETED" }),
  );

  assert.equal(total, 2);
});

test("the day's requests used up: 403, which is not tried again", async () => {
  const used = [{ message: "TotalRequests Limit exceeded.", errorCode: "REQUEST_LIMIT_EXCEEDED" }];
  const { total } = await asked(fault({ status: 403, body: used }), () =>
    assert.rejects(conn.query(ONE), { name: "REQUEST_LIMIT_EXCEEDED" }),
  );

  assert.equal(total, 1);
});

test("slow answers are waited for", async () => {
  const { result, total } = await asked(fault({ delay_s: 0.2 }, 2), () =>
    Promise.all([conn.query(ONE), conn.query(ONE)]),
  );

  assert.deepEqual(
    result.map((page) => page.totalSize),
    [1, 1],
  );
  assert.equal(total, 2);
});

test("in the middle of a result: the next page is asked again", async () => {
  await conn.create(
    "Lead",
    Array.from({ length: 400 }, (_, place) => lead(`Page ${place}`)),
    { allowRecursive: true },
  );
  const rule = fault({ status: 503, body: busy }, 1, { path_prefix: "/services/data/v64.0/query/" });
  const headers = { "Sforce-Query-Options": "batchSize=200" };
  const { result } = await asked(rule, () =>
    conn.query("SELECT Id FROM Lead WHERE LastName LIKE 'Page %'", { autoFetch: true, headers }),
  );

  assert.equal(new Set(result.records.map((record) => record.Id)).size, 400);
});
