"""The switches of the simulated account, with what they are in a fresh one.

What enters: nothing. What leaves: values that the parts of the account look at. Setting one changes the
account at once; `settings` checks what comes from outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from connector.sandbox.hubspot.rules import Rules

DEFAULT_LIMITS = {("companies", "contacts"): 50_000}
"""How many records of the second type one of the first may have. Source: "Set limits for associations"."""


@dataclass(slots=True)
class Switches:
    """Account settings and behaviors on demand.

    - `account_type`, `time_zone`: what the account says of itself; its day ends at midnight there;
    - `auto_lifecycle`: deals move the stages of their people and companies forward;
    - `company_stage_to_contacts`: a company's stage moves its contacts;
    - `merge_keeps_primary_id`: a merge keeps the primary's id instead of giving a new one;
    - `validation`: what admins require, obeyed by writes on 2026-09 paths (None: nothing);
    - `may_associate`: whether the user behind the token may associate records, asked on 2026-09 paths;
    - `scopes`: what private apps' tokens are allowed (None: everything);
    - `association_limits`: how many records of a type one record may have;
    - `sparse_answers`: a write answers with what was written only, else with all values;
    - `company_lock`: upserts of companies are locked for two seconds after so many in ten (None: never);
    - `retry_after`: 429 has this header; `search_policy_name`: 429 of search names its policy;
    - `index_jitter_s`: seconds by which each entry of the search index may be later still.
    """

    account_type: str = "DEVELOPER_TEST"
    time_zone: str = "Europe/Amsterdam"
    auto_lifecycle: bool = True
    company_stage_to_contacts: bool = False
    merge_keeps_primary_id: bool = False
    validation: Rules | None = None
    may_associate: bool = True
    scopes: list[str] | None = None
    association_limits: dict[tuple[str, str], int] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    sparse_answers: bool = True
    company_lock: int | None = None
    retry_after: bool = False
    search_policy_name: bool = False
    index_jitter_s: float = 0.0

    def reset(self) -> None:
        """As in a fresh account."""
        fresh = Switches()
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))
