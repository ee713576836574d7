"""P25: 60 days without a purchase bring 100 points that are valid for 14 days; once per half-year, at 10:00."""

from __future__ import annotations

import pytest

from loyalty.models import Event
from tests.scenarios.stage import Stage

P25 = "loyalty.win_back"


@pytest.fixture
def shop(stage) -> Stage:
    """Published on 1 January 2027; Anna bought on the 10th, Boris never."""
    shop = stage(P25, written="2027-01-01 00:00")
    shop.enrol("anna", "boris")
    shop.buy("anna", "20.00", "2027-01-10 18:00")
    return shop


def test_sixty_calendar_days_after_the_last_purchase_for_fourteen_days(shop):
    # 21 days of January and 28 of February are 49 days; the 60th is 11 March.
    shop.look("2027-03-10 10:00")
    assert shop.balances() == {"anna": 0, "boris": 0}
    assert shop.look("2027-03-11 09:59") == 0
    assert shop.look("2027-03-11 10:00") == 1
    assert shop.balances() == {"anna": 100, "boris": 0}

    assert shop.balances("2027-03-25 09:59") == {"anna": 100, "boris": 0}
    assert shop.balances("2027-03-25 10:00") == {"anna": 0, "boris": 0}
    # The sweep writes down what is so already, and nobody gets it again.
    assert shop.sweep("2027-03-26") == 1
    assert shop.balances() == {"anna": 0, "boris": 0}
    assert shop.rewards("anna") == [("win-back", 100, 100)]


def test_an_outage_of_the_scheduler_is_made_up_for_as_of_the_day(shop):
    shop.look("2027-03-09")
    # Each missed date is run: the first on which she is due (11 March) brings the bonus, after it she is not asked.
    assert shop.look("2027-03-20") == 1
    assert shop.balances() == {"anna": 100, "boris": 0}
    assert shop.rewards("anna") == [("win-back", 100, 100)]

    # The 14 days are those of 11 March.
    assert shop.balances("2027-03-25 09:59") == {"anna": 100, "boris": 0}
    assert shop.balances("2027-03-25 10:00") == {"anna": 0, "boris": 0}


def test_an_outage_longer_than_the_bonus_leaves_nothing(shop):
    shop.look("2027-03-01")
    shop.look("2027-04-01")

    assert shop.rewards("anna") == [("win-back", 100, 100)]
    assert shop.balances() == {"anna": 0, "boris": 0}


def test_who_buys_again_in_time_is_asked_sixty_days_later(shop):
    shop.look("2027-03-09")
    shop.buy("anna", "20.00", "2027-03-10 18:00", key="second")
    # 21 days of March and 30 of April are 51; the 60th is 9 May.
    assert shop.look("2027-05-08") == 0
    assert shop.balances() == {"anna": 0, "boris": 0}
    assert shop.look("2027-05-09") == 1
    assert shop.balances() == {"anna": 100, "boris": 0}


def test_what_was_spent_does_not_expire_and_what_was_not_does(shop):
    shop.look("2027-03-11")
    shop.spend("anna", "30", "2027-03-20")
    assert shop.balances() == {"anna": 70, "boris": 0}

    assert shop.balances("2027-03-25 10:00") == {"anna": 0, "boris": 0}


def test_a_purchase_that_went_back_is_none(shop):
    shop.refund("anna", "2027-01-20")
    # She has not bought anything that she kept: as Boris.
    assert shop.look("2027-04-01") == 0
    assert shop.balances() == {"anna": 0, "boris": 0}


def test_refunding_the_last_purchase_lets_the_one_before_count(shop):
    shop.buy("anna", "20.00", "2027-02-20", key="second")
    shop.refund("second", "2027-03-01")

    # Since 10 January again.
    assert shop.look("2027-03-10") == 0
    assert shop.look("2027-03-11") == 1
    assert shop.balances() == {"anna": 100, "boris": 0}


def test_once_per_half_year(stage):
    shop = stage(P25, written="2027-05-01 00:00")
    shop.enrol("anna", "boris")
    shop.buy("anna", "20.00", "2027-05-02", key="p1")
    shop.buy("boris", "20.00", "2027-04-10", key="p2")

    # Boris: 20 days of April, 31 of May, the 60th is 9 June. Anna: 29 of May, 30 of June, the 60th is 1 July.
    shop.look("2027-06-30")
    assert shop.balances("2027-06-09 10:00") == {"anna": 0, "boris": 100}
    assert shop.balances("2027-06-23 10:00") == {"anna": 0, "boris": 0}
    assert shop.balances() == {"anna": 0, "boris": 0}

    # The second half-year begins: Anna's 60th day, and Boris, who still has not bought, may be asked again.
    shop.look("2027-07-01")
    assert shop.balances() == {"anna": 100, "boris": 100}
    # From then on nothing until January.
    assert shop.look("2027-07-20") == 0
    assert shop.balances() == {"anna": 0, "boris": 0}
    assert shop.rewards("boris") == [("win-back", 100, 100), ("win-back", 100, 100)]
    assert shop.rewards("anna") == [("win-back", 100, 100)]


def test_a_day_is_that_of_the_programs_zone(stage):
    shop = stage(P25, zone="America/New_York", written="2027-03-10 00:00")
    shop.enrol("anna")
    # Already 11 January in UTC.
    shop.buy("anna", "20.00", "2027-01-10 23:30")

    assert shop.look("2027-03-11 10:00") == 1

    # The clocks went forward on 14 March; 14 days later it is 10:00 there.
    assert shop.balances("2027-03-25 09:59") == {"anna": 100}
    assert shop.balances("2027-03-25 10:00") == {"anna": 0}
    assert Event.objects.filter(kind="loyalty.scheduled").count() == 1
