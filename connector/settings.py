"""config.toml and the environment -> Settings.

Enters: the text of a config file. Leaves: frozen Settings, or one ConfigError that lists every problem with
its line. It never reads a secret (only where it is) and never touches the network. Every key is documented
in config.example.toml.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from connector import options
from connector.alerts import config as alert_config
from connector.alerts.config import AlertSettings
from connector.errors import ConfigError
from connector.options import Option
from connector.secret import SANDBOX, SecretRef


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """``folder``: the mapping files; ``region``: ISO country for national phone numbers of records without
    a country; ``language``: of labels and help texts in the CRMs (en, nl, da)."""

    folder: Path
    region: str
    language: str


@dataclass(frozen=True, slots=True)
class StateSettings:
    """``folder``: state, lock and work files; ``url``: a SQLAlchemy URL or where to find it (None: SQLite
    in the folder)."""

    folder: Path
    url: str | SecretRef | None
    key_file: Path


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    url: str
    token: SecretRef
    api_version: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """``url``: the org's own address (My Domain), where tokens are asked for. Either a client secret, or a
    user name and the private key that signs for it."""

    url: str
    client_id: SecretRef
    client_secret: SecretRef | None
    username: str | None
    private_key: SecretRef | None
    api_version: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """``overlap_s``: how far before the last look each run looks again; ``associations_s``: how often one
    looks for associations of which no CRM tells."""

    overlap_s: float
    associations_s: float


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """``alarm_after_s``: what waits for a person or a correction for longer is overdue."""

    alarm_after_s: float


@dataclass(frozen=True, slots=True)
class JobSettings:
    """When a job runs: every ``every_s`` seconds, or by ``cron`` (five fields); None and None: never."""

    every_s: float | None
    cron: str | None
    jitter_s: float


@dataclass(frozen=True, slots=True)
class LogSettings:
    format: str
    level: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All of config.toml. ``file`` is where it stands; every path is absolute."""

    file: Path
    mapping: MappingSettings
    state: StateSettings
    hubspot: HubSpotSettings
    salesforce: SalesforceSettings
    sync: SyncSettings
    guards: Mapping[str, int]
    review: ReviewSettings
    zone: str
    jobs: Mapping[str, JobSettings]
    log: LogSettings
    alerts: AlertSettings = AlertSettings()


HUBSPOT_URL = "https://api.hubapi.com"

SECTIONS: Mapping[str, Mapping[str, Option]] = {
    "mapping": {
        "folder": Option(options.path, "mappings"),
        "region": Option(options.country, "NL"),
        "language": Option(options.one_of("en", "nl", "da"), "en"),
    },
    "state": {
        "folder": Option(options.path, ".state"),
        "url": Option(options.state_url, None),
        "key_file": Option(options.path, "smarketing.key"),
    },
    "hubspot": {
        "url": Option(options.url, HUBSPOT_URL),
        "token": Option(options.secret),
        "api_version": Option(options.hubspot_version, "2026-03"),
        "timeout": Option(options.interval, "30s"),
    },
    "salesforce": {
        "url": Option(options.url),
        "client_id": Option(options.secret),
        "client_secret": Option(options.secret, None),
        "username": Option(options.text, None),
        "private_key": Option(options.secret, None),
        "api_version": Option(options.salesforce_version, "64.0"),
        "timeout": Option(options.interval, "60s"),
    },
    "sync": {
        "overlap": Option(options.duration, "15m"),
        "associations_every": Option(options.duration, "1h"),
    },
    "guards": {
        "creates": Option(options.count, 200),
        "overwrites": Option(options.count, 200),
        "owners": Option(options.count, 50),
        "blankings": Option(options.count, 20),
        "unlinks": Option(options.count, 0),
        "own_fields": Option(options.count, 100_000),
        "flips": Option(options.count, 5),
        "archives": Option(options.count, 0),
        "opt_outs": Option(options.count, 20),
        "deviation": Option(options.count, 10),
        "deviation_floor": Option(options.count, 100),
    },
    "review": {"alarm_after": Option(options.interval, "7d")},
    "jobs": {"zone": Option(options.zone, "UTC")},
    "jobs.sync": {
        "every": Option(options.interval, None),
        "cron": Option(options.cron, None),
        "jitter": Option(options.duration, "30s"),
    },
    "jobs.sweep": {
        "every": Option(options.interval, None),
        "cron": Option(options.cron, None),
        "jitter": Option(options.duration, "10m"),
    },
    "jobs.housekeeping": {
        "every": Option(options.interval, None),
        "cron": Option(options.cron, None),
        "jitter": Option(options.duration, "10m"),
    },
    "log": {
        "format": Option(options.one_of("auto", "console", "json"), "auto"),
        "level": Option(options.one_of("debug", "info", "warning", "error"), "info"),
    },
    **alert_config.SECTIONS,
}
"""Every key there is: section, name, how its text is read, and the default (none: it must be given)."""

