"""What was replaced can be found again as long as it is kept, and every write stands in the audit once."""

from pathlib import Path

import pytest
import requests
from setting import Firm, firm

from connector.model import LINK_ID, PARTNER_ID, Op, Side, Why
from connector.sandbox.people.day import work_a_day
from connector.sync.guards import Limits

FREE = Limits(10**6, 10**6, 10**6, 10**6, 10**6, 10**6)


def fault(acme: Firm, method: str, answer: str) -> None:
    """The answer of the next write to Salesforce is lost; it is done all the same."""
    place = {"method": method, "path_prefix": "/services/data/v64.0/composite/sobjects"}
    rule = {"match": place, "nth": 1, "times": 1, "answer": answer}
    requests.post(f"{acme.running.hubspot_url}/_sandbox/faults", json=rule, timeout=5).raise_for_status()


def lost(acme: Firm) -> list[str]:
    """Fields whose replaced value nobody keeps, over all runs."""
    digest, found = acme.key.hash, []
    for row in acme.store.last_runs(100):
        links = acme.store.links_of_run(row.id)
        kept = acme.store.replaced_by(row.id, links, acme.now())
        known = {(s.link, s.target, s.field, digest(s.value)) for s in kept}
        for audit in acme.store.written_by(row.id, links):
            ours = audit.field in (LINK_ID, PARTNER_ID) or audit.before == digest(None)
            if not ours and (audit.link, audit.target, audit.field, audit.before) not in known:
                found.append(f"run {row.id}: {audit.target} {audit.field} {audit.why}")
    return found


def test_a_day_of_work_replaces_nothing_that_is_not_kept(tmp_path: Path) -> None:
    """Titles, owners, blanks, clashes, associations: whatever stood there is in the ledger."""
    with firm(tmp_path, contacts=60) as acme:
        acme.limits = FREE
        acme.settle()
        work_a_day(acme.world, 3)
        acme.settle()
        whys = {row.why for run in acme.store.last_runs(100) for row in acme.store.audit_of_run(run.id)}
        assert {Why.EDIT, Why.FIRST, Why.CREATE} <= whys
        assert lost(acme) == []


@pytest.mark.parametrize("answer", ["apply_then_drop", "apply_then_reset"])
def test_an_update_whose_answer_was_lost_is_audited_once_and_what_it_replaced_is_kept(
    acme: Firm, answer: str
) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Buyer")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, jobtitle="CFO")
    fault(acme, "PATCH", answer)
    run = acme.sync().run
    acme.settle()
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    (row, made) = acme.store.audit_of(link.id, "job_title")
    assert (row.run, row.op, row.target.id, made.op) == (run, Op.UPDATE, lead, Op.CREATE)
    (kept,) = [s for s in acme.store.replaced_by(run, [link.id], acme.now()) if s.field == "job_title"]
    assert kept.value == "Buyer"
    assert lost(acme) == []
    assert acme.store.verify_audit() == []


def test_a_create_whose_answer_was_lost_is_audited_once(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A")
    fault(acme, "POST", "apply_then_drop")
    run = acme.sync().run
    acme.settle()
    lead = acme.partner(contact)
    rows = [row for row in acme.store.audit_of_run(run) if row.target == lead]
    assert {row.op for row in rows} == {Op.CREATE}
    fields = [row.field for row in rows]
    assert sorted(fields) == sorted(set(fields))
    assert {"email", "last_name", LINK_ID} <= set(fields)
