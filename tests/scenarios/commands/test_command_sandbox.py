"""The simulated CRMs, started as a newcomer starts them."""

import signal
import urllib.request

from desk import Desk, check


def test_it_says_where_both_answer_and_ends_at_ctrl_c(empty_desk: Desk) -> None:
    process = empty_desk.start("sandbox", "--hubspot-port", "0", "--salesforce-port", "0", "--contacts", "20")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready: HubSpot http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_machines_get_both_addresses_as_one_object(empty_desk: Desk) -> None:
    ports = ("--hubspot-port", "0", "--salesforce-port", "0")
    process = empty_desk.start("sandbox", *ports, "--contacts", "20", "--seed", "5", "--json")
    try:
        assert process.stdout is not None
        found = empty_desk.parse(process.stdout.readline())
        check(found, "sandbox")
        assert (found["contacts"], found["seed"]) == (20, 5)
        for side in ("hubspot", "salesforce"):
            with urllib.request.urlopen(f"{found[side]}/_sandbox/clock", timeout=10) as answer:
                assert answer.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")


def test_an_edition_sets_the_limits_of_both(empty_desk: Desk) -> None:
    ports = ("--hubspot-port", "0", "--salesforce-port", "0")
    process = empty_desk.start("sandbox", *ports, "--contacts", "0", "--edition", "enterprise", "--json")
    try:
        assert process.stdout is not None
        found = empty_desk.parse(process.stdout.readline())
        for side in ("hubspot", "salesforce"):
            with urllib.request.urlopen(f"{found[side]}/_sandbox/settings", timeout=10) as answer:
                assert empty_desk.parse(answer.read().decode())["edition"] == "enterprise"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_a_port_in_use_is_told(empty_desk: Desk) -> None:
    port = empty_desk.running.hubspot_url.rpartition(":")[2]
    process = empty_desk.start("sandbox", "--hubspot-port", port, "--salesforce-port", "0", "--json")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"port {port}" in empty_desk.parse(out)["error"]["message"]
    assert "Traceback" not in err


def test_people_at_work_are_told_line_by_line_beside_the_one_object_for_machines(empty_desk: Desk) -> None:
    """What people do goes to stderr, so that stdout stays one JSON object."""
    live = ("--live", "--speed", "3600", "--json", "--contacts", "50")
    process = empty_desk.start("sandbox", "--hubspot-port", "0", "--salesforce-port", "0", *live)
    assert process.stdout is not None
    assert process.stderr is not None
    check(empty_desk.parse(process.stdout.readline()), "sandbox")
    lines = [process.stderr.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert all(" (" in line and line.endswith(")\n") for line in lines), lines
    assert "Traceback" not in err
