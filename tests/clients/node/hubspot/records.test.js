// HubSpot's client: the life of a record, all pages of a list, history, archive, merges, privacy deletion.

import assert from "node:assert/strict";
import test from "node:test";

import { startCrms } from "../crms.js";
import { connect, ids, refusal } from "./client.js";

const SEEDED = 250;
const crms = await startCrms({ contacts: SEEDED });
const { companies, contacts, deals, objects } = connect(crms).crm;

const contact = (email, more = {}) => contacts.basicApi.create({ properties: { email, ...more } });

test("the life of one contact", async () => {
  const made = await contact("Bo.Holm@Fjord.DK", { firstname: "Bo" });
  assert.equal(made.properties.email, "bo.holm@fjord.dk");
  assert.ok(made.createdAt instanceof Date);

  const changed = await contacts.basicApi.update(made.id, { properties: { city: "Århus", firstname: "" } });
  assert.equal(changed.properties.city, "Århus");
  assert.ok(changed.updatedAt >= made.updatedAt);
  const read = await contacts.basicApi.getById(made.id, ["firstname", "city", "phone", "no_such_property"]);
  const { firstname, city, phone } = read.properties;
  assert.deepEqual([firstname, city, phone], [null, "Århus", null]);
  assert.equal("no_such_property" in read.properties, false);

  await contacts.basicApi.archive(made.id);
  await assert.rejects(contacts.basicApi.getById(made.id), refusal(404, { category: "OBJECT_NOT_FOUND" }));
  const archived = await contacts.basicApi.getById(made.id, [], [], [], true);
  assert.equal(archived.archived, true);
  assert.ok(archived.archivedAt instanceof Date);
});

test("by email instead of id", async () => {
  const made = await contact("ada@fjord.dk");
  const key = [undefined, undefined, undefined, false, "email"];
  const read = await contacts.basicApi.getById("ADA@fjord.dk", ...key);
  const changed = await contacts.basicApi.update("ada@fjord.dk", { properties: { city: "Gent" } }, "email");

  assert.equal(read.id, made.id);
  assert.equal(changed.id, made.id);
});

test("all contacts, page by page, each of them once", async () => {
  const { result, routes } = await crms.counted("hubspot", () => contacts.getAll(100, undefined, ["email"]));
  const first = await contacts.basicApi.getPage(100);

  assert.equal(new Set(result.map((record) => record.id)).size, result.length);
  assert.ok(result.length >= SEEDED);
  assert.equal(routes["GET /crm/v3/objects/contacts"], 3);
  assert.equal(first.paging.next.after, result[100].id);
});

test("the address of the next page can be followed as it is", async () => {
  const page = await contacts.basicApi.getPage(10, undefined, ["email", "city"]);
  const { link } = page.paging.next;
  const headers = { authorization: "Bearer sandbox" };
  const next = await crms.withFaults([], async () => (await fetch(link, { headers })).json());

  assert.equal(new URL(link).origin, crms.urls.hubspot);
  assert.equal(next.results[0].id, page.paging.next.after);
  assert.equal(next.results.length, 10);
});

test("pages that are too large, or with history", async () => {
  await assert.rejects(contacts.basicApi.getPage(101), refusal(400, { category: "VALIDATION_ERROR" }));
  await assert.rejects(contacts.basicApi.getPage(51, undefined, [], ["email"]), refusal(400));
  const page = await contacts.basicApi.getPage(50, undefined, [], ["email"]);

  assert.equal(page.results.length, 50);
});

test("what a property was before", async () => {
  const made = await contact("cai@fjord.dk", { city: "Gent" });
  await crms.later(60);
  await contacts.basicApi.update(made.id, { properties: { city: "Aarhus" } });
  const read = await contacts.basicApi.getById(made.id, [], ["city"]);
  const versions = read.propertiesWithHistory.city;

  assert.deepEqual(
    versions.map((version) => version.value),
    ["Aarhus", "Gent"],
  );
  assert.ok(versions[0].timestamp > versions[1].timestamp);
  assert.ok(versions.every((version) => version.sourceType === "INTEGRATION"));
});

