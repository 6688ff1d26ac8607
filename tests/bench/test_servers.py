"""How fast the simulated CRMs are, so that they are never what another benchmark measures: ``make bench``.

Not part of the default suite. Both run in a process of their own with 100,000 contacts; the requests come
over one kept connection. Two figures each: what the server worked (its process's time on a core, as the
kernel counts it; HTTP and JSON included) and what a client waited, parsing left out.
"""

import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
import urllib3
from sandbox_process import ready, sandbox

pytestmark = pytest.mark.bench

CONTACTS = 100_000
SEED_S, REQUEST_MS = 20.0, 4.0
ROUNDS, WARM_UP = 200, 20
COLUMNS = "Id, FirstName, LastName, Email, Phone, Title, LeadSource, Status, Company, OwnerId, SystemModstamp"


@dataclass
class Server:
    """One simulated CRM: its process, its address, a connection, a token."""

    pid: int
    pool: urllib3.PoolManager
    url: str
    token: str

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        answer = self.pool.request(
            method,
            self.url + path,
            body=None if body is None else orjson.dumps(body),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        assert answer.status < 300, answer.data[:500]
        return answer.data

    def worked_ms(self) -> float:
        """How long the process has been at work until now, all threads together, as the kernel counts it."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e6


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[subprocess.Popen[str], re.Match[str], float]]:
    """The process, its ready line, and the seconds until it came."""
    started = time.monotonic()
    with sandbox("--contacts", str(CONTACTS), "--seed", "1") as process:
        line = ready(process)
        yield process, line, time.monotonic() - started


@pytest.fixture(scope="module")
def hubspot(served: tuple[subprocess.Popen[str], re.Match[str], float]) -> Server:
    return Server(served[0].pid, urllib3.PoolManager(retries=False), served[1][1], "sandbox")


@pytest.fixture(scope="module")
def salesforce(served: tuple[subprocess.Popen[str], re.Match[str], float]) -> Server:
    url = served[1][2]
    pool = urllib3.PoolManager(retries=False)
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    answer = pool.request("POST", f"{url}/services/oauth2/token", fields=form, encode_multipart=False)
    return Server(
        served[0].pid, pool, f"{url}/services/data/v64.0", orjson.loads(answer.data)["access_token"]
    )


def medians_ms(server: Server, ask: Callable[[int], object]) -> tuple[float, float]:
    """The server's work and the client's wait: medians of so many requests after a few to warm up.

    Each is given its number."""
    worked, waited = [], []
    for number in range(ROUNDS + WARM_UP):
        before, started = server.worked_ms(), time.perf_counter()
        ask(number)
        waited.append((time.perf_counter() - started) * 1000)
        worked.append(server.worked_ms() - before)
    return statistics.median(worked[WARM_UP:]), statistics.median(waited[WARM_UP:])


@pytest.mark.timeout(600)
def test_seeding_and_memory(
    served: tuple[subprocess.Popen[str], re.Match[str], float], capsys: pytest.CaptureFixture[str]
) -> None:
    process, _, seconds = served
    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    now, peak = (
        next(int(line.split()[1]) // 1024 for line in status if key in line) for key in ("VmRSS", "VmHWM")
    )
    with capsys.disabled():
        print(f"\n{CONTACTS:,} contacts: ready after {seconds:.1f} s, {now} MB, {peak} MB at the highest")
    assert seconds < SEED_S


@pytest.mark.timeout(600)
def test_pages_and_batches_of_hubspot(hubspot: Server, capsys: pytest.CaptureFixture[str]) -> None:
    listed = orjson.loads(hubspot.ask("GET", "/crm/v3/objects/contacts?limit=100"))
    ids = [each["id"] for each in listed["results"]]
    names = ("email", "firstname", "lastname", "phone", "jobtitle", "company", "city", "lifecyclestage")
    middle = ids[50]
    found = {
        "list 100": lambda _n: hubspot.ask(
            "GET", f"/crm/v3/objects/contacts?limit=100&after={middle}&properties={','.join(names)}"
        ),
        "search 100 by time": lambda _n: hubspot.ask(
            "POST",
            "/crm/v3/objects/contacts/search",
            {
                "limit": 100,
                "properties": names,
                "filterGroups": [
                    {
                        "filters": [
                            {"propertyName": "lastmodifieddate", "operator": "GT", "value": "2026-06-01"}
                        ]
                    }
                ],
                "sorts": [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}],
            },
        ),
        "batch read 100": lambda _n: hubspot.ask(
            "POST",
            "/crm/v3/objects/contacts/batch/read",
            {"properties": names, "inputs": [{"id": each} for each in ids]},
        ),
        "batch update 100": lambda n: hubspot.ask(
            "POST",
            "/crm/v3/objects/contacts/batch/update",
            {"inputs": [{"id": each, "properties": {"jobtitle": f"Title {n}"}} for each in ids]},
        ),
        "batch create 100": lambda n: hubspot.ask(
            "POST",
            "/crm/v3/objects/contacts/batch/create",
            {
                "inputs": [
                    {"properties": {"email": f"p{n}.{i}@bench.example.com", "lastname": f"Name {i}"}}
                    for i in range(100)
                ]
            },
        ),
        "associations of 100": lambda _n: hubspot.ask(
            "POST",
            "/crm/v4/associations/contacts/companies/batch/read",
            {"inputs": [{"id": each} for each in ids]},
        ),
    }
    report("HubSpot", hubspot, found, capsys)


@pytest.mark.timeout(600)
def test_pages_and_collections_of_salesforce(salesforce: Server, capsys: pytest.CaptureFixture[str]) -> None:
    rows = orjson.loads(salesforce.ask("GET", "/query?q=SELECT+Id+FROM+Lead+LIMIT+100"))["records"]
    ids = [row["Id"] for row in rows]
    where = "SystemModstamp+>+2026-06-01T00:00:00Z+ORDER+BY+SystemModstamp,Id+LIMIT+100"
    query = f"/query?q=SELECT+{COLUMNS.replace(' ', '')}+FROM+Lead+WHERE+{where}"
    lead = {"type": "Lead"}
    found = {
        "query 100 by time": lambda _n: salesforce.ask("GET", query),
        "retrieve 100": lambda _n: salesforce.ask(
            "POST", "/composite/sobjects/Lead", {"ids": ids, "fields": COLUMNS.split(", ")}
        ),
        "update 100": lambda n: salesforce.ask(
            "PATCH",
            "/composite/sobjects",
            {"records": [{"attributes": lead, "id": each, "Title": f"Title {n}"} for each in ids]},
        ),
        "create 100": lambda n: salesforce.ask(
            "POST",
            "/composite/sobjects",
            {
                "records": [
                    {
                        "attributes": lead,
                        "LastName": f"Name {i}",
                        "Company": "Bench BV",
                        "Email": f"q{n}.{i}@b.example",
                    }
                    for i in range(100)
                ]
            },
        ),
    }
    report("Salesforce", salesforce, found, capsys)


def report(
    name: str, server: Server, asked: dict[str, Callable[[int], object]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Prints the medians, then insists on the server's."""
    medians = {what: medians_ms(server, ask) for what, ask in asked.items()}
    with capsys.disabled():
        print()
        for what, (worked, waited) in medians.items():
            print(f"{name:10} {what:22} server {worked:6.2f} ms   client waits {waited:6.2f} ms")
    assert {what: worked for what, (worked, _) in medians.items() if worked >= REQUEST_MS} == {}
