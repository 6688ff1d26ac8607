// What jsforce does when Salesforce is busy, broken or out of reach: it tries GET, PUT and DELETE again,
// never POST and PATCH, and gives up after five tries more.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { startCrms } from "../crms.js";
import { connect } from "../salesforce/client.js";

const ONE = "SELECT Id FROM Organization";
const crms = await startCrms();
let conn;

before(async () => {
  conn = await connect(crms);
});

const lead = (name) => ({ LastName: name, Company: "Fjord A/S" });
const BUSY = { vendor: "SERVER_UNAVAILABLE" };
const fault = (answer, times = 1, match = {}) => ({ match: { side: "salesforce", ...match }, times, answer });

/** Runs `work` while a fault is in force; how many requests the CRM was asked, and what came of it. */
const asked = (rule, work) => crms.counted("salesforce", () => crms.withFaults([rule], work));

for (const status of [420, 429, 500, 502, 503, 504]) {
  test(`${status} twice, then the answer`, async () => {
    const { result, total } = await asked(fault({ status }, 2), () => conn.query(ONE));

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
  const { total } = await asked(fault(BUSY, null), () =>
    assert.rejects(conn.query(ONE), { name: "SERVER_UNAVAILABLE" }),
  );

  assert.equal(total, 6);
});

for (const [vendor, name] of [
  ["html_406", "ERROR_HTTP_406"],
  ["empty_406", "ERROR_HTTP_406"],
  ["CONCURRENT_REQUESTS", "REQUEST_LIMIT_EXCEEDED"],
  ["REQUEST_LIMIT_EXCEEDED", "REQUEST_LIMIT_EXCEEDED"],
  ["UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_ROW"],
  ["API_CURRENTLY_DISABLED", "API_CURRENTLY_DISABLED"],
]) {
  test(`${vendor} is told at once`, async () => {
    const { total } = await asked(fault({ vendor }), () => assert.rejects(conn.query(ONE), { name }));

    assert.equal(total, 1);
  });
}

for (const answer of ["drop", "reset", "apply_then_reset"]) {
  test(`${answer}, no answer at all: reading is tried again`, async () => {
    const { result, total } = await asked(fault(answer, 2), () => conn.query(ONE));

    assert.equal(result.totalSize, 1);
    assert.equal(total, 3);
  });
}

test("a connection that is always cut ends in an error, not in waiting", async () => {
  const { total } = await asked(fault("drop", null), () =>
    assert.rejects(conn.query(ONE), { code: "ECONNRESET" }),
  );

  assert.equal(total, 6);
});

test("a write that the server was too busy for is not repeated", async () => {
  const { total } = await asked(fault(BUSY), () =>
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

test("slow answers are waited for", async () => {
  const { result, total } = await asked(fault({ delay_ms: 200 }, 2), () =>
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
  const rule = fault(BUSY, 1, { path_prefix: "/services/data/v64.0/query/" });
  const headers = { "Sforce-Query-Options": "batchSize=200" };
  const { result } = await asked(rule, () =>
    conn.query("SELECT Id FROM Lead WHERE LastName LIKE 'Page %'", { autoFetch: true, headers }),
  );

  assert.equal(new Set(result.records.map((record) => record.Id)).size, 400);
});
