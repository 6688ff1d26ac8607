"""The ground under each test: the simulated CRMs as they are, the same with faults, or real test accounts.

`make test-live` hands over a ground of its own as the plugin `live-ground`; then the simulated ones do not
start.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ground.base import Ground, simulated_ground
from ground.hubspot import HubSpotGround
from ground.salesforce import SalesforceGround
from ground.simulated import Simulated
from ground.tag import Tag
from ground.trouble import SIDES, rules

AS_IT_IS, WITH_FAULTS, LIVE = "quiet", "faulty", "live"
MARKERS = (
    "simulated_only(why): needs the control interface, or what no test account should be asked to do",
    "without_faults(why): counts requests, or makes faults of its own",
)


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test that stands on a ground runs on every one that suits it."""
    if "ground" not in metafunc.fixturenames:
        return
    markers = {marker.name: marker for marker in metafunc.definition.iter_markers()}
    if metafunc.config.pluginmanager.has_plugin("live-ground"):
        why = markers.get("simulated_only")
        skip = [pytest.mark.skip(reason=f"not on real accounts: {why.args[0]}")] if why else []
        grounds = [pytest.param(LIVE, marks=skip)]
    else:
        grounds = [AS_IT_IS] if "without_faults" in markers else [AS_IT_IS, WITH_FAULTS]
    metafunc.parametrize("ground", grounds, indirect=True, scope="function")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """A token that lacks a scope is no reason to fail, on real accounts."""
    try:
        return (yield)
    except Exception as error:
        body = str(getattr(error, "body", ""))
        live = pyfuncitem.config.pluginmanager.has_plugin("live-ground")
        if live and getattr(error, "status", None) == 403 and "MISSING_SCOPES" in body:
            pytest.skip(f"the token lacks a scope: {body[:300]}")
        raise


@pytest.fixture(scope="session")
def _grounds(request: pytest.FixtureRequest) -> Iterator[dict[str, Ground]]:
    """Each ground by its name, made when first asked for."""
    made: dict[str, Ground] = {}
    live = request.config.pluginmanager.get_plugin("live-ground")
    if live is not None:
        made[LIVE] = live.ground
    yield made
    for ground in made.values():
        if ground.simulated is not None:
            written = ground.simulated.errors()
            ground.simulated.stop()
            assert written == "", "the simulated CRMs wrote to their error output"


@pytest.fixture
def ground(request: pytest.FixtureRequest, _grounds: dict[str, Ground]) -> Iterator[Ground]:
    """Where this test stands."""
    name = request.param
    if name not in _grounds:
        _grounds[name] = simulated_ground(Simulated(), faults=name == WITH_FAULTS)
    found = _grounds[name]
    if found.faults and found.simulated is not None:
        sides = [side for side in SIDES if side in request.fixturenames]
        for rule in rules(request.node.name, sides):
            found.simulated.control("hubspot", "POST", "/faults", rule)
    yield found
    if found.simulated is not None:
        found.simulated.control("hubspot", "DELETE", "/faults")


@pytest.fixture
def hubspot(ground: Ground) -> HubSpotGround:
    """The HubSpot account."""
    if ground.hubspot is None:
        pytest.skip("no HubSpot account was given")
    return ground.hubspot


@pytest.fixture
def salesforce(ground: Ground) -> SalesforceGround:
    """The Salesforce org."""
    if ground.salesforce is None:
        pytest.skip("no Salesforce org was given")
    return ground.salesforce


@pytest.fixture
def tag(ground: Ground) -> Tag:
    """Names for whatever the test makes."""
    return ground.tag