EITHER = {"jobs.sync": "15m", "jobs.sweep": "11 2 * * *", "jobs.housekeeping": "1d"}
"""Sections where ``every`` and ``cron`` exclude each other, with the interval or the cron expression used
when both are missing."""


def load(file: Path) -> Settings:
    """Reads a config file. Raises ConfigError with all problems, each as ``file:line: key: message``."""
    file = file.absolute()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        fix = "Run `smarketing init DIR`, or name the file with --config or SMARKETING_CONFIG."
        raise ConfigError(f"there is no config file {file}", fix=fix) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file} ({type(error).__name__})", fix="Check the file.") from None
    return parse(text, file)


def parse(text: str, file: Path) -> Settings:
    """The settings that ``text`` says; ``file`` is where it stands (relative paths start there). Raises
    ConfigError."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = f"{file.name}: {error}"
        fix = "Correct the line; texts stand in quotes."
        raise ConfigError("the config file is not valid TOML", fix=fix, problems=(problem,)) from None
    reading = _Reading(text, file)
    values = reading.values(found)
    reading.check(values)
    if reading.problems:
        message = f"{file.name} has {_count(len(reading.problems))}"
        fix = "Correct the lines named; config.example.toml explains every key."
        raise ConfigError(message, fix=fix, problems=tuple(reading.problems))
    return _settings(file, values)


def _count(n: int) -> str:
    return "a problem" if n == 1 else f"{n} problems"


@dataclass(slots=True)
class _Reading:
    """One pass over a config file; gathers problems instead of stopping at the first."""

    text: str
    file: Path
    problems: list[str] = field(default_factory=list)

    def problem(self, section: str, key: str, message: str) -> None:
        line = line_of(self.text, section, key)
        place = f"{self.file.name}:{line}" if line else self.file.name
        name = f"{section}.{key}" if key else section
        self.problems.append(f"{place}: {name}: {message}")

    def values(self, found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        sections = _flatten(found)
        for section in sections:
            if section not in SECTIONS:
                self.problem(section, "", f"there is no such section{_suggest(section, SECTIONS)}")
        return {name: self.section(name, sections.get(name, {})) for name in SECTIONS}

    def section(self, section: str, given: Any) -> dict[str, Any]:
        if not isinstance(given, dict):
            self.problem(section, "", f"must be a section: write [{section}]")
            given = {}
        known = SECTIONS[section]
        for key in given:
            if key not in known:
                self.problem(section, key, f"there is no such key{_suggest(key, known)}")
        return {key: self.value(section, key, option, given) for key, option in known.items()}

    def value(self, section: str, key: str, option: Option, given: Mapping[str, Any]) -> Any:
        if key not in given and option.required:
            self.problem(section, key, "is missing")
            return None
        value = given.get(key, option.default)
        try:
            return None if value is None else option.parse(value, self.file.parent)
        except ValueError as error:
            self.problem(section, key, str(error))
            return None

    def check(self, values: Mapping[str, Mapping[str, Any]]) -> None:
        """What concerns more than one key."""
        alert_config.check(values, self.problem)
        for section in EITHER:
            if values[section]["every"] and values[section]["cron"]:
                self.problem(section, "cron", "give either every or cron, not both")
        self.one_login(values["salesforce"])
        for section in ("hubspot", "salesforce"):
            self.sandbox_at_home(section, values[section])

    def one_login(self, salesforce: Mapping[str, Any]) -> None:
        """Client credentials or a signed JWT."""
        secret, key = salesforce["client_secret"], salesforce["private_key"]
        if bool(secret) == bool(key) and not any(
            "salesforce.client_secret" in each for each in self.problems
        ):
            message = "give either client_secret, or username and private_key"
            self.problem("salesforce", "client_secret", f"{message}, not both" if secret else message)
        elif key and not salesforce["username"]:
            self.problem("salesforce", "username", "is missing; the private key signs for this user")

    def sandbox_at_home(self, section: str, values: Mapping[str, Any]) -> None:
        """The simulated CRMs' credentials are good for this machine only."""
        url = values["url"]
        for key, ref in values.items():
            known = isinstance(ref, SecretRef) and ref.way == SANDBOX
            if known and url and not options.is_loopback(url):
                self.problem(section, key, SANDBOX_AWAY)


