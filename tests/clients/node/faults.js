// What CRM_FAULTS=on adds to every test: trouble that the clients' own tries get over. By the seeds it is the
// same trouble each time.
//
// jsforce repeats requests that only read. HubSpot's client repeats whatever a server answers with 5xx, but
// nothing whose connection broke. Left out are answers cut in the middle, and silence: both wait for ever.

const JSFORCE_READS = { side: "salesforce", method: "GET" };
const HUBSPOT = { side: "hubspot" };

const often = (probability, seed, match, answer) => ({ match, probability, seed, times: null, answer });

const FAULTS = [
  often(0.04, 1, JSFORCE_READS, { vendor: "SERVER_UNAVAILABLE" }),
  often(0.02, 2, JSFORCE_READS, { vendor: "html_503" }),
  often(0.02, 3, JSFORCE_READS, "drop"),
  often(0.02, 4, JSFORCE_READS, "reset"),
  often(0.02, 5, HUBSPOT, { vendor: "internal_error" }),
  often(0.02, 6, HUBSPOT, { vendor: "bad_gateway_html" }),
  often(0.3, 7, { ...HUBSPOT, route: "/crm/**/batch/**" }, "reorder"),
  often(0.2, 8, {}, { delay_ms: { median: 5, p95: 40 } }),
];

/** The rules in force when a test does not ask for others. */
export const USUAL_FAULTS = process.env.CRM_FAULTS === "on" ? FAULTS : [];
