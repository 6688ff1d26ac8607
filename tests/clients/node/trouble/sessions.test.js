// jsforce logs in, renews a session that has ended, and gives up where renewing does not help.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import test from "node:test";

import jsforce from "jsforce";

import { startCrms } from "../crms.js";
import { config, connect, logIn, renew } from "../salesforce/client.js";

const ONE = "SELECT Id FROM Organization";
const TOKEN = "POST /services/oauth2/token";
const QUERY = "GET /services/data/{version}/query";
const crms = await startCrms();

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

test("a JWT signed with a key that an admin registered", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwt_key = publicKey.export({ type: "spki", format: "pem" });
  await crms.control("salesforce", "POST", "settings", { jwt_key });
  const { username: sub } = await (await connect(crms)).identity();
  const exp = Math.floor(Date.now() / 1000) + 180;
  const claims = { iss: "sandbox", sub, aud: crms.urls.salesforce, exp };
  const authorize = (more) => {
    const assertion = signed({ ...claims, ...more }, privateKey);
    const grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    return new jsforce.Connection(config(crms)).authorize({ grant_type, assertion });
  };

  assert.match((await authorize()).id, /^005/);
  await assert.rejects(authorize({ exp: 1 }), { name: "invalid_grant", message: "expired assertion" });
  await assert.rejects(authorize({ sub: "nobody@nowhere.example" }), { name: "invalid_grant" });
  await assert.rejects(authorize({ iss: "another app" }), { name: "invalid_client_id" });
});

function signed(claims, key) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

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
