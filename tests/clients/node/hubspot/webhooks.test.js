// HubSpot's client checks the signatures of the events that the simulated HubSpot sends.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test, { after, before } from "node:test";

import { Signature } from "@hubspot/api-client";

import { startCrms } from "../crms.js";
import { connect } from "./client.js";

const SECRET = "a secret of the app";
const crms = await startCrms();
const { contacts } = connect(crms).crm;

const received = [];
const listener = createServer(async (request, response) => {
  let requestBody = "";
  for await (const chunk of request) requestBody += chunk;
  received.push({ requestBody, headers: request.headers, url: `${address()}${request.url}` });
  listener.emit("event");
  response.end();
});
const address = () => `http://127.0.0.1:${listener.address().port}`;

before(async () => {
  listener.listen(0, "127.0.0.1").unref();
  await once(listener, "listening");
  const subscriptions = [
    { subscriptionType: "contact.creation" },
    { subscriptionType: "contact.propertyChange", propertyName: "city" },
  ];
  await crms.control("hubspot", "POST", "webhooks", {
    url: `${address()}/events?a=b`,
    secret: SECRET,
    subscriptions,
  });
});

after(() => listener.close());

/** What the client says of a request, or of a forged one. */
function isValid({ requestBody, url, headers }, forged = {}) {
  return Signature.isValid({
    signatureVersion: "v3",
    signature: headers["x-hubspot-signature-v3"],
    method: "POST",
    clientSecret: SECRET,
    requestBody,
    url,
    timestamp: Number(headers["x-hubspot-request-timestamp"]),
    ...forged,
  });
}

async function events(number) {
  const found = () => received.flatMap(({ requestBody }) => JSON.parse(requestBody));
  while (found().length < number) await once(listener, "event");
  return found();
}

test("a contact is made and moves: both events come, signed", async () => {
  const { id } = await contacts.basicApi.create({ properties: { email: "ann@fjord.dk" } });
  await contacts.basicApi.update(id, { properties: { city: "Ærø" } });
  const found = await events(2);

  assert.deepEqual(found.map((event) => event.subscriptionType).sort(), [
    "contact.creation",
    "contact.propertyChange",
  ]);
  const moved = found.find((event) => event.propertyName === "city");
  assert.deepEqual([String(moved.objectId), moved.propertyValue], [id, "Ærø"]);
  assert.ok(received.every((request) => isValid(request)));
});

test("a forged body, address, method or secret is seen", async () => {
  await contacts.basicApi.create({ properties: { email: "bob@fjord.dk" } });
  await events(3);
  const [request] = received;

  assert.equal(isValid(request, { requestBody: request.requestBody.replace("contact", "company") }), false);
  assert.equal(isValid(request, { url: `${address()}/other` }), false);
  assert.equal(isValid(request, { method: "PUT" }), false);
  assert.equal(isValid(request, { clientSecret: "another" }), false);
});

test("an event that is replayed after five minutes is refused", async () => {
  const [request] = received;
  const timestamp = Number(request.headers["x-hubspot-request-timestamp"]) - 301_000;

  assert.throws(() => isValid(request, { timestamp }), /Timestamp is invalid/);
});
