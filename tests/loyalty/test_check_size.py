"""R12: a million entries are checked in a minute."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from loyalty.auditing import run_invariants
from loyalty.models import Campaign, CampaignRevision, Currency
from loyalty.services import create_program

CARDS, PER_CARD = 100_000, 10
SECONDS = 60

# Row n of a card's own number is event, purchase, reward, lot and entry n at once, so that keys need no lookups.
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
_AT = "'2026-01-01 00:00:00+00:00'"
_ROWS = {
    "loyalty_card": (
        CARDS,
        "id, program_id, external_id, additional, status, status_since, enrolled_at, parent_id, parent_since, linked_at, "
        "purchases_count, spent_total, created_at",
        "i, {program}, 'c' || i, FALSE, 'active', {at}, {at}, CASE WHEN i > 1 THEN i / 2 END, "
        "CASE WHEN i > 1 THEN {at} END, CASE WHEN i > 1 THEN {at} END, {per}, 1000 * {per}, {at}",
    ),
    "loyalty_wallet": (
        CARDS,
        "id, card_id, currency_id, available, pending, held, debt, clock",
        "i, i, {currency}, 50 * {per}, 0, 0, 0, {at}",
    ),
    "loyalty_event": (
        CARDS * PER_CARD,
        "id, program_id, source, kind, key, card_id, occurred_at, payload, body_hash, purchase_key, cascaded, status, "
        "attempts, error, recorded_at",
        "i, {program}, 'shop', 'loyalty.purchase', 'p' || i, {card}, {at}, '{{}}', '', 'shop/p' || i, FALSE, "
        "'processed', 0, '', {at}",
    ),
    "loyalty_evaluation": (
        CARDS * PER_CARD,
        "id, event_id, outcome, trace, processed_at",
        "i, i, 'applied', '{{}}', {at}",
    ),
    "loyalty_purchase": (
        CARDS * PER_CARD,
        "id, program_id, source, external_id, card_id, event_id, occurred_at, channel, total, tax, discount, remaining",
        "i, {program}, 'shop', 'p' || i, {card}, i, {at}, '', 1000, 0, 0, 1000",
    ),
    "loyalty_reward": (
        CARDS * PER_CARD,
        "id, event_id, campaign_id, revision_id, slot, card_id, level, effect, currency_id, purchase_id, base, "
        "requested, granted, reversed, forgiven, cut_reason, policy, terms, occurred_at, created_at",
        "i, i, {campaign}, {revision}, '{slot}', {card}, 0, 'credit', {currency}, i, 1000, 50, 50, 0, 0, '', "
        "'proportional', '{{}}', {at}, {at}",
    ),
    "loyalty_lot": (
        CARDS * PER_CARD,
        "id, wallet_id, reward_id, amount, remaining, held, expired, expired_reversed, matured, earned_at, available_at",
        "i, {card}, i, 50, 50, 0, 0, 0, TRUE, {at}, {at}",
    ),
    "loyalty_ledgerentry": (
        CARDS * PER_CARD,
        "id, wallet_id, event_id, kind, available, pending, held, debt, effective_at, posted_at, reward_id",
        "i, {card}, i, 'earn', 50, 0, 0, 0, {at}, {at}, i",
    ),
}


@pytest.mark.soak
@pytest.mark.django_db
def test_a_million_entries_are_checked_in_a_minute() -> None:
    fill()

    started = time.monotonic()
    findings = list(run_invariants())
    seconds = time.monotonic() - started

    slowest = sorted(findings, key=lambda finding: -finding.seconds)[:5]
    print(f"{seconds:.1f} s;", ", ".join(f"{one.key} {one.seconds:.1f} s" for one in slowest))
    assert [finding for finding in findings if not finding.is_sound] == []
    assert seconds < SECONDS


def fill() -> None:
    """A million earnings of a hundred thousand cards in one tree, written as rows."""
    program = create_program(slug="large", currencies=[{"code": "points"}])
    campaign = Campaign.objects.create(program=program, key="five", trigger_kind="loyalty.purchase")
    revision = CampaignRevision.objects.create(campaign=campaign, number=1, definition={})
    slot = "0" * 32
    if connection.vendor == "postgresql":
        slot = "00000000-0000-0000-0000-000000000000"
    values = {
        "program": program.pk,
        "currency": Currency.objects.get().pk,
        "campaign": campaign.pk,
        "revision": revision.pk,
        "at": f"CAST({_AT} AS timestamptz)" if connection.vendor == "postgresql" else "'2026-01-01 00:00:00'",
        "card": f"((i - 1) / {PER_CARD} + 1)",
        "per": PER_CARD,
        "slot": slot,
    }
    with connection.cursor() as cursor:
        for table, (count, columns, row) in _ROWS.items():
            select = row.format(**values)
            if connection.vendor == "postgresql":
                select = select.replace("'{}'", "CAST('{}' AS jsonb)").replace(
                    f"'{slot}'", f"CAST('{slot}' AS uuid)"
                )
            cursor.execute(
                f"INSERT INTO {table} ({columns}) {_NUMBERS.format(count=count)} SELECT {select} FROM n"
            )
            cursor.execute(f"ANALYZE {table}")
