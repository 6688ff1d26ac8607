"""The simulated CRMs over https, for clients that insist on it."""

import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import urllib3
from hubspot import HubSpot as HubSpotClient
from simple_salesforce import Salesforce as SalesforceClient

from connector.crm.hubspot import HubSpot
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.errors import Stop
from connector.sandbox.serve import Running, start
from connector.sandbox.tls import Identity, ready
from connector.sandbox.world import World

ORG = "acme.my.salesforce.com"


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    return ready(tmp_path / "certs", [ORG, "api.hubapi.com"])


@pytest.fixture
def served(identity: Identity) -> Iterator[Running]:
    world = World()
    with start(world, identity=identity) as running:
        yield running
    world.close()


def test_both_speak_https_to_who_trusts_their_authority(served: Running, identity: Identity) -> None:
    for url in (served.hubspot_url, served.salesforce_url):
        assert url.startswith("https://localhost:")
        answer = requests.get(f"{url}/_sandbox/clock", verify=identity.authority, timeout=10)
        assert answer.status_code == 200


def test_who_does_not_trust_it_is_not_served(served: Running) -> None:
    pool = urllib3.PoolManager(ca_certs=None, retries=False)
    with pytest.raises(urllib3.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        pool.request("GET", f"{served.hubspot_url}/_sandbox/clock")


def test_the_clients_of_both_vendors_work_over_https(served: Running, identity: Identity) -> None:
    client = HubSpotClient(
        access_token="sandbox", host=served.hubspot_url, ssl_ca_cert=str(identity.authority)
    )
    made = client.crm.contacts.basic_api.create({"properties": {"email": "mila@brouwer.example.com"}})
    assert client.crm.contacts.basic_api.get_by_id(made.id).properties["email"] == "mila@brouwer.example.com"

    session = requests.Session()
    session.trust_env = False  # else this machine's REQUESTS_CA_BUNDLE goes first
    session.verify = str(identity.authority)
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    token = session.post(f"{served.salesforce_url}/services/oauth2/token", form, timeout=10).json()
    assert token["instance_url"] == served.salesforce_url
    org = SalesforceClient(
        instance_url=token["instance_url"], session_id=token["access_token"], version="64.0", session=session
    )
    lead = org.Lead.create({"LastName": "Brouwer", "Company": "Brouwer BV"})
    assert org.query(f"SELECT LastName FROM Lead WHERE Id = '{lead['id']}'")["totalSize"] == 1


def test_the_names_of_choice_stand_in_the_certificate(served: Running, identity: Identity) -> None:
    """A client that only believes names of Salesforce's, whatever address it connects to."""
    port = int(served.salesforce_url.rsplit(":", 1)[1])
    trusting = ssl.create_default_context(cafile=str(identity.authority))
    with urllib3.HTTPSConnectionPool("127.0.0.1", port, ssl_context=trusting, server_hostname=ORG) as pool:
        assert pool.request("GET", "/services/data").status == 200
    other = urllib3.HTTPSConnectionPool(
        "127.0.0.1", port, ssl_context=trusting, server_hostname="other.my.salesforce.com", retries=False
    )
    with other, pytest.raises(urllib3.exceptions.SSLError, match="Hostname mismatch"):
        other.request("GET", "/services/data")


def test_nobody_can_sign_anything_else_in_the_name_of_the_authority(identity: Identity) -> None:
    """A client that trusts it for a while trusts these two servers, not whoever finds the folder."""
    folder = identity.key.parent
    keys = [path for path in folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert keys == [identity.key]
    assert stat.S_IMODE(identity.key.stat().st_mode) == 0o600


def test_a_restart_keeps_what_clients_were_told_to_trust(identity: Identity) -> None:
    folder, before = identity.key.parent, identity.authority.read_bytes()
    assert ready(folder, [ORG, "api.hubapi.com"]).authority.read_bytes() == before
    assert ready(folder, ["elsewhere.example"]).authority.read_bytes() != before


@pytest.mark.parametrize("name", ["", "two..dots", "gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n.example"])
def test_a_name_that_cannot_stand_in_a_certificate_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a certificate"):
        ready(tmp_path, [name])


def test_the_connector_says_what_to_do_about_an_authority_it_does_not_know(served: Running) -> None:
    hubspot = HubSpot("sandbox", served.hubspot_url)
    with pytest.raises(Stop, match="certificate of HubSpot") as refused:
        hubspot.identity()
    assert "SSL_CERT_FILE=" in refused.value.fix
    salesforce = Salesforce(Login(served.salesforce_url, "sandbox", client_secret="sandbox"))
    with pytest.raises(Stop, match="certificate of Salesforce") as refused:
        salesforce.identity()
    assert "REQUESTS_CA_BUNDLE=" in refused.value.fix


def test_the_connector_works_over_https_with_an_authority_of_the_company(
    served: Running, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(identity.authority))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(identity.authority))
    assert HubSpot("sandbox", served.hubspot_url).identity()
    assert Salesforce(Login(served.salesforce_url, "sandbox", client_secret="sandbox")).identity()
