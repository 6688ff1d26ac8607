// HubSpot's own client for Node, pointed at a simulated HubSpot.

import { Client } from "@hubspot/api-client";

// The client tells of each of its retries on the error output, between the lines of the test runner.
console.error = () => {};

/** A client with HubSpot's most tries for one call; `options` are the client's own. */
export function connect(crms, options = {}) {
  const config = { accessToken: "sandbox", basePath: crms.urls.hubspot, numberOfApiCallRetries: 6 };
  return new Client({ ...config, ...options });
}

/** What `assert.rejects` wants to see of an error of this client. */
export const refusal =
  (code, body = {}) =>
  (error) => {
    const found = Object.fromEntries(Object.keys(body).map((name) => [name, error.body?.[name]]));
    return error.code === code && JSON.stringify(found) === JSON.stringify(body);
  };

export const ids = (answer) => answer.results.map((record) => record.id);

/** A plain request; undisturbed, because this client repeats none of those. */
export const plain = (crms, client, request) => crms.withFaults([], () => client.apiRequest(request));