test("a contact made with its company, and a deal with both", async () => {
  const company = await companies.basicApi.create({ properties: { name: "Fjord A/S", domain: "fjord.dk" } });
  const to = (id, associationTypeId) => ({
    to: { id },
    types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId }],
  });
  const properties = { email: "dag@fjord.dk" };
  const person = await contacts.basicApi.create({ properties, associations: [to(company.id, 279)] });
  const deal = await deals.basicApi.create({
    properties: { dealname: "Boats", dealstage: "appointmentscheduled", amount: "1000.50" },
    associations: [to(company.id, 341), to(person.id, 3)],
  });
  const read = await deals.basicApi.getById(deal.id, ["amount"], undefined, ["contacts", "companies"]);

  assert.equal(read.properties.amount, "1000.5");
  const [linked] = read.associations.contacts.results;
  assert.deepEqual([linked.id, linked.type], [person.id, "deal_to_contact"]);
  assert.ok(read.associations.companies.results.every((each) => each.id === company.id));
});

test("engagements: a task and a note about a contact", async () => {
  const person = await contact("eli@fjord.dk");
  const about = (associationTypeId) => [
    { to: { id: person.id }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId }] },
  ];
  const properties = {
    hs_timestamp: "2026-11-23T09:00:00Z",
    hs_task_subject: "Call",
    hs_task_status: "NOT_STARTED",
  };
  const task = await objects.tasks.basicApi.create({ properties, associations: about(204) });
  const note = await objects.notes.basicApi.create({
    properties: { hs_timestamp: "2026-11-23T09:00:00Z", hs_note_body: "Wants a boat" },
    associations: about(202),
  });
  const generic = await objects.basicApi.getById("tasks", task.id, ["hs_task_subject"], undefined, [
    "contacts",
  ]);

  assert.equal(generic.properties.hs_task_subject, "Call");
  assert.equal(generic.associations.contacts.results[0].id, person.id);
  assert.ok(ids(await objects.notes.basicApi.getPage(100)).includes(note.id));
  const undated = { properties: { hs_task_subject: "When?" }, associations: [] };
  await assert.rejects(
    objects.tasks.basicApi.create(undated),
    refusal(400, { category: "VALIDATION_ERROR" }),
  );
});

test("after a merge both old ids lead to the survivor, which has a new one", async () => {
  const primary = await contact("fay@fjord.dk", { city: "Gent" });
  const other = await contact("fay@home.dk", { city: "Aarhus", phone: "+45 12345678" });
  const merged = await contacts.basicApi.merge({ primaryObjectId: primary.id, objectIdToMerge: other.id });
  const properties = ["email", "city", "phone", "hs_additional_emails"];
  const byOld = await Promise.all(
    [primary, other].map(({ id }) => contacts.basicApi.getById(id, properties)),
  );

  assert.ok(![primary.id, other.id].includes(merged.id));
  assert.deepEqual(
    byOld.map((record) => record.id),
    [merged.id, merged.id],
  );
  const { email, city, hs_additional_emails: more } = byOld[0].properties;
  assert.deepEqual([email, city, more], ["fay@fjord.dk", "Gent", "fay@home.dk"]);
  const again = { primaryObjectId: merged.id, objectIdToMerge: merged.id };
  await assert.rejects(contacts.basicApi.merge(again), refusal(400));
});

test("a deletion for privacy: gone for good, and the address cannot come back", async () => {
  const { id } = await contact("gus@fjord.dk");
  await contacts.basicApi.purge({ objectId: "gus@fjord.dk", idProperty: "email" });

  await assert.rejects(contacts.basicApi.getById(id, [], [], [], true), refusal(404));
  await assert.rejects(contact("gus@fjord.dk"), refusal(400));
});

test("what was archived is listed on request only", async () => {
  const { id } = await contact("ida@fjord.dk");
  await contacts.basicApi.archive(id);
  const live = await contacts.getAll(100);
  const archived = await contacts.getAll(100, undefined, undefined, undefined, undefined, true);

  assert.ok(!live.some((record) => record.id === id));
  assert.ok(archived.some((record) => record.id === id));
  assert.ok(archived.every((record) => record.archived));
});

test("a stage set backward is accepted, and not applied", async () => {
  const { id } = await contact("jon@fjord.dk", { lifecyclestage: "opportunity" });
  const stage = async () =>
    (await contacts.basicApi.getById(id, ["lifecyclestage"])).properties.lifecyclestage;
  const set = (lifecyclestage) => contacts.basicApi.update(id, { properties: { lifecyclestage } });

  await set("lead");
  assert.equal(await stage(), "opportunity");
  await set("");
  await set("lead");
  assert.equal(await stage(), "lead");
});
