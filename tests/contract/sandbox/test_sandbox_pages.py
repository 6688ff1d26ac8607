"""The pages for a person: who may ask for them, how values are shown, what lists offer."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from sandbox_crms import Crms
from sandbox_pages import UI, Person

from connector.sandbox.serve import start
from connector.sandbox.tls import ready
from connector.sandbox.world import World

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "😀 Ünïcode",
    "שלום עולם",
    "=1+1|'&amp;",
)


@pytest.fixture
def marketer(crms: Crms) -> Person:
    return Person(crms.running.hubspot_url)


@pytest.fixture
def rep(crms: Crms) -> Person:
    return Person(crms.running.salesforce_url)


def both(crms: Crms) -> list[Person]:
    return [Person(crms.running.hubspot_url), Person(crms.running.salesforce_url)]


# ---------------------------------------------------------------- who may ask


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "10.0.0.7:8801"])
def test_a_name_that_is_not_this_machines_is_refused(crms: Crms, host: str) -> None:
    """A site whose name leads to this machine (DNS rebinding) gets nothing to read."""
    for person in both(crms):
        assert person.open("", Host=host).status == 403


@pytest.mark.parametrize("host", ["localhost:1234", "127.0.0.1", "[::1]:80", "LocalHost"])
def test_every_name_of_this_machine_is_answered(crms: Crms, host: str) -> None:
    for person in both(crms):
        assert person.open("", Host=host).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", ""])
def test_a_form_of_another_page_changes_nothing(crms: Crms, rep: Person, origin: str) -> None:
    """A page of another site cannot post into a CRM that runs beside it."""
    lead = crms.world.salesforce.user_create("Lead", {"LastName": "Vos", "Company": "Vos BV"})
    answer = rep.post(f"/Lead/{lead}/edit", {"f.LastName": ["Hacked"]}, Origin=origin)
    assert answer.status == 403
    assert (crms.world.salesforce.get("Lead", lead) or {})["LastName"] == "Vos"


def test_a_post_without_an_origin_is_refused(rep: Person) -> None:
    answer = requests.post(f"{rep.base}{UI}/work-as", data={"person": "x"}, timeout=20)
    assert answer.status_code == 403


def test_every_answer_forbids_scripts_frames_and_anything_from_elsewhere(crms: Crms) -> None:
    for person in both(crms):
        for path in ("", "/style.css", "/nothing/here/at/all", "/Lead", "/contacts"):
            headers = person.open(path).answer.headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "script-src" not in policy
            assert headers["x-content-type-options"] == "nosniff"


def test_no_page_asks_for_anything_from_elsewhere(crms: Crms) -> None:
    """No address with a scheme or a host in it, no script, no inline style."""
    for person in both(crms):
        for path in ("", "/Lead", "/contacts", "/deals/new", "/Task/new"):
            page = person.open(path)
            for tag, found in page.tags:
                assert tag not in ("script", "style", "iframe", "object")
                assert "style" not in found
                for name in ("href", "src", "action"):
                    assert found.get(name, UI).startswith((UI, "#", "data:,")), found


def test_people_at_the_pages_are_not_counted_as_requests(crms: Crms, marketer: Person) -> None:
    crms.world.faults.add({"answer": {"status": 500}})
    assert marketer.open("/contacts").status == 200
    assert crms.world.requests["hubspot"].total == 0


def test_after_switching_a_person_comes_back_to_these_pages_only(rep: Person) -> None:
    for back in ("https://evil.example", "//evil.example", f"{UI}/\\evil", f"{UI}evil", ""):
        page = rep.post("/work-as", {"person": ["x"], "back": [back]})
        assert page.path == UI
    assert rep.post("/work-as", {"person": ["x"], "back": [f"{UI}/Lead?q=a"]}).path == f"{UI}/Lead?q=a"


def test_a_name_of_choice_is_answered_and_may_send_forms_over_https(tmp_path: Path) -> None:
    """`smarketing sandbox --tls` serves under names of choice: the pages are there under them too."""
    names = ("crm.example", "acme.my.salesforce.com")
    world, identity = World(), ready(tmp_path, names)
    with start(world, identity=identity, hosts=names) as running:
        rep = Person(f"https://localhost:{running.salesforce_url.rsplit(':', 1)[1]}")
        rep.session.trust_env = False  # else this machine's REQUESTS_CA_BUNDLE goes first
        rep.session.verify = str(identity.authority)
        here = {"Host": names[1], "Origin": f"https://{names[1]}"}
        assert rep.open("/Lead", Host=names[1]).status == 200
        assert rep.open("/Lead", Host="other.my.salesforce.com").status == 403
        made = rep.session.post(
            f"{rep.base}{UI}/Lead/new",
            {"f.LastName": "Vos", "f.Company": "Vos BV"},
            headers=here,
            timeout=20,
            allow_redirects=False,
        )
        assert made.status_code == 303
        assert rep.post("/Lead/new", {}, **{**here, "Origin": f"http://{names[1]}"}).status == 403
    world.close()


# ---------------------------------------------------------------- how values are shown


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_it_is_and_never_as_a_page(crms: Crms, rep: Person, name: str) -> None:
    """In lists, on the record page and in the form; what was typed comes back unharmed."""
    lead = crms.world.salesforce.user_create("Lead", {"LastName": name, "Company": name, "Description": name})
    _shown_unharmed(rep, f"/Lead/{lead}", "/Lead", "LastName", name)
    crms.world.salesforce.user_delete("Lead", lead)
    assert name in rep.open("/Lead?deleted=1").text


@pytest.mark.parametrize("name", NASTY)
def test_a_name_in_hubspot_is_shown_as_it_is(crms: Crms, marketer: Person, name: str) -> None:
    contact = crms.world.hubspot.user_create("contacts", {"lastname": name, "message": name})
    crms.world.hubspot.user_edit("contacts", contact, {"company": name})
    _shown_unharmed(marketer, f"/contacts/{contact}", "/contacts", "lastname", name)


def _shown_unharmed(person: Person, record: str, listing: str, field: str, name: str) -> None:
    for path in (record, listing, f"{record}/edit", f"{record}/merge", f"{record}/delete"):
        page = person.open(path)
        assert page.status == 200
        assert not [tag for tag, found in page.tags if tag in ("script", "img") or "onerror" in found]
    assert name in person.open(record).text
    form = person.open(f"{record}/edit").form(field)
    assert form.holds(field) == name
    assert person.send(form).status == 200


def test_what_was_looked_for_is_shown_as_it_is(crms: Crms) -> None:
    for person, path in zip(both(crms), ("/contacts", "/Lead"), strict=True):
        page = person.open(f'{path}?q="><script>alert(1)</script>&sort="><b>&page=x')
        assert page.status == 200
        assert not [tag for tag, _ in page.tags if tag in ("script", "b")]


def test_every_page_says_that_it_is_not_the_real_thing_and_in_which_language(crms: Crms) -> None:
    for person, name in zip(both(crms), ("HubSpot", "Salesforce"), strict=True):
        page = person.open()
        assert f"Simulated {name}: not the real thing." in page.text
        assert ("html", {"lang": "en"}) in page.tags
        assert sum(tag == "h1" for tag, _ in page.tags) == 1


@pytest.mark.parametrize(
    "path", ["/Task/new", "/Lead/new", "/Opportunity/new", "/contacts/new", "/tasks/new"]
)
def test_every_field_of_a_form_has_a_label(crms: Crms, path: str) -> None:
    person = both(crms)[path[1].islower() is False]
    page = person.open(path)
    labels = {found["for"] for tag, found in page.tags if tag == "label" and "for" in found}
    wanted = [
        found["id"]
        for tag, found in page.tags
        if tag in ("input", "select", "textarea") and found.get("type") not in ("hidden", "checkbox")
    ]
    assert len(wanted) > 5
    assert set(wanted) <= labels


def test_the_words_and_the_ground_are_far_enough_apart_in_light_and_dark(rep: Person) -> None:
    """Contrast of at least 4.5 to 1 for each text color on each ground it stands on (WCAG AA)."""
    text = rep.open("/style.css").answer.text
    light, dark = text.split("@media (prefers-color-scheme: dark)", 1)
    for part in (light, dark.split("* {", 1)[0]):
        colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part))
        for ink in ("ink", "soft", "accent", "bad", "warn", "good"):
            grounds = ["card", "page"] if ink in ("ink", "soft", "accent") else ["card", f"{ink}-soft"]
            for ground in grounds:
                assert _contrast(colors[ink], colors[ground]) >= 4.5, (ink, ground)
        assert _contrast(colors["accent-ink"], colors["accent"]) >= 4.5 if "accent-ink" in colors else True


def _contrast(one: str, other: str) -> float:
    def light(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


# ---------------------------------------------------------------- lists


def test_a_list_is_paged_sorted_and_searched(crms: Crms) -> None:
    """Each page holds other records, all together hold every record once, in the order asked for."""
    cases: list[tuple[Person, str, str, Callable[[], int]]] = [
        (both(crms)[0], "/contacts", "lastname", lambda: _living(crms.world.hubspot.all("contacts"))),
        (both(crms)[1], "/Lead", "LastName", lambda: _living(crms.world.salesforce.all("Lead"))),
    ]
    for person, path, name, count in cases:
        seen: list[str] = []
        for number in range(1, 9):
            page = person.open(f"{path}?sort={name}&page={number}")
            seen += [each for each in page.links(f"{path}/") if re.search(r"/\w{11,18}$", each)]
            if not page.links(f"page={number + 1}"):
                break
        assert len(seen) == len(set(seen)) == count()
        backward = person.open(f"{path}?sort={name}&down=1")
        assert ("th", "descending") in [(tag, found.get("aria-sort", "")) for tag, found in backward.tags]


def _living(found: object) -> int:
    return sum(1 for each in found if not (each.get("archived") or each.get("IsDeleted")))  # type: ignore[attr-defined]


def test_a_search_finds_people_by_parts_of_their_name_and_address(crms: Crms) -> None:
    crms.world.salesforce.user_create(
        "Lead", {"FirstName": "Fenna", "LastName": "Uilenspiegel", "Company": "Uil"}
    )
    crms.world.hubspot.user_create("contacts", {"firstname": "Fenna", "lastname": "Uilenspiegel"})
    for person, path in zip(both(crms), ("/contacts", "/Lead"), strict=True):
        page = person.open(f"{path}?q=fenna+uilen")
        assert "1 lead found" in page.text or "1 contact found" in page.text
        assert "Fenna Uilenspiegel" in page.text
        assert re.search(r"\b0 (leads|contacts) found", person.open(f"{path}?q=nobodyatall").text)


def test_what_is_looked_for_is_no_pattern(crms: Crms) -> None:
    """A percent sign or an underscore stands for itself, and a letter for its capital."""
    crms.world.salesforce.user_create("Lead", {"LastName": "Åkjær", "Company": "100%_A"})
    crms.world.hubspot.user_create("contacts", {"lastname": "Åkjær", "company": "100%_A"})
    for person, path in zip(both(crms), ("/contacts", "/Lead"), strict=True):
        for text in ("a%25z", "_____________", "\\", '"'):
            assert re.search(r"\b0 (leads|contacts) found", person.open(f"{path}?q={text}").text)
        for text in ("100%25_a", "åkjær", "ÅKJÆR"):
            assert re.search(r"\b1 (lead|contact) found", person.open(f"{path}?q={text}").text)
        assert "Åkjær" not in person.open(f"{path}?deleted=1&q=åkjær&sort=company").text


def test_what_no_browser_sends_breaks_nothing(crms: Crms, capsys: pytest.CaptureFixture[str]) -> None:
    """Garbage in addresses, queries and forms gets a page with 400 or 404, or is ignored; never a 500."""
    for person in both(crms):
        for path in (
            "/%ff",
            "/Lead/%00",
            "/contacts/%F0%9F%98%80",
            "/contacts?q=%ff%00&sort=%00&page=9e9&down=7",
        ):
            assert person.open(path).status in (200, 404), path
        for path in (
            "/Lead/new?LastName=%ff&about=::&Nothing=1",
            "/contacts/new?about=x:y",
            "/tasks/new?about=a",
        ):
            assert person.open(path).status in (200, 404), path
        for fields in (
            {"f.Nothing": ["1"]},
            {"f.": [""]},
            {"about": ["x:y"], "f.lastname": ["a"]},
            {"f.email": ["\x00"]},
        ):
            for path in ("/Lead/new", "/contacts/new", "/Opportunity/new", "/tasks/new"):
                assert person.post(path, fields).status in (400, 404), (path, fields)
        assert person.post("/work-as", {str(n): ["1"] for n in range(6000)}).status == 400
    assert capsys.readouterr().err == ""


def test_a_page_that_does_not_exist_is_said_not_to(crms: Crms) -> None:
    """Unknown types, ids and addresses get a page with status 404 and no server error."""
    for person in both(crms):
        for path in ("/nothing", "/contacts/1", f"/contacts/{'9' * 40}", "/Lead/00Q000000000001", "/a/b/c/d"):
            assert person.open(path).status == 404, path
        for path in ("/contacts/1/merge", "/Lead/00Q000000000001/convert", "/x/new", "/contacts/1/restore"):
            assert person.post(path, {}).status == 404, path
