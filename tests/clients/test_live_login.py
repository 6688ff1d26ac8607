"""How `make test-live` logs in to Salesforce with a key in place of a secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import live
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from ground.salesforce import audience

from connector.sandbox.serve import start
from connector.sandbox.world import World

USER = "integration@simulated.example"


@pytest.fixture
def url() -> Iterator[tuple[str, World]]:
    """An org's address, and the org."""
    world = World()
    with start(world) as running:
        yield running.salesforce_url, world
    world.close()


def environment(url: str, key: rsa.RSAPrivateKey, folder: Path, user: str = USER) -> dict[str, str]:
    file = folder / "key.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    given = {"URL": url, "CLIENT_ID": "sandbox", "KEY_FILE": str(file), "USER": user}
    rate = {"SMARKETING_LIVE_REQUESTS_PER_SECOND": "0"}
    return rate | {f"SMARKETING_LIVE_SALESFORCE_{name}": value for name, value in given.items()}


def test_a_key_that_an_admin_registered_logs_in(
    url: tuple[str, World], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, world = url
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert live.main(["--clean-only"], environment(address, key, tmp_path)) == 3
    assert "Salesforce gives no token (400)" in capsys.readouterr().err
    world.salesforce.trust_key(public.decode())
    assert live.main(["--clean-only"], environment(address, key, tmp_path)) == 0
    assert "HubSpot: NOT RUN, no credentials" in capsys.readouterr().out
    assert live.main(["--clean-only"], environment(address, key, tmp_path, "stranger@example.com")) == 3


@pytest.mark.parametrize(
    ("url", "whom"),
    [
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme-dev-ed.develop.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--full.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("http://127.0.0.1:8802", "http://127.0.0.1:8802"),
    ],
)
def test_an_assertion_is_for_the_common_login_host(url: str, whom: str) -> None:
    assert audience(url) == whom


def test_a_key_file_that_is_not_there_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    given = {
        "URL": "https://a.my.salesforce.com",
        "CLIENT_ID": "x",
        "USER": "a@example.com",
        "KEY_FILE": "no-such.pem",
    }
    assert live.main([], {f"SMARKETING_LIVE_SALESFORCE_{name}": value for name, value in given.items()}) == 2
    assert "no-such.pem cannot be read" in capsys.readouterr().err
