"""A limit that fits the busiest Monday is too wide for a quiet field: what past days were like counts too."""

from setting import Firm

from connector.sync.guards import Limits


def arrive(acme: Firm, name: str, n: int) -> None:
    for each in range(n):
        acme.contact(email=f"{name}{each}@x.nl", lastname=name)


def test_far_more_than_ever_before_waits_though_the_limit_would_let_it_pass(acme: Firm) -> None:
    acme.limits = Limits(creates=5000, deviation=2, deviation_floor=3)
    arrive(acme, "first", 12)  # the first week nothing is unusual
    assert acme.sync().created == 12
    acme.pass_time(17 * 24 * 60)  # and is forgotten two weeks later
    arrive(acme, "tuesday", 2)
    assert acme.sync().created == 2
    acme.pass_time(26 * 60)
    arrive(acme, "mistake", 5)
    report = acme.sync()
    assert report.stopped_by == report.unusual == ("create salesforce contact",)
    assert report.created == 0
    acme.approve(report.plan)
    assert acme.sync().created == 5
    arrive(acme, "wednesday", 4)  # twice the busiest day
    assert acme.sync().created == 4
