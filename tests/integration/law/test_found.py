"""Histories for which the law did not hold once, each cut down to what it takes."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.models import Evaluation, Event, Reward
from tests.integration.law.scene import CampaignPlan, CardPlan, Scene, Step
from tests.integration.law.stage import put
from tests.integration.law.test_law import check

pytestmark = pytest.mark.django_db

POINTS = {"code": "points"}


def scene(*steps: Step, campaigns: tuple[CampaignPlan, ...] = (), cards: int = 2, **currency: str) -> Scene:
    status = {"code": "status", "spendable": False}
    plans = tuple(CardPlan(enrolled=-30) for _number in range(cards))
    return Scene("UTC", ({**POINTS, **currency}, status), plans, campaigns, steps)


def buy(card: int, **more: Any) -> Step:
    return Step("loyalty.purchase", card=card, values={"total": "100.00"}, **more)


def move(card: int, parent: int | None, method: str = "", **more: Any) -> Step:
    return Step("loyalty.parent_changed", card=card, values={"parent": parent, "method": method}, **more)


def told_late(card: int, parent: int) -> Step:
    """A link of eight days ago; everything before it has been processed."""
    return move(card, parent, "code", late=8, arrives_later=True)


def give(value: str, to: str = "card", trigger: str = "loyalty.purchase", **more: Any) -> CampaignPlan:
    amount = {"kind": "loyalty.fixed", "value": value}
    action = {"slot": "a", "kind": "loyalty.credit", "recipient": to, "currency": "points", "amount": amount}
    key = f"give-{value}"
    return CampaignPlan(key, ({"key": key, "trigger": {"kind": trigger}, "actions": [action], **more},))


GIFT = Step("loyalty.adjusted", values={"currency": 0, "amount": 30})
SPEND = Step("loyalty.spend", values={"currency": 0, "amount": 3})
HOLD = Step("loyalty.hold", values={"currency": 0, "amount": 3, "days": 4})
TO_REFERRER = {"to": "parent_card", "trigger": "referrals.referral_qualified"}


def limited(per: str) -> CampaignPlan:
    limit = {"per": per, "measure": "amount", "max": "15", "period": "day"}
    return give("10", **TO_REFERRER, limits=[limit])


def test_a_refund_parked_under_another_card_is_refused_once_its_purchase_comes():
    wrong = Step("loyalty.refund", card=0, which=7, is_other_card=True)
    check(scene(wrong, buy(1)))
    check(scene(wrong, Step("loyalty.purchase", card=1, values={"total": "1.00"}, arrives_later=True)))


def test_a_block_dated_before_the_enrolment_holds_from_the_enrolment_on():
    check(scene(Step("loyalty.card_blocked", late=40), buy(0), campaigns=(give("7"),)))
    assert not Reward.objects.exists()


def test_of_two_moves_of_a_card_in_one_batch_both_parents_are_known():
    check(scene(move(2, 0), buy(2), move(2, 1), buy(2), campaigns=(give("7", "parent_card"),), cards=3))


def test_a_card_freed_in_the_same_batch_may_go_below_its_old_descendants():
    family = [move(card, card - 1) for card in range(1, 7)]
    check(scene(*family, move(3, None, arrives_later=True), move(2, 6), cards=7))


def test_a_wallet_that_was_only_asked_about_is_not_settled():
    refused = Step("loyalty.hold", values={"currency": 1, "amount": 3, "days": 4})
    check(scene(refused, Step("loyalty.settled"), buy(0, late=5)))


def test_two_changes_of_status_at_one_instant_keep_their_order_beside_a_late_event():
    blocked = Step("loyalty.card_blocked", gap=240)
    check(scene(blocked, Step("loyalty.card_unblocked", arrives_later=True), buy(1, late=5)))


def test_one_key_names_a_spend_of_one_card_and_a_hold_of_another():
    other = Step("loyalty.hold", card=1, values=HOLD.values)
    cancelled = Step("loyalty.spend_cancelled", which=1)
    gifts = (GIFT, Step("loyalty.adjusted", card=1, values=GIFT.values))
    check(scene(*gifts, SPEND, other, cancelled))


def test_a_hold_under_the_key_of_a_spend_of_the_same_card_is_refused():
    given = scene(GIFT, SPEND, HOLD, Step("loyalty.hold_captured", which=1))
    check(given)
    staged = put(given)
    staged.process(lambda: None)
    assert Evaluation.objects.get(event__kind="loyalty.hold").outcome == "event_conflict"


def test_a_link_told_late_settles_wallets_up_to_the_purchase_that_qualifies():
    steps = (Step("loyalty.purchase", card=0, values={"total": "1.00"}), buy(1, gap=240), told_late(1, 0))
    check(scene(*steps, campaigns=(give("7"), give("10", **TO_REFERRER)), hold="P5D", validity="P4D"))


def test_a_milestone_kept_for_good_is_remembered_when_its_count_is_reached_again():
    """Found by a deliberate defect: milestones were loaded for refunds only."""
    asked = {"match": "at", "count": 1, "stage": "qualified"}
    condition = {"kind": "referrals.referred_clients", "about": "parent_card", "params": asked}
    campaign = give("10", **TO_REFERRER, conditions=[[condition]])
    campaign.revisions[0]["actions"][0]["on_refund"] = "never"
    steps = (move(1, 0, "code"), move(2, 0, "code"), buy(1), Step("loyalty.refund", card=1), buy(2))
    check(scene(*steps, campaigns=(campaign,), cards=3))


@pytest.mark.parametrize("per", ["recipient", "campaign"])
def test_a_link_told_late_counts_limits_in_the_period_of_the_purchase_that_qualifies(per):
    steps = (buy(1, gap=240), told_late(1, 0), buy(2), told_late(2, 0))
    check(scene(*steps, campaigns=(limited(per),), cards=3))


@pytest.mark.parametrize("is_refunded_before", [False, True], ids=["refunded-after", "half-refunded-before"])
def test_r7_what_a_link_told_late_earns_goes_back_with_the_purchase_that_qualified(is_refunded_before):
    half = Step("loyalty.refund", card=1, values={"amount": 5000})
    whole = Step("loyalty.refund", card=1, arrives_later=True)
    campaign = give("10", **TO_REFERRER)
    percent = {"kind": "loyalty.percent", "of": "total", "percent": "10"}
    campaign.revisions[0]["actions"][0]["amount"] = percent
    steps = (buy(1, gap=240), *([half] if is_refunded_before else []), told_late(1, 0), whole)
    given = scene(*steps, campaigns=(campaign,))
    check(given)

    staged = put(given)
    staged.inbox, after = staged.inbox[:-1], staged.inbox[-1]
    staged.process(lambda: None)
    assert Event.objects.get(kind="referrals.referral_qualified").purchase_key == "shop/purchase-0"
    reward = Reward.objects.get()
    assert (reward.granted, reward.reversed) == (10, 5 if is_refunded_before else 0)
    staged.inbox = [after]
    staged.process(lambda: None)
    reward.refresh_from_db()
    assert reward.reversed == 10
