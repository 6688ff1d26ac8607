// jsforce logs in, renews a session that has ended, and gives up where renewing does not help.

import assert from "node:assert/strict";
import test from "node:test";

import jsforce from "jsforce";

import { startCrms } from "../crms.js";
import { config, connect, logIn } from "../salesforce/client.js";

const ONE = "SELECT Id FROM Organization";
const TOKEN = "POST /services/oauth2/token";
const QUERY = "GET /services/data/{version}/query";
const crms = await startCrms();

/** Logs in anew when jsforce asks for a session. */
async function renew(conn, done) {
  try {
    await logIn(conn);
    done(null, conn.accessToken);
  } catch (error) {
    done(error);
  }
}

const renewing = () => connect(crms, { refreshFn: renew });

test("client credentials: token, instance and user", async () => {
  const conn = new jsforce.Connection(config(crms));
  const user = await logIn(conn);

  assert.equal(conn.instanceUrl, crms.urls.salesforce);
  assert.match(conn.accessToken, /^00D\w{12}!/);
  assert.match(user.id, /^005\w{15}$/);
  assert.match(user.organizationId, /^00D\w{15}$/);
  assert.equal((await conn.query(ONE)).totalSize, 1);
});

test("wrong credentials", async () => {
  const loginUrl = crms.urls.salesforce;
  const refused = (oauth2, name) =>
    assert.rejects(logIn(new jsforce.Connection({ loginUrl, oauth2: { loginUrl, ...oauth2 } })), { name });

  await refused({ clientId: "sandbox", clientSecret: "wrong" }, "invalid_client");
  await refused({ clientId: "nobody", clientSecret: "sandbox" }, "invalid_client_id");
  const conn = new jsforce.Connection(config(crms));
  await assert.rejects(conn.authorize({ grant_type: "password" }), { name: "unsupported_grant_type" });
});

test("a session that has ended is renewed once, and the request asked again", async () => {
  const conn = await renewing();
  conn.accessToken = "00D000000000000!ended";
  const { result, routes } = await crms.counted("salesforce", () => conn.query(ONE));

  assert.equal(result.totalSize, 1);
  assert.deepEqual([routes[QUERY], routes[TOKEN]], [2, 1]);
});

test("five requests at a time renew the session once", async () => {
  const conn = await renewing();
  conn.accessToken = "00D000000000000!ended";
  const { result, routes } = await crms.counted("salesforce", () =>
    Promise.all([1, 2, 3, 4, 5].map(() => conn.query(ONE))),
  );

  assert.ok(result.every((page) => page.totalSize === 1));
  assert.equal(routes[TOKEN], 1);
});

test("writes and bulk jobs are asked again too", async () => {
  const conn = await renewing();
  conn.accessToken = "ended";
  const { id } = await conn.create("Lead", { LastName: "Ada", Company: "X" });
  conn.accessToken = "ended";
  const changes = [{ Id: id, City: "Gent" }];
  const options = { object: "Lead", operation: "update", input: changes, pollInterval: 10 };
  const { successfulResults } = await conn.bulk2.loadAndWaitForResults(options);

  assert.equal(successfulResults.length, 1);
  assert.equal(await conn.sobject("Lead").count({ City: "Gent" }), 1);
});

test("without a way to renew, the 401 is told", async () => {
  const conn = new jsforce.Connection({
    instanceUrl: crms.urls.salesforce,
    accessToken: "ended",
    version: "64.0",
  });

  await assert.rejects(conn.query(ONE), {
    name: "INVALID_SESSION_ID",
    message: "Session expired or invalid",
  });
});

test("renewing that is refused is not tried for ever", async () => {
  const conn = await renewing();
  conn.oauth2.clientSecret = "rotated";
  conn.accessToken = "ended";
  const { routes } = await crms.counted("salesforce", () =>
    assert.rejects(conn.query(ONE), /Unable to refresh session due to: invalid client credentials/),
  );

  assert.deepEqual([routes[QUERY], routes[TOKEN]], [1, 1]);
});

test("a 401 that no new session would mend is told at once", async () => {
  const conn = await renewing();
  const message = "This session is not valid for use with the REST API";
  const match = { side: "salesforce", path_prefix: "/services/data/v64.0/query" };
  const answer = { status: 401, body: [{ message, errorCode: "INVALID_SESSION_ID" }] };
  const { routes } = await crms.counted("salesforce", () =>
    crms.withFaults([{ match, times: null, answer }], () => assert.rejects(conn.query(ONE), { message })),
  );

  assert.deepEqual([routes[QUERY], routes[TOKEN]], [1, undefined]);
});

test("after logging out the token is good for nothing", async () => {
  const conn = await connect(crms);
  const { accessToken, instanceUrl } = conn;
  await conn.logout();
  const other = new jsforce.Connection({ instanceUrl, accessToken, version: "64.0" });

  assert.equal(conn.accessToken, null);
  await assert.rejects(other.query(ONE), { name: "INVALID_SESSION_ID" });
  await assert.rejects(conn.oauth2.revokeToken(accessToken), { name: "invalid_token" });
});

test("API versions: retired ones are gone, those to come are not found", async () => {
  const conn = await connect(crms);
  conn.version = "30.0";
  await assert.rejects(conn.query(ONE), { name: "GONE" });
  conn.version = "99.0";
  await assert.rejects(conn.query(ONE), { name: "NOT_FOUND" });
});
