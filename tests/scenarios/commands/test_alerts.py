"""Nobody watches a scheduler: what is wrong comes by mail or into a chat, once, and again when it is over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alert_servers import Hook, Postbox, hook, postbox
from desk import Desk

from connector.alerts.webhook import is_public
from connector.sandbox.tls import Identity, ready
from jobs.housekeeping import housekeeping
from jobs.sync import sync

PERSON = {"email": "anna@jansen.be", "lastname": "Jansen", "lifecyclestage": "salesqualifiedlead"}


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return ready(tmp_path_factory.mktemp("tls"), [])


@pytest.fixture
def box(identity: Identity) -> Iterator[Postbox]:
    with postbox(identity) as made:
        yield made


def by_mail(desk: Desk, box: Postbox, identity: Identity, more: str = "") -> None:
    desk.configure(
        'security = "starttls"\n',
        f"""security = "starttls"
host = "localhost"
port = {box.port}
from = "smarketing@example.com"
to = ["ops@example.com", "marketing@example.com"]
ca_file = "{identity.authority}"
{more}""",
    )


def by_hook(desk: Desk, made: Hook, identity: Identity, allow: str = "true") -> None:
    desk.configure(
        "allow_private = false",
        f"""allow_private = {allow}
url = "{made.url}"
ca_file = "{identity.authority}\"""",
    )


def scheduled(desk: Desk) -> None:
    sync(desk.config, lambda: False)


def test_a_guard_is_told_once_and_its_end_too(empty_desk: Desk, box: Postbox, identity: Identity) -> None:
    """A create is held; three runs later a person approves it. Two mails, and no value in them."""
    by_mail(empty_desk, box, identity)
    empty_desk.configure("creates = 200", "creates = 0")
    empty_desk.world.hubspot.user_create("contacts", PERSON)
    empty_desk.ask("install", "--yes")
    empty_desk.ask("plan", code=None)
    for _ in range(3):
        scheduled(empty_desk)
    (mail,) = box.mails
    plan = empty_desk.ask("status", code=1)["approval"]["plan"]
    assert (mail["Subject"], mail["To"]) == (
        "smarketing: 1 alert",
        "ops@example.com, marketing@example.com",
    )
    assert f"smarketing approve {plan}" in box.texts[0]
    assert "contacts to be created in Salesforce" in box.texts[0]
    empty_desk.ask("approve", plan)
    scheduled(empty_desk)
    scheduled(empty_desk)
    assert [mail["Subject"] for mail in box.mails] == ["smarketing: 1 alert", "smarketing: 1 over"]
    assert "guard create salesforce contact" in box.texts[1]
    assert not any("ansen" in text for text in box.texts)
    assert box.in_the_open.count("STARTTLS") == 2
    assert set(box.in_the_open) == {"EHLO", "STARTTLS"}, "nothing else was said before the line was safe"


def test_a_sync_that_stops_is_told_by_the_command_too_and_into_a_chat(desk: Desk, identity: Identity) -> None:
    """Somebody points the config at another org."""
    with hook(identity) as chat:
        by_hook(desk, chat, identity)
        desk.set_up()
        chat.posts.clear()
        desk.world.salesforce.become_another_org()
        for _ in range(2):
            assert desk.type("sync").code == 3
        ((path, headers, body),) = chat.posts
        assert (path, headers["Content-Type"]) == ("/hook", "application/json")
        (opened,) = body["opened"]
        assert opened["condition"] == "sync identity"
        assert "this state belongs to salesforce account" in opened["message"]
        assert opened["message"] in body["text"]


def test_a_state_that_cannot_be_opened_is_told_once_and_its_end_too(desk: Desk, identity: Identity) -> None:
    """The book of alerts stands in that very state, so it is kept beside it meanwhile."""
    with hook(identity) as chat:
        by_hook(desk, chat, identity)
        desk.set_up()
        chat.posts.clear()
        key = desk.folder / "smarketing.key"
        key.rename(key.with_name("elsewhere"))
        for _ in range(2):
            scheduled(desk)
        assert [[e["condition"] for e in body["opened"]] for _, _, body in chat.posts] == [["sync config"]]
        key.with_name("elsewhere").rename(key)
        scheduled(desk)
        scheduled(desk)
        assert [e["condition"] for _, _, body in chat.posts[1:] for e in body["over"]] == ["sync config"]
        assert not (desk.folder / ".state" / "alerts.json").exists()


