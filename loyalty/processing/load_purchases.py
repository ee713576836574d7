"""Loading what a refund needs: the purchase, its lines, its rewards with their lots, and the milestones in its reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import F, Q

from loyalty.models import Card, Purchase, PurchaseLine, Reward
from loyalty.processing.load_lots import load_lots, peek_carried
from loyalty.processing.locking import TreeMoved
from loyalty.rules.events import EventState, LineState, PurchaseState, purchase_key
from loyalty.rules.kinds.base import Needs
from loyalty.rules.state import ProgramRules, RewardState, State


def peek_history(*, program: ProgramRules, needs: Needs, using: str) -> set[datetime]:
    """Add the purchases of cards whose history is needed to the named ones; answers when they were made."""
    wanted = Q(pk__in=[])
    for card_id, since in sorted(needs.history.items()):
        wanted |= Q(card_id=card_id, occurred_at__gte=since)
    moments = set()
    for source, external_id, occurred_at in (
        Purchase.objects.using(using)
        .filter(wanted, program_id=program.pk)
        .values_list("source", "external_id", "occurred_at")
    ):
        needs.purchases.add(purchase_key(source, external_id))
        needs.refunds = True
        moments.add(occurred_at)
    return moments


def peek_refunds(
    *, program: ProgramRules, needs: Needs, roots: set[int], follows_rewards: bool, using: str
) -> set[int]:
    """The cards that refunds will reach beside their own chain: whoever was rewarded, whoever holds a milestone.

    With `follows_rewards` also whoever was rewarded for such a milestone's reward (S15).

    Asked before locking; `load_purchases` and `load_milestones` start again if somebody appeared meanwhile.
    """
    purchases = Purchase.objects.using(using).filter(named(needs.purchases), program_id=program.pk)
    roots.update(purchases.values_list("card_id", flat=True))
    rewards = Reward.objects.using(using)
    given, reached = peek_carried(rewards.filter(purchase__in=purchases), "card_id", using=using)
    reached |= {card_id for (card_id,) in given}
    # Asked for by themselves: as a subquery they would have the database look at every milestone.
    parents = Card.objects.using(using).filter(pk__in=roots, parent__isnull=False)
    counting = roots | set(parents.values_list("parent_id", flat=True))
    held = rewards.filter(unreversed(), milestone_card_id__in=counting)
    rows, carried = peek_carried(held, "pk", "card_id", "milestone_card_id", using=using)
    reached |= carried | {pk for row in rows for pk in row[1:]}
    sources = [row[0] for row in rows]
    for _depth in range(program.cascade_depth if follows_rewards else 0):
        given_for = rewards.filter(source_id__in=sources)
        rows, carried = peek_carried(given_for, "pk", "card_id", using=using)
        reached |= carried | {card_id for _pk, card_id in rows}
        sources = [pk for pk, _card_id in rows]
        if not sources:
            break
    return reached


def peek_reopened(*, program: ProgramRules, needs: Needs, using: str) -> set[datetime]:
    """When the purchases that are reopened were made: campaigns decide as of then (S25)."""
    if not needs.reopened:
        return set()
    found = Purchase.objects.using(using).filter(named(needs.reopened), program_id=program.pk)
    return set(found.values_list("occurred_at", flat=True))


def named(keys: Iterable[str]) -> Q:
    """The purchases with these keys."""
    by_source: dict[str, list[str]] = {}
    for key in keys:
        source, _slash, external_id = key.partition("/")
        by_source.setdefault(source, []).append(external_id)
    wanted = Q(pk__in=[])
    for source, ids in sorted(by_source.items()):
        wanted |= Q(source=source, external_id__in=ids)
    return wanted


def unreversed() -> Q:
    """Milestones that are still held."""
    return Q(threshold__isnull=False, reversed__lt=F("granted"))


def load_purchases(state: State, keys: Collection[str], *, using: str) -> None:
    """The named purchases with their lines, rewards and the rewards' lots."""
    rows = Purchase.objects.using(using).filter(named(keys), program_id=state.program.pk)
    by_pk: dict[int, PurchaseState] = {}
    for row in rows:
        if row.card_id not in state.cards:
            raise TreeMoved
        by_pk[row.pk] = state.purchases[f"{row.source}/{row.external_id}"] = PurchaseState(
            source=row.source,
            external_id=row.external_id,
            card_id=row.card_id,
            event=None,
            occurred_at=row.occurred_at,
            total=row.total,
            remaining=row.remaining,
            tax=row.tax,
            discount=row.discount,
            channel=row.channel,
            pk=row.pk,
            decimals=state.program.decimals,
        )
    if not by_pk:
        return
    for line in (
        PurchaseLine.objects.using(using)
        .filter(purchase_id__in=list(by_pk))
        .order_by("purchase_id", "position")
    ):
        by_pk[line.purchase_id].lines.append(
            LineState(
                position=line.position,
                amount=line.amount,
                remaining=line.remaining,
                sku=line.sku,
                category=line.category,
                quantity=line.quantity,
                attributes=line.attributes,
                pk=line.pk,
            )
        )
    _add_rewards(state, Q(purchase_id__in=list(by_pk)), by_pk, affected=(), with_lots=True, using=using)


