// HubSpot's client as an app of others uses it: consent, tokens that end, and the webhooks it subscribes to.

import assert from "node:assert/strict";
import test from "node:test";

import { startCrms } from "../crms.js";
import { connect, refusal } from "./client.js";

const APP = ["sandbox", "sandbox"];
const BACK = "http://127.0.0.1/back";
const APP_ID = 1;
const crms = await startCrms({ contacts: 20 });
const { oauth } = connect(crms);

/** A code, as the browser of somebody who agrees brings it back. */
async function consent(scope) {
  const asked = new URLSearchParams({ client_id: "sandbox", redirect_uri: BACK, scope, state: "s" });
  const url = `${crms.urls.hubspot}/oauth/authorize?${asked}`;
  const answer = await crms.withFaults([], () => fetch(url, { redirect: "manual" }));
  const back = new URL(answer.headers.get("location"));
  assert.equal(back.searchParams.get("state"), "s");
  return back.searchParams.get("code");
}

const exchange = (code) => oauth.tokensApi.create("authorization_code", code, BACK, ...APP);
const refresh = (token) => oauth.tokensApi.create("refresh_token", undefined, undefined, ...APP, token);
const contactsOf = ({ accessToken }) => connect(crms, { accessToken }).crm.contacts.basicApi.getPage(5);

test("a code becomes tokens, once", async () => {
  const code = await consent("crm.objects.contacts.read oauth");
  const tokens = await exchange(code);
  const about = await oauth.accessTokensApi.get(tokens.accessToken);

  assert.deepEqual([tokens.tokenType, tokens.expiresIn], ["bearer", 1800]);
  assert.deepEqual([...about.scopes].sort(), ["crm.objects.contacts.read", "oauth"]);
  assert.equal((await contactsOf(tokens)).results.length, 5);
  await assert.rejects(exchange(code), refusal(400, { status: "BAD_AUTH_CODE" }));
});

test("after half an hour the token is dead, and a new one is to be had", async () => {
  const tokens = await exchange(await consent("crm.objects.contacts.read"));
  await crms.later(1_801);
  await assert.rejects(contactsOf(tokens), refusal(401, { category: "EXPIRED_AUTHENTICATION" }));
  const renewed = await refresh(tokens.refreshToken);

  assert.equal((await contactsOf(renewed)).results.length, 5);
  await oauth.refreshTokensApi.archive(tokens.refreshToken);
  await assert.rejects(refresh(tokens.refreshToken), refusal(400, { status: "BAD_REFRESH_TOKEN" }));
});

test("what the consent did not name is refused", async () => {
  const { accessToken } = await exchange(await consent("crm.objects.contacts.read"));
  const { contacts } = connect(crms, { accessToken }).crm;
  const create = contacts.basicApi.create({ properties: { email: "ann@fjord.dk" } });

  await assert.rejects(create, refusal(403, { category: "MISSING_SCOPES" }));
});

test("what an app subscribes to", async () => {
  const { webhooks } = connect(crms, { accessToken: undefined, developerApiKey: "sandbox" });
  const { settingsApi, subscriptionsApi } = webhooks;
  const throttling = { maxConcurrentRequests: 5, period: "SECONDLY" };
  await settingsApi.configure(APP_ID, { targetUrl: "http://127.0.0.1:9/events", throttling });
  const wanted = { eventType: "contact.propertyChange", propertyName: "city", active: false };
  const made = await subscriptionsApi.create(APP_ID, wanted);
  await subscriptionsApi.update(Number(made.id), APP_ID, { active: true });
  const { results } = await subscriptionsApi.getAll(APP_ID);

  assert.equal((await settingsApi.getAll(APP_ID)).targetUrl, "http://127.0.0.1:9/events");
  assert.deepEqual(
    results.map(({ propertyName, active }) => [propertyName, active]),
    [["city", true]],
  );
  await subscriptionsApi.archive(Number(made.id), APP_ID);
  await settingsApi.clear(APP_ID);
  await assert.rejects(settingsApi.getAll(APP_ID), refusal(404));
});
