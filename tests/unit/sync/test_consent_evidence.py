"""What counts as a new opt-in of somebody who had opted out, and what only looks like one."""

from datetime import UTC, datetime

import pytest

from connector.crm.base import Version
from connector.domain.consent import opted_in_again


def at(hour: int, value: str | None, by: str = "person") -> Version:
    return Version(datetime(2026, 3, 2, hour, tzinfo=UTC), value, by)


ADDRESS = (at(8, "jan@x.nl"),)
OUT, IN = at(9, "true"), at(11, "false")


@pytest.mark.parametrize(
    ("story", "opt_outs", "addresses", "again"),
    [
        ("out, and in again", (OUT, IN), ADDRESS, True),
        ("the property is blank again, same address", (OUT, at(11, None)), ADDRESS, True),
        ("created with the opt-out", (at(8, "true"), IN), ADDRESS, True),
        ("in and out again", (OUT, IN, at(12, "true")), ADDRESS, False),
        ("another address", (OUT, at(11, None)), (*ADDRESS, at(11, "j@y.nl")), False),
        ("in again, then another address", (OUT, IN), (*ADDRESS, at(12, "j@y.nl")), False),
        ("out again at the new address", (OUT, at(11, None), at(12, "true"), at(13, "false")),
         (*ADDRESS, at(11, "j@y.nl")), True),
        ("never out as far as the history goes", (IN,), ADDRESS, False),
        ("no history", (), ADDRESS, False),
        ("no history of the address", (OUT, IN), (), False),
        ("a program of somebody", (OUT, at(11, "false", "integration")), ADDRESS, False),
        ("ourselves", (OUT, at(11, "false", "connector")), ADDRESS, False),
    ],
)  # fmt: skip
def test_only_a_change_at_the_same_address_is_an_opt_in(
    story: str, opt_outs: tuple[Version, ...], addresses: tuple[Version, ...], again: bool
) -> None:
    assert opted_in_again(opt_outs, addresses) is again, story
