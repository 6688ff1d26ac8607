"""config.toml: what an admin writes, and what they are told when it is wrong."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from connector import settings
from connector.errors import ConfigError
from connector.mapping.load import LANGUAGES
from connector.secret import SecretRef
from connector.sync.guards import Limits

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
CONFIG = Path("/srv/smarketing/config.toml")
SMALLEST = """
[hubspot]
token = "env:TOKEN"
[salesforce]
url = "https://example.my.salesforce.com"
client_id = "env:ID"
client_secret = "file:secrets/client"
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        settings.parse(text, CONFIG)
    assert caught.value.exit_code == 2
    return caught.value.problems


def documented_keys() -> set[str]:
    """Keys of the example, those in comments too: ``# key = …`` on a line of its own."""
    found, section = set(), ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        bare = line.removeprefix("# ").strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif " = " in bare and bare.split(" = ")[0].replace("_", "").isalnum():
            found.add(f"{section}.{bare.split(' = ')[0]}")
    return found


def test_every_key_is_explained_in_the_example_and_every_key_explained_there_exists() -> None:
    known = {f"{section}.{key}" for section, keys in settings.SECTIONS.items() for key in keys}
    assert documented_keys() == known


def test_the_example_itself_is_a_valid_config() -> None:
    found = settings.parse(EXAMPLE.read_text(encoding="utf-8"), CONFIG)
    assert found.hubspot.url == "https://api.hubapi.com"
    assert found.jobs["sync"].every_s == 900


def test_the_example_shows_the_defaults() -> None:
    """Whoever deletes a line gets what the line said (credentials and the org's address apart)."""
    found = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    for section in ("mapping", "state", "sync", "guards", "log"):
        for key, value in found[section].items():
            assert settings.SECTIONS[section][key].default == value, f"{section}.{key}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_come_in_every_language_that_the_mapping_knows(language: str) -> None:
    """English unless the config says otherwise."""
    said = settings.parse(SMALLEST + f'[mapping]\nlanguage = "{language}"\n', CONFIG)
    assert said.mapping.language == language
    assert settings.parse(SMALLEST, CONFIG).mapping.language == "en"


def test_a_language_that_the_labels_do_not_have_is_refused_with_those_that_they_have() -> None:
    found = problems(SMALLEST + '[mapping]\nlanguage = "de"\n')
    assert found == (f"config.toml:9: mapping.language: must be one of {', '.join(LANGUAGES)}",)


def test_every_guard_of_the_program_can_be_set_and_has_the_same_default() -> None:
    defaults = {each.name: each.default for each in fields(Limits)}
    assert {key: option.default for key, option in settings.SECTIONS["guards"].items()} == defaults


def test_a_small_config_is_filled_with_defaults_and_paths_start_at_the_file() -> None:
    found = settings.parse(SMALLEST, CONFIG)
    assert found.mapping.folder == Path("/srv/smarketing/mappings")
    assert found.state.folder == Path("/srv/smarketing/.state")
    assert found.salesforce.client_secret == SecretRef("file", "/srv/smarketing/secrets/client")
    assert found.guards["creates"] == 200
    assert found.jobs["sync"].every_s == 900
    assert (found.jobs["sweep"].cron, found.jobs["sweep"].every_s) == ("11 2 * * *", None)
    assert found.jobs["housekeeping"].every_s == 86_400


def test_all_problems_are_told_at_once_each_with_its_line() -> None:
    text = SMALLEST + '[hubpot]\n[guards]\ncreate = 5\n[sync]\noverlap = "5"\n'
    found = problems(text)
    assert found[0].startswith("config.toml:8: hubpot: there is no such section; did you mean hubspot?")
    assert any(each.startswith("config.toml:10: guards.create: ") and "creates" in each for each in found)
    assert any(
        each.startswith('config.toml:12: sync.overlap: must be a duration such as "30s"') for each in found
    )
    assert len(found) == 3


def test_missing_credentials_are_named() -> None:
    found = problems('[salesforce]\nurl = "https://example.my.salesforce.com"\n')
    assert [each.split(": ")[1] for each in found] == [
        "hubspot.token",
        "salesforce.client_id",
        "salesforce.client_secret",
    ]


def test_a_secret_pasted_into_the_config_is_refused_and_not_repeated() -> None:
    found = problems(SMALLEST.replace("env:TOKEN", "pat-eu1-1234-abcd"))
    assert "hubspot.token: a secret never stands in this file" in found[0]
    assert "1234" not in str(found)


def test_a_state_url_with_a_password_is_refused_and_not_repeated() -> None:
    found = problems(SMALLEST + '[state]\nurl = "postgresql+psycopg://me:hunter2@db/x"\n')
    assert "state.url: holds a password" in found[0]
    assert "hunter2" not in str(found)


def test_the_sandbox_credential_works_on_this_machine_only() -> None:
    local = SMALLEST.replace("env:TOKEN", "sandbox").replace(
        "[hubspot]", '[hubspot]\nurl = "http://127.0.0.1:8801"'
    )
    assert settings.parse(local, CONFIG).hubspot.token == SecretRef("sandbox", "")
    assert "simulated CRMs" in problems(SMALLEST.replace("env:TOKEN", "sandbox"))[0]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://api.hubapi.com", "must start with https://"),
        ("api.hubapi.com", "must be an address"),
        ("https://me:pw@api.hubapi.com", "without user, password or query"),
        ("https://api.hubapi.com?x=1", "without user, password or query"),
    ],
)
def test_addresses_are_https_and_nothing_but_addresses(url: str, said: str) -> None:
    assert said in problems(SMALLEST.replace("[hubspot]", f'[hubspot]\nurl = "{url}"'))[0]


def test_a_job_runs_by_interval_or_by_cron_not_both() -> None:
    both = '[jobs.sync]\nevery = "15m"\ncron = "*/15 * * * *"\n'
    assert "either every or cron" in problems(SMALLEST + both)[0]
    found = settings.parse(SMALLEST + '[jobs.sync]\ncron = "0 8 * * mon-fri"\n', CONFIG)
    assert found.jobs["sync"].cron == "0 8 * * mon-fri"
    assert found.jobs["sync"].every_s is None


def test_weekdays_are_names_because_schedulers_count_them_differently() -> None:
    text = SMALLEST + '[jobs.sync]\ncron = "0 8 * * 1-5"\n'
    assert "write mon-fri" in problems(text)[0]


@pytest.mark.parametrize("every", ["0s", "-5m", "15", "soon", "15 minutes"])
def test_an_interval_is_a_duration_above_nothing(every: str) -> None:
    assert "jobs.sync.every" in problems(SMALLEST + f'[jobs.sync]\nevery = "{every}"\n')[0]


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86_400), ("1h 30m", 5400)]
)
def test_durations(written: str, seconds: float) -> None:
    assert settings.parse(SMALLEST + f'[sync]\noverlap = "{written}"\n', CONFIG).sync.overlap_s == seconds


def test_broken_toml_is_told_with_its_line() -> None:
    assert "line 2" in problems("[hubspot]\ntoken = env:TOKEN\n")[0]


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings.load(tmp_path / "config.toml")
    assert "smarketing init" in caught.value.fix


def test_a_relative_sqlite_url_starts_at_the_file() -> None:
    found = settings.parse(SMALLEST + '[state]\nurl = "sqlite:///data/state.db"\n', CONFIG)
    assert found.state.url == "sqlite:////srv/smarketing/data/state.db"