SANDBOX_AWAY = (
    "sandbox is for the simulated CRMs on 127.0.0.1; write env:NAME, file:/path or keyring:service/name"
)


def _flatten(found: Mapping[str, Any]) -> dict[str, Any]:
    """Sections by dotted name; jobs and alerts hold sections of their own."""
    sections: dict[str, Any] = dict(found)
    for name in ("jobs", "alerts"):
        outer = found.get(name)
        if isinstance(outer, dict):
            sections[name] = {key: value for key, value in outer.items() if not isinstance(value, dict)}
            sections |= {f"{name}.{key}": value for key, value in outer.items() if isinstance(value, dict)}
    return sections


def _suggest(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def line_of(text: str, section: str, key: str = "") -> int | None:
    """Line (from 1) of a key, else of its section's heading; None when neither is there."""
    here, heading = "", None
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            here = bare.split("#")[0].strip().strip("[]").strip()
            heading = number if here == section else heading
        elif "=" in bare and not bare.startswith("#"):
            name = bare.partition("=")[0].strip().strip("\"'")
            if here == section and key and name == key:
                return number
            if not here and name in (section, f"{section}.{key}"):
                return number
    return heading


def _settings(file: Path, values: Mapping[str, Mapping[str, Any]]) -> Settings:
    hubspot, salesforce = dict(values["hubspot"]), dict(values["salesforce"])
    return Settings(
        file=file,
        mapping=MappingSettings(**values["mapping"]),
        state=StateSettings(**values["state"]),
        hubspot=HubSpotSettings(timeout_s=hubspot.pop("timeout"), **hubspot),
        salesforce=SalesforceSettings(timeout_s=salesforce.pop("timeout"), **salesforce),
        sync=SyncSettings(
            overlap_s=values["sync"]["overlap"], associations_s=values["sync"]["associations_every"]
        ),
        guards=dict(values["guards"]),
        review=ReviewSettings(alarm_after_s=values["review"]["alarm_after"]),
        zone=values["jobs"]["zone"],
        jobs={name.removeprefix("jobs."): _job(values[name], every) for name, every in EITHER.items()},
        log=LogSettings(**values["log"]),
        alerts=alert_config.read(values),
    )


def _job(values: Mapping[str, Any], fallback: str) -> JobSettings:
    every, cron = values["every"], values["cron"]
    if every is None and cron is None:
        if " " in fallback:
            cron = options.cron(fallback, Path())
        else:
            every = options.interval(fallback, Path())
    return JobSettings(every_s=every, cron=cron, jitter_s=values["jitter"])
