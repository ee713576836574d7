"""What must hold of every state, and of one in which every purchase went back."""

from __future__ import annotations

from collections import Counter
from typing import Any

from loyalty.rules.budgets import Price
from loyalty.rules.compiled import MILESTONE, NEVER
from loyalty.rules.events import PurchaseState
from loyalty.rules.limits import used_by
from loyalty.rules.state import RewardState, State
from referrals.journey import FACT
from tests.integration.law.memory import Memory


def assert_books_balance(state: State) -> None:
    """Each wallet holds what was granted and is kept, less what was spent or expired; each limit what its grants use."""
    balances: Counter[Any] = Counter()
    for reward in state.new_rewards:
        if reward.currency is not None and reward.lot is not None:
            key = (reward.card_id, reward.currency)
            balances[key] += reward.kept + reward.forgiven
            balances[key] += sum(lot.expired_reversed for lot in reward.lot.family())
            balances[key] -= reward.lot.expired
    for _event, wallet, amount in state.adjustments:
        balances[wallet.card_id, wallet.rules.code] += amount
    for spend in state.spends.values():
        balances[spend.wallet.card_id, spend.wallet.rules.code] -= spend.captured - spend.returned
    for (card_id, code), wallet in state.wallets.items():
        expired = sum(
            allocation.amount
            for entry in wallet.entries
            if entry.kind == "expire"
            for allocation in entry.allocations
            if allocation.lot.reward is None
        )
        balances[card_id, code] -= wallet.balance + expired
        assert min(wallet.available, wallet.pending, wallet.held, wallet.debt) >= 0
        assert not (wallet.available and wallet.debt)
    assert not any(_by_holder(state, balances).values())
    used: Counter[str] = Counter()
    for reward in state.new_rewards:
        assert 0 <= reward.reversed <= reward.granted <= reward.requested
        for key, measure, *price in reward.terms.get("limits", ()):
            counted = reward.kept + (0 if measure == "times" else reward.forgiven)
            used[key] += used_by(measure, counted, Price(*price) if price else Price(1, 1))
    assert {key: counter.used for key, counter in state.counters.items() if counter.used} == +used


def _by_holder(state: State, balances: Counter[Any]) -> Counter[Any]:
    """By card and currency; all cards together once any were merged: what one earned another spends (S29)."""
    if not state.changed_merges:
        return balances
    together: Counter[Any] = Counter()
    for (_card_id, code), amount in balances.items():
        together[code] += amount
    return together


def assert_as_if_never_bought(memory: Memory) -> None:
    """After everything went back: no reward of a purchase but by `never`, and no count of anything."""
    state = memory.state
    for card in state.cards.values():
        assert (card.purchases_count, card.spent_total) == (0, 0)
    for purchase in state.purchases.values():
        assert purchase.remaining == sum(line.remaining for line in purchase.lines) == 0
    for pk in state.cards:
        tallies, known = state.facts.get("loyalty.purchases", pk), state.facts.get(FACT, pk)
        assert not any(tallies.counts.values())
        assert known.qualified == 0
        assert known.referral is None or known.referral.qualifying_purchases == 0
    for reward in state.new_rewards:
        if reward.source is not None and not reward.source.kept:
            assert reward.policy in (NEVER, MILESTONE) or not reward.kept, reward.key
        elif not _can_go_back(reward.purchase) and reward.threshold is None:
            assert reward.kept == reward.granted, reward.key
        elif reward.policy != NEVER and not _may_stand(memory, reward):
            assert not reward.kept, reward.key


def _can_go_back(purchase: PurchaseState | None) -> bool:
    """Whether there is a purchase that a refund can name: nothing is left of what cost nothing."""
    return purchase is not None and purchase.total > 0


def _may_stand(memory: Memory, reward: RewardState) -> bool:
    """Whether a milestone has a reason to be kept: registered friends stay, and who was moved away takes nothing back."""
    if reward.threshold is None:
        return False
    group, place = reward.terms.get("stands_on", (0, 0))
    stands_on = memory.campaigns.by_revision[reward.revision_pk].groups[group][place]
    moved = {change.old_parent_id for change in memory.state.card_changes if change.status is None}
    return stands_on.params["stage"] == "registered" or reward.milestone_card_id in moved
