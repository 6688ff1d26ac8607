// A fresh pair of simulated CRMs for one test file, and the two clients pointed at it.
//
// Enters: how many contacts. Leaves: their addresses, what `/_sandbox/` answers, and a check at the end that
// the servers stopped when told to and wrote nothing to their error output: no traceback.
// It ends only the process that it started, by its id.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { after } from "node:test";

import { USUAL_FAULTS } from "./faults.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PYTHON = process.env.SANDBOX_PYTHON ?? `${ROOT}.venv/bin/python`;
const HUNG_AFTER_MS = 120_000;
const READY = /^ready: HubSpot (\S+) · Salesforce (\S+) /m;

/** Both CRMs on free ports, stopped and looked at when the test file is done. */
export async function startCrms({ contacts = 0 } = {}) {
  const ports = ["--hubspot-port", "0", "--salesforce-port", "0"];
  const args = ["-m", "connector.sandbox", ...ports, "--contacts", String(contacts)];
  const server = spawn(PYTHON, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    server[name].setEncoding("utf8").on("data", (text) => (written[name] += text));
  }
  const ended = new Promise((resolve) => server.on("close", (code) => resolve(code)));
  endWithThisProcess(server);
  after(() => stop(server, ended, written));
  const [, hubspot, salesforce] = await ready(server, written);
  const crms = new Crms(hubspot, salesforce);
  await crms.putFaults(USUAL_FAULTS);
  return crms;
}

function ready(server, written) {
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.on("close", (code) => reject(new Error(`the CRMs ended with ${code}: ${written.stderr}`)));
    server.stdout.on("data", () => READY.test(written.stdout) && resolve(READY.exec(written.stdout)));
  });
}

/** Also when the test runner is interrupted, and when a client waits for ever. */
function endWithThisProcess(server) {
  const hung = () => {
    console.log(`nothing ends here after ${HUNG_AFTER_MS} ms`);
    process.exit(1);
  };
  setTimeout(hung, HUNG_AFTER_MS).unref();
  process.on("exit", () => server.kill("SIGKILL"));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => process.exit(1));
  }
}

async function stop(server, ended, written) {
  server.kill("SIGTERM");
  const tooLate = setTimeout(() => server.kill("SIGKILL"), 10_000);
  const code = await ended;
  clearTimeout(tooLate);
  assert.equal(written.stderr, "", "the servers complained");
  assert.equal(code, 0, "the servers did not end when told to");
}

class Crms {
  constructor(hubspot, salesforce) {
    this.urls = { hubspot, salesforce };
  }

  /** What `/_sandbox/…` of one CRM answers. */
  async control(side, method, path, body) {
    const init = { method, body: body && JSON.stringify(body) };
    const answer = await fetch(`${this.urls[side]}/_sandbox/${path}`, init);
    assert.equal(answer.status, 200, `${method} ${path}`);
    return answer.json();
  }

  /** Seconds of virtual time pass in both CRMs. */
  async later(seconds) {
    await this.control("hubspot", "POST", "clock", { advance_s: seconds });
  }

  /** How many requests one CRM was asked while `work` ran undisturbed, by route; and what `work` returned. */
  async counted(side, work) {
    return this.withFaults([], async () => {
      await this.control(side, "DELETE", "requests");
      const result = await work();
      const { by_route: routes, total } = await this.control(side, "GET", "requests");
      return { result, routes, total };
    });
  }

  /** Runs `work` with these fault rules in force, and no others. */
  async withFaults(rules, work) {
    await this.putFaults(rules);
    try {
      return await work();
    } finally {
      await this.putFaults(USUAL_FAULTS);
    }
  }

  async putFaults(rules) {
    await this.control("hubspot", "DELETE", "faults");
    for (const rule of rules) await this.control("hubspot", "POST", "faults", rule);
  }
}
