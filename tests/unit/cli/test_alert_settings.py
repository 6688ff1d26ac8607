"""[alerts] in config.toml: mistakes are named with their line, and a secret is only a reference."""

from pathlib import Path

import pytest

from connector import settings
from connector.alerts.config import AlertSettings
from connector.errors import ConfigError

SMALLEST = """
[hubspot]
token = "env:HUBSPOT_TOKEN"
[salesforce]
url = "https://acme.my.salesforce.com"
client_id = "env:ID"
client_secret = "env:SECRET"
"""
MAIL = '[alerts.mail]\nhost = "mail.acme.nl"\nfrom = "a@acme.nl"\nto = "b@acme.nl"\n'


def parsed(more: str) -> AlertSettings:
    return settings.parse(SMALLEST + more, Path("/etc/smk/config.toml")).alerts


def problems(more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(more)
    return "\n".join(caught.value.problems)


def test_without_the_sections_nobody_is_told() -> None:
    assert (parsed("").mail, parsed("").webhook) == (None, None)


def test_mail_goes_to_the_usual_port_of_its_security() -> None:
    mail = parsed(MAIL).mail
    assert mail is not None
    assert (mail.port, mail.security, mail.to) == (587, "starttls", ("b@acme.nl",))
    mail = parsed(MAIL + 'security = "tls"\n').mail
    assert mail is not None
    assert mail.port == 465


def test_the_address_of_a_webhook_may_be_a_secret() -> None:
    hook = parsed('[alerts.webhook]\nurl = "env:HOOK"\n').webhook
    assert hook is not None
    assert str(hook.url) == "env:HOOK"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[alerts.mail]\nhost = "mail.acme.nl"\n', "alerts.mail.to: is missing"),
        (MAIL + 'user = "smk"\n', "give both user and password"),
        (MAIL + 'user = "smk"\npassword = "hunter2"\n', "a secret never stands in this file"),
        (MAIL + 'security = "none"\n', "must be one of starttls, tls"),
        (MAIL + "port = 0\n", "must be a port number"),
        (MAIL.replace("b@acme.nl", "b@acme.nl\\nBcc: x@y.nl"), "must be a mail address"),
        ('[alerts.webhook]\nurl = "http://acme.nl/x"\n', "must be an address such as https://"),
        ('[alerts.webhook]\nurl = "https://u:p@acme.nl/x"\n', "without user, password or fragment"),
        ('[alerts.webhook]\nallow_private = "yes"\n', "must be true or false"),
        ('[alerts.webhook]\ntoken = "env:T"\n', "alerts.webhook.url: is missing"),
        ("[alerts.chat]\nx = 1\n", "alerts.chat: there is no such section"),
        ('[alerts]\nreview_age = "soon"\n', "must be a duration"),
    ],
)
def test_a_mistake_is_named(more: str, said: str) -> None:
    found = problems(more)
    assert said in found
    assert "hunter2" not in found
