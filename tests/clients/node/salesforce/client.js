// jsforce, pointed at a simulated Salesforce and logged in as its integration user.

import jsforce from "jsforce";
import { setDefaults } from "jsforce/lib/request.js";

// The client's own waits between tries start at 500 ms and double.
setDefaults({ followRedirect: true, retry: { minTimeout: 20 } });

const TEXT_KEY = { type: "Text", label: "Key", length: 40, externalId: true, unique: true };

/** A connection with a fresh token; `options` are jsforce's own. */
export async function connect(crms, options = {}) {
  const conn = new jsforce.Connection({ ...config(crms), ...options });
  await logIn(conn);
  return conn;
}

/** What jsforce must know of this org. */
export function config(crms) {
  const loginUrl = crms.urls.salesforce;
  const oauth2 = { loginUrl, clientId: "sandbox", clientSecret: "sandbox" };
  return { loginUrl, oauth2, version: "64.0" };
}

export function logIn(conn) {
  return conn.authorize({ grant_type: "client_credentials" });
}

/** Logs in anew when jsforce asks for a session: its `refreshFn`. */
export function renew(conn, done) {
  logIn(conn).then(() => done(null, conn.accessToken), done);
}

/** A new text field that is a key, such as "Lead.Key__c", which the running user may read and edit. */
export async function addKeyField(conn, fullName, metadata = {}) {
  const [type] = fullName.split(".");
  await conn.tooling.create("CustomField", { FullName: fullName, Metadata: { ...TEXT_KEY, ...metadata } });
  const assigned = await conn.sobject("PermissionSetAssignment").findOne({}, "PermissionSetId");
  const parts = { ParentId: assigned.PermissionSetId, SobjectType: type, Field: fullName };
  await conn.create("FieldPermissions", { ...parts, PermissionsRead: true, PermissionsEdit: true });
}

/** So many leads of one company, loaded by a bulk job. */
export async function loadLeads(conn, number, company) {
  const input = Array.from({ length: number }, (_, place) => ({
    LastName: `Lead ${place}`,
    Company: company,
  }));
  const { failedResults } = await conn.bulk2.loadAndWaitForResults({
    object: "Lead",
    operation: "insert",
    pollInterval: 10,
    input,
  });
  if (failedResults.length) throw new Error(JSON.stringify(failedResults[0]));
}
