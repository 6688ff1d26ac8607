// jsforce and what the REST API cannot do: converting leads, merging, bringing back what was deleted.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import jsforce from "jsforce";

import { startCrms } from "../crms.js";
import { connect, renew } from "./client.js";

const CONVERTED = "Closed - Converted";
const GONE_LEAD = "00Q000000000000EAA";
const crms = await startCrms();
let conn;

before(async () => {
  conn = await connect(crms, { refreshFn: renew });
});

const lead = async (more = {}) =>
  (await conn.create("Lead", { LastName: "Holm", Company: "Fjord A/S", ...more })).id;
const contact = async (more = {}) => (await conn.create("Contact", { LastName: "Holm", ...more })).id;
const codes = (results) => results.map((result) => result.errors[0]?.statusCode ?? "");

test("a lead becomes a contact of an account, with an opportunity", async () => {
  const leadId = await lead({ FirstName: "Bo", Email: "bo@fjord.dk" });
  const result = await conn.soap.convertLead({
    leadId,
    convertedStatus: CONVERTED,
    opportunityName: "Boats",
  });
  const converted = await conn.retrieve("Lead", leadId);
  const person = await conn.retrieve("Contact", result.contactId);
  const deal = await conn.retrieve("Opportunity", result.opportunityId);

  assert.equal(result.success, true);
  assert.deepEqual([converted.IsConverted, converted.Status], [true, CONVERTED]);
  assert.deepEqual(
    [converted.ConvertedContactId, converted.ConvertedAccountId],
    [result.contactId, result.accountId],
  );
  assert.deepEqual(
    [person.Name, person.Email, person.AccountId],
    ["Bo Holm", "bo@fjord.dk", result.accountId],
  );
  assert.equal(deal.Name, "Boats");
  await assert.rejects(conn.update("Lead", { Id: leadId, City: "Gent" }), {
    name: "CANNOT_UPDATE_CONVERTED_LEAD",
  });
});

test("several leads: into a contact that is there, without an opportunity, not at all", async () => {
  const { id: accountId } = await conn.create("Account", { Name: "Fjord A/S" });
  const contactId = await contact({ AccountId: accountId, Phone: "1" });
  const first = await lead({ Phone: "2", Title: "Captain" });
  const results = await conn.soap.convertLead([
    { leadId: first, convertedStatus: CONVERTED, accountId, contactId, doNotCreateOpportunity: true },
    { leadId: await lead(), convertedStatus: "No such status" },
    { leadId: GONE_LEAD, convertedStatus: CONVERTED },
  ]);
  const person = await conn.retrieve("Contact", contactId);

  assert.deepEqual(codes(results), ["", "INVALID_STATUS", "INVALID_CROSS_REFERENCE_KEY"]);
  assert.deepEqual([results[0].contactId, results[0].opportunityId], [contactId, null]);
  assert.deepEqual([person.Phone, person.Title], ["1", "Captain"]);
});

test("the same through an Apex class of one's own, which has to be installed first", async () => {
  const leads = [{ leadId: await lead(), convertedStatus: CONVERTED, doNotCreateOpportunity: true }];
  const convert = () => conn.apex.post("/smarketing/convert", { leads });
  await assert.rejects(convert(), { name: "NOT_FOUND", message: "Could not find a match for URL" });

  await crms.control("salesforce", "POST", "settings", { apex_convert: true });
  const [result] = await convert();
  assert.deepEqual([result.success, result.leadId], [true, leads[0].leadId]);
});

test("two contacts become one: the loser is deleted, and says who won", async () => {
  const [master, loser] = [await contact({ Phone: "1" }), await contact({ Phone: "2" })];
  const task = await conn.create("Task", { Subject: "Call", WhoId: loser });
  const masterRecord = { type: "Contact", Id: master, Title: "Captain" };
  const result = await conn.soap.merge({ masterRecord, recordToMergeIds: [loser] });
  const soql = `SELECT IsDeleted, MasterRecordId FROM Contact WHERE Id = '${loser}'`;
  const { records } = await conn.query(soql, { scanAll: true });
  const winner = await conn.retrieve("Contact", master);

  assert.deepEqual([result.success, result.mergedRecordIds], [true, [loser]]);
  assert.deepEqual([records[0].IsDeleted, records[0].MasterRecordId], [true, master]);
  assert.deepEqual([winner.Phone, winner.Title], ["1", "Captain"]);
  assert.equal((await conn.retrieve("Task", task.id)).WhoId, master);
});

test("deleted, brought back, deleted, gone for good", async () => {
  const id = await contact();
  const find = () => conn.sobject("Contact").count({ Id: id });
  await conn.destroy("Contact", id);
  const [back] = await conn.soap.undelete([id]);
  assert.deepEqual([back.success, await find()], [true, 1]);

  await conn.soap.delete(id);
  const again = await conn.soap.delete([id]);
  assert.deepEqual([again[0].success, codes(again)[0]], [false, "ENTITY_IS_DELETED"]);
  const [emptied] = await conn.soap.emptyRecycleBin([id]);
  const [late] = await conn.soap.undelete([id]);
  assert.deepEqual([emptied.success, late.success], [true, false]);
});

test("records by SOAP: made, cleared, upserted, each with a verdict of its own", async () => {
  const made = await conn.soap.create([
    { type: "Lead", LastName: "Holm & <Søn>", Company: "Fjord A/S", City: "Gent" },
    { type: "Lead", Company: "Nobody" },
  ]);
  assert.deepEqual(codes(made), ["", "REQUIRED_FIELD_MISSING"]);
  const { id } = made[0];
  await conn.soap.update({ type: "Lead", Id: id, City: null });
  const upserted = await conn.soap.upsert("Id", { type: "Contact", LastName: "Holm" });
  const read = await conn.retrieve("Lead", id);

  assert.deepEqual([read.LastName, read.City], ["Holm & <Søn>", null]);
  assert.deepEqual([upserted.success, upserted.created], [true, true]);
  await assert.rejects(conn.soap.create({ type: "Nope" }), { name: "sf:INVALID_TYPE" });
  await assert.rejects(conn.soap.create({ type: "Lead", Nope__c: "x" }), { name: "sf:INVALID_FIELD" });
});

test("who is logged in, and what time it is there", async () => {
  const user = await conn.soap.getUserInfo();
  await crms.later(3_600);
  const { timestamp } = await conn.soap.getServerTimestamp();

  assert.deepEqual([user.userId, user.organizationId], [conn.userInfo.id, conn.userInfo.organizationId]);
  assert.ok(new Date(timestamp) - Date.now() > 3_500_000);
});

test("an ended session is renewed; logging in with a password is a thing of the past", async () => {
  conn.accessToken = "ended";
  assert.equal((await conn.soap.getUserInfo()).userId, conn.userInfo.id);

  const old = new jsforce.Connection({ loginUrl: crms.urls.salesforce });
  await assert.rejects(
    old.login("integration@simulated.example", "secret"),
    /SOAP API login\(\) is disabled/,
  );
});
