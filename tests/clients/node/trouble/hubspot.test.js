// What HubSpot's client shows of errors, and which of them it tries again: 5xx, and two kinds of 429.
//
// The client's waits of 1 and 10 seconds pass in virtual time only.

import assert from "node:assert/strict";
import test, { afterEach } from "node:test";

import { startCrms } from "../crms.js";
import { connect, refusal } from "../hubspot/client.js";

const crms = await startCrms({ contacts: 20 });
const client = connect(crms, { numberOfApiCallRetries: 3 });
const { contacts } = client.crm;

const page = () => contacts.basicApi.getPage(10);
const search = () => contacts.searchApi.doSearch({ limit: 1 });
const settings = (switches) => crms.control("hubspot", "POST", "settings", switches);
const fault = (answer, times = 1, match = {}) => ({ match: { side: "hubspot", ...match }, times, answer });

/** Runs `work` while a fault is in force; how many requests the CRM was asked, and what came of it. */
const asked = (rule, work) => crms.counted("hubspot", () => crms.withFaults([rule], work));

/** What comes of `work`, which a limit refuses first: the client's one wait passes in virtual time only. */
async function waited(t, work, milliseconds) {
  const begun = new Promise((resolve) => {
    t.mock.method(globalThis, "setTimeout", (goOn, wait) => resolve({ goOn, wait }), { times: 1 });
  });
  const answer = work();
  const { goOn, wait } = await begun;
  assert.equal(wait, milliseconds);
  await crms.later(wait / 1_000);
  goOn();
  return answer;
}

afterEach(async () => {
  await settings({ edition: null, retry_after: false });
  await crms.later(60);
});

test("an error has a code, HubSpot's body and headers", async () => {
  await assert.rejects(contacts.basicApi.getById("999"), (error) => {
    const { code, body, headers } = error;
    assert.equal(code, 404);
    assert.deepEqual([body.status, body.category], ["error", "OBJECT_NOT_FOUND"]);
    assert.equal(headers["x-hubspot-correlation-id"], body.correlationId);
    assert.equal(headers["content-type"], "application/json;charset=utf-8");
    return true;
  });
});

test("a token that nobody knows: 401, told at once", async () => {
  const stranger = connect(crms, { accessToken: "nobody's", numberOfApiCallRetries: 3 });
  const { total } = await crms.counted("hubspot", () =>
    assert.rejects(
      stranger.crm.contacts.basicApi.getPage(),
      refusal(401, { category: "INVALID_AUTHENTICATION" }),
    ),
  );

  assert.equal(total, 1);
});

test("every answer says how much may still be asked", async () => {
  const answer = await client.apiRequest({ path: "/crm/v3/objects/contacts" });
  const header = (name) => Number(answer.headers.get(`x-hubspot-ratelimit-${name}`));

  assert.equal(header("interval-milliseconds"), 10_000);
  assert.ok(header("remaining") < header("max"));
  assert.ok(header("daily-remaining") < header("daily"));
});

for (const vendor of ["internal_error", "bad_gateway_html", "html_503", "html_504", "521", "523", "524"]) {
  test(`${vendor}, then the answer`, async () => {
    const { result, total } = await asked(fault({ vendor }), page);

    assert.equal(result.results.length, 10);
    assert.equal(total, 2);
  });
}

test("a server that stays down is given up", async () => {
  const { total } = await asked(fault({ vendor: "internal_error" }, null), () =>
    assert.rejects(page(), refusal(500)),
  );

  assert.equal(total, 3);
});

test("writes are tried again too", async () => {
  const create = () => contacts.basicApi.create({ properties: { email: "again@fjord.dk" } });
  const { result, total } = await asked(fault({ vendor: "internal_error" }), create);

  assert.equal(total, 2);
  const body = { category: "CONFLICT", message: `Contact already exists. Existing ID: ${result.id}` };
  await assert.rejects(create(), refusal(409, body));
});

test("a dropped connection is not tried again", async () => {
  const { total } = await asked(fault("drop"), () => assert.rejects(page(), { code: "ECONNRESET" }));

  assert.equal(total, 1);
});

test("five searches in a second, and the sixth: the client waits a second and tries again", async (t) => {
  await settings({ edition: "professional" });
  for (let done = 0; done < 5; done++) await search();
  const sixth = await waited(t, search, 1_000);

  assert.ok(sixth.total >= 20);
});

test("the ten-secondly limit: the client waits ten seconds and tries again", async (t) => {
  await settings({ edition: "free" });
  for (let done = 0; done < 100; done++) await page();
  const next = await waited(t, page, 10_000);

  assert.equal(next.results.length, 10);
});

test("the daily limit is not tried again: its day ends at midnight", async () => {
  await settings({ edition: "free", used_today: 250_000 });
  const { total } = await crms.counted("hubspot", () =>
    assert.rejects(
      page(),
      refusal(429, { policyName: "DAILY", message: "You have reached your daily limit." }),
    ),
  );
  await settings({ used_today: 0 });

  assert.equal(total, 1);
});

for (const [vendor, code, category] of [
  ["locked_423", 423],
  ["expired_authentication", 401, "EXPIRED_AUTHENTICATION"],
  ["missing_scopes", 403, "MISSING_SCOPES"],
]) {
  test(`${vendor} is told at once`, async () => {
    const body = category && { category };
    const { total } = await asked(fault({ vendor }), () => assert.rejects(page(), refusal(code, body)));

    assert.equal(total, 1);
  });
}

test("an account that is being moved: 477, with Retry-After in seconds", async () => {
  const { total } = await asked(fault({ vendor: "migrating_477" }), () =>
    assert.rejects(page(), (error) => error.code === 477 && Number(error.headers["retry-after"]) > 0),
  );

  assert.equal(total, 1);
});

test("a slow answer is waited for", async () => {
  const { result, total } = await asked(fault({ delay_ms: 200 }), page);

  assert.equal(result.results.length, 10);
  assert.equal(total, 1);
});