def test_a_question_that_nobody_answers_is_told_by_housekeeping(
    empty_desk: Desk, box: Postbox, identity: Identity
) -> None:
    by_mail(empty_desk, box, identity)
    empty_desk.world.hubspot.user_create("contacts", PERSON)
    for _ in range(2):
        lead = {"Email": PERSON["email"], "LastName": "Jansen", "Company": "Jansen"}
        empty_desk.world.salesforce.user_create("Lead", lead)
    empty_desk.set_up()
    assert box.mails == []
    empty_desk.world.clock.advance(3 * 86_400)
    empty_desk.ask("plan", code=None)
    assert housekeeping(empty_desk.config)
    assert "1 question for a person to decide" in box.texts[0]
    assert "smarketing review list" in box.texts[0]
    assert housekeeping(empty_desk.config)
    assert len(box.mails) == 1


def test_a_channel_that_fails_fails_no_sync_and_is_tried_again(
    desk: Desk, box: Postbox, identity: Identity
) -> None:
    """The chat hears of it at once; the mail server was busy, so the mail comes after the next run."""
    box.refuses = True
    desk.configure("creates = 200", "creates = 0")
    with hook(identity) as chat:
        by_mail(desk, box, identity)
        by_hook(desk, chat, identity)
        desk.ask("install", "--yes")
        desk.ask("plan", code=None)
        said = desk.type("sync")
        assert said.code == 1
        assert "no alert by mail: mail server localhost" in said.err
        assert (len(chat.posts), box.mails) == (1, [])
        box.refuses = False
        desk.type("sync")
        assert (len(chat.posts), len(box.mails)) == (1, 1)


def test_a_test_message_over_every_channel(
    empty_desk: Desk, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Implicit TLS with a login, and a bearer token; both secrets by reference."""
    monkeypatch.setenv("MAIL_WORD", "right")
    monkeypatch.setenv("HOOK_WORD", "bearer-word")
    with postbox(identity, implicit=True) as box, hook(identity, status=200) as chat:
        login = 'user = "smk"\npassword = "env:MAIL_WORD"\n'
        by_mail(empty_desk, box, identity, login)
        empty_desk.configure('security = "starttls"', 'security = "tls"')
        by_hook(empty_desk, chat, identity)
        empty_desk.configure("allow_private = true", 'allow_private = true\ntoken = "env:HOOK_WORD"')
        told = empty_desk.ask("alerts", "test")
        assert told["channels"] == [
            {"channel": "mail", "error": None},
            {"channel": "webhook", "error": None},
        ]
        assert box.logins == [("smk", "right")]
        assert box.in_the_open == []
        assert "alerts arrive here" in box.texts[0]
        assert chat.posts[0][1]["Authorization"] == "Bearer bearer-word"


def test_what_is_not_safe_is_not_sent(
    empty_desk: Desk, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No TLS offered, a stranger's certificate, a redirect, an address in one's own network."""
    monkeypatch.setenv("MAIL_WORD", "right")
    stranger = ready(tmp_path / "stranger", [])

    def errors() -> dict[str, str]:
        told = empty_desk.ask("alerts", "test", code=1)["channels"]
        return {each["channel"]: each["error"] for each in told}

    start = empty_desk.config.read_text(encoding="utf-8")
    with postbox(identity, offers="8BITMIME") as box, hook(identity, status=302, location="/there") as chat:
        by_mail(empty_desk, box, identity, 'user = "smk"\npassword = "env:MAIL_WORD"\n')
        by_hook(empty_desk, chat, identity)
        found = errors()
        assert "SMTPNotSupportedError" in found["mail"]
        assert (box.logins, box.mails) == ([], [])
        assert "answered 302, and redirects are not followed" in found["webhook"]
        assert len(chat.posts) == 1
    empty_desk.config.write_text(start, encoding="utf-8")
    with postbox(stranger) as box, hook(stranger) as chat:
        by_mail(empty_desk, box, identity)
        by_hook(empty_desk, chat, identity)
        found = errors()
        assert "is not trusted" in found["mail"]
        assert "is not trusted" in found["webhook"]
        assert (box.mails, chat.posts) == ([], [])
    empty_desk.config.write_text(start, encoding="utf-8")
    with hook(identity) as chat:
        by_hook(empty_desk, chat, identity, allow="false")
        assert "not public" in errors()["webhook"]
        assert chat.posts == []


def test_without_a_channel_there_is_nothing_to_test(empty_desk: Desk) -> None:
    found = empty_desk.ask("alerts", "test", code=2)["error"]
    assert "[alerts.mail]" in found["fix"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_anybodys(address: str, public: bool) -> None:
    assert is_public(address) is public
