// jsforce writes: one record, arrays of them (sObject Collections), more than a collection takes.

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { startCrms } from "../crms.js";
import { connect } from "./client.js";

const GONE_ID = "00Q000000000000EAA";
const crms = await startCrms();
let conn;

before(async () => {
  conn = await connect(crms);
});

const lead = (name, more = {}) => ({ LastName: name, Company: "Fjord A/S", ...more });
const leads = (number, prefix) => Array.from({ length: number }, (_, place) => lead(`${prefix} ${place}`));
const ids = (results) => results.map((result) => result.id);
const codes = (results) => results.map((result) => result.errors.map((error) => error.statusCode).join());

test("the life of one record", async () => {
  const made = await conn.create("Lead", lead("Sørensen", { FirstName: "Bo", Email: "Bo@Fjord.example" }));
  assert.deepEqual({ ...made, id: 0 }, { id: 0, success: true, errors: [] });

  const changed = await conn.update("Lead", { Id: made.id, City: "Århus", FirstName: null });
  assert.deepEqual(changed, { id: made.id, success: true, errors: [] });
  const read = await conn.retrieve("Lead", made.id);
  assert.equal(read.attributes.url, `/services/data/v64.0/sobjects/Lead/${made.id}`);
  assert.deepEqual([read.Name, read.City, read.FirstName], ["Sørensen", "Århus", null]);
  assert.match(read.CreatedDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/);

  const some = await conn.retrieve("Lead", made.id, { fields: ["Email", "City"] });
  assert.deepEqual(Object.keys(some).sort(), ["City", "Email", "Id", "attributes"]);
  assert.deepEqual(await conn.destroy("Lead", made.id), { id: made.id, success: true, errors: [] });
  await assert.rejects(conn.retrieve("Lead", made.id), {
    name: "ENTITY_IS_DELETED",
    errorCode: "ENTITY_IS_DELETED",
  });
});

test("through an object of its type and a reference to a record", async () => {
  const accounts = conn.sobject("Account");
  const { id } = await accounts.create({ Name: "Fjord A/S" });
  await accounts.record(id).update({ Website: "fjord.example" });
  const read = await accounts.record(id).retrieve();
  await accounts.record(id).destroy();

  assert.equal(read.Website, "fjord.example");
  assert.equal(await accounts.count({ Id: id }), 0);
});

test("in an array each record has a verdict of its own", async () => {
  const made = await conn.create("Lead", [
    lead("Ada"),
    { Company: "No name" },
    lead("Bo", { Email: "not an address" }),
  ]);
  assert.deepEqual(
    made.map((result) => result.success),
    [true, false, false],
  );
  assert.deepEqual(codes(made), ["", "REQUIRED_FIELD_MISSING", "INVALID_EMAIL_ADDRESS"]);
  assert.deepEqual(made[1].errors[0].fields, ["LastName"]);

  const changes = [
    { Id: made[0].id, City: "Gent" },
    { Id: GONE_ID, City: "Gent" },
  ];
  const changed = await conn.update("Lead", changes);
  assert.deepEqual(
    changed.map((result) => result.success),
    [true, false],
  );

  const deleted = await conn.destroy("Lead", [made[0].id, GONE_ID]);
  assert.deepEqual(
    deleted.map((result) => result.success),
    [true, false],
  );
  const [again] = await conn.destroy("Lead", [made[0].id]);
  assert.equal(again.errors[0].statusCode, "ENTITY_IS_DELETED");
});

test("all or none: one bad record takes the others back", async () => {
  const made = await conn.create("Lead", [lead("Cai"), { Company: "No name" }], { allOrNone: true });

  assert.deepEqual(codes(made), ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]);
  assert.equal(await conn.sobject("Lead").count({ LastName: "Cai" }), 0);
});

test("more than 200 records: refused in one call, split by the client when it may", async () => {
  await assert.rejects(conn.create("Lead", leads(201, "Split")), { errorCode: "EXCEEDED_ID_LIMIT" });

  const splitting = { allowRecursive: true };
  const { result: made, routes } = await crms.counted("salesforce", () =>
    conn.create("Lead", leads(450, "Split"), splitting),
  );
  assert.equal(new Set(ids(made)).size, 450);
  assert.equal(routes["POST /services/data/{version}/composite/sobjects"], 3);

  const changed = await conn.update(
    "Lead",
    ids(made).map((Id) => ({ Id, City: "Gent" })),
    splitting,
  );
  assert.deepEqual(ids(changed), ids(made));
  const deleted = await conn.destroy("Lead", ids(made), splitting);
  assert.ok(deleted.every((result) => result.success));
  assert.equal(await conn.sobject("Lead").count({ City: "Gent" }), 0);
});

test("several types in one array", async () => {
  const records = [
    { attributes: { type: "Account" }, Name: "Fjord A/S" },
    { attributes: { type: "Contact" }, LastName: "Holm" },
  ];
  const made = await conn.create(null, records);

  assert.deepEqual(
    ids(made).map((id) => id.slice(0, 3)),
    ["001", "003"],
  );
});

test("retrieve many: in the order asked for, null for those that are not there", async () => {
  const made = await conn.create("Lead", leads(3, "Read"));
  const [first, second, third] = ids(made);
  const read = await conn.retrieve("Lead", [third, GONE_ID, first, second], { fields: ["Id", "LastName"] });

  assert.deepEqual(
    read.map((record) => record?.Id ?? null),
    [third, null, first, second],
  );
  const whole = await conn.retrieve("Lead", [first]);
  assert.equal(whole[0].Company, "Fjord A/S");
});

test("writes that are refused carry Salesforce's code as the error's name", async () => {
  const refused = (work, code, more = {}) => assert.rejects(work, { name: code, errorCode: code, ...more });

  await refused(conn.create("Lead", { Company: "X" }), "REQUIRED_FIELD_MISSING", {
    message: "Required fields are missing: [LastName]",
    data: {
      errorCode: "REQUIRED_FIELD_MISSING",
      fields: ["LastName"],
      message: "Required fields are missing: [LastName]",
    },
  });
  await refused(conn.create("Lead", lead("X", { Nope: 1 })), "INVALID_FIELD");
  await refused(conn.create("Lead", lead("X".repeat(81))), "STRING_TOO_LONG");
  await refused(conn.create("Nope", { Name: "X" }), "NOT_FOUND");
  await refused(conn.update("Lead", { Id: GONE_ID, City: "Gent" }), "NOT_FOUND");
  await refused(conn.retrieve("Lead", "nonsense"), "NOT_FOUND");
  await refused(conn.requestPost("/sobjects/Lead", ["no object"]), "JSON_PARSER_ERROR");
});

test("headers of one call: assignment rules off", async () => {
  const headers = { "Sforce-Auto-Assign": "FALSE" };
  const { id } = await conn.create("Lead", lead("Dag"), { headers });
  const read = await conn.retrieve("Lead", id);

  assert.equal(read.OwnerId, conn.userInfo.id);
});

test("a change that somebody else got in before is refused with 412", async () => {
  const { id } = await conn.create("Lead", lead("Eli"));
  const before = new Date(Date.now() - 3_600_000).toUTCString();
  const change = { method: "PATCH", url: `/sobjects/Lead/${id}`, body: JSON.stringify({ City: "Gent" }) };
  const headers = { "content-type": "application/json", "If-Unmodified-Since": before };

  await assert.rejects(conn.request({ ...change, headers }), (error) => /412|PRECONDITION/i.test(error.name));
});