def load_milestones(state: State, *, affected: Collection[int], follows_rewards: bool, using: str) -> None:
    """The milestones that the loaded cards' counts still hold (S20).

    With refunds, `affected` are the cards whose counts may fall: whoever holds their milestones must be locked. With
    `follows_rewards` what was given for those rewards is loaded too (S15).
    """
    known = {reward.pk for held in state.milestones.values() for reward in held}
    wanted = Q(milestone_card_id__in=list(state.cards)) & unreversed() & ~Q(pk__in=known)
    found = _add_rewards(state, wanted, {}, affected=affected, with_lots=bool(affected), using=using)
    if not follows_rewards or not affected:
        return
    for _depth in range(state.program.cascade_depth):
        if not found:
            return
        given_for = Q(source_id__in=found, reversed__lt=F("granted")) & ~Q(pk__in=_loaded(state))
        found = _add_rewards(state, given_for, {}, affected=(), with_lots=True, using=using)


def _add_rewards(
    state: State,
    wanted: Q,
    purchases: dict[int, PurchaseState],
    *,
    affected: Collection[int],
    with_lots: bool,
    using: str,
) -> list[int]:
    codes = {rules.pk: code for code, rules in state.program.currencies.items()}
    rows = Reward.objects.using(using).filter(wanted).select_related("campaign", "event").order_by("pk")
    by_pk, sources = dict[int, RewardState](), dict[int, int]()
    known = _loaded(state)
    for row in rows:
        if row.card_id not in state.cards and (
            row.purchase_id in purchases or row.milestone_card_id in affected or row.source_id in known
        ):
            raise TreeMoved
        event = EventState(
            source=row.event.source,
            kind=row.event.kind,
            key=row.event.key,
            card_id=row.event.card_id,
            occurred_at=row.event.occurred_at,
            pk=row.event_id,
        )
        reward = by_pk[row.pk] = RewardState(
            event=event,
            campaign_pk=row.campaign_id,
            campaign_key=row.campaign.key,
            revision_pk=row.revision_id,
            slot=row.slot,
            card_id=row.card_id,
            level=row.level,
            effect=row.effect,
            currency=codes.get(row.currency_id) if row.currency_id else None,
            base=row.base,
            requested=row.requested,
            granted=row.granted,
            policy=row.policy,
            occurred_at=row.occurred_at,
            reversed=row.reversed,
            forgiven=row.forgiven,
            cut_reason=row.cut_reason,
            purchase=purchases.get(row.purchase_id or 0),
            threshold=row.threshold,
            milestone_card_id=row.milestone_card_id,
            terms=row.terms,
            pk=row.pk,
        )
        if row.source_id:
            sources[row.pk] = row.source_id
        state.add_reward(reward)
    _link_sources(state, known | by_pk, sources)
    if with_lots and by_pk:
        loaded = {pk: reward for pk, reward in by_pk.items() if reward.card_id in state.cards}
        load_lots(state, loaded, using=using)
    return list(by_pk)


def _loaded(state: State) -> dict[int, RewardState]:
    """The stored rewards that are loaded by now."""
    everywhere = (*state.rewards_of.values(), *state.milestones.values(), *state.dependents.values())
    return {reward.pk: reward for held in everywhere for reward in held if reward.pk is not None}


def _link_sources(state: State, loaded: dict[int, RewardState], sources: dict[int, int]) -> None:
    """Tie rewards to those that they were given for, now or once these are loaded too.

    One whose source is never loaded stands on a milestone that this batch cannot undo.
    """
    state.unlinked |= sources
    for pk, source_pk in list(state.unlinked.items()):
        if source_pk in loaded and pk in loaded:
            loaded[pk].source = loaded[source_pk]
            state.dependents.setdefault(id(loaded[source_pk]), []).append(loaded[pk])
            del state.unlinked[pk]
