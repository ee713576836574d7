"""Ten rows of every table, and thousands copied from the last of them within the database."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db import connection, models

from loyalty.models import Card
from referrals.models import Referral, ReferralLink, ReferrerStats, Visit
from tests.loyalty.admin.rows import AT, write_rows

FIRST = 1_000_000


def write_ten(tables: list[type[models.Model]]) -> None:
    """Ten rows of each of these, every row hanging on others of its own."""
    write_rows(10)
    cards = list(Card.objects.filter(merged_into=None).order_by("pk"))
    for number, card in enumerate(cards):
        link = ReferralLink.objects.create(program=card.program, card=card, code=f"code{number}")
        visit = Visit.objects.create(
            program=card.program, link=link, visitor="v", code=link.code, visited_at=AT
        )
        Referral.objects.create(
            program=card.program,
            referee=card,
            referrer=cards[number - 1],
            link=link,
            visit=visit,
            method="link",
            registered_at=AT,
        )
        ReferrerStats.objects.create(card=card, registered=1)
    assert all(one._default_manager.count() >= 10 for one in tables)


def copy_last(tables: list[type[models.Model]], count: int) -> None:
    """`count` copies of the last row of each of these; each hangs on copies of what the last one hangs on."""
    with connection.cursor() as cursor:
        for table in (get_user_model(), *tables):
            rows = table._default_manager.all()
            pk = (rows.filter(merged_into=None) if table is Card else rows).order_by("-pk")[0].pk
            columns = dict(_columns(table, count))
            name = connection.ops.quote_name(table._meta.db_table)
            key = table._meta.pk.column  # type: ignore[union-attr]
            cursor.execute(
                f"WITH RECURSIVE s(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM s WHERE g < {int(count)}) "
                f"INSERT INTO {name} ({', '.join(columns)}) "
                f"SELECT {', '.join(columns.values())} FROM s, {name} o WHERE o.{key} = %s",
                [pk],
            )
    # The newest page shows cards that were merged along with others, as the oldest does.
    for card in Card.objects.order_by("-pk")[:10]:
        dates = {"status_since": AT, "enrolled_at": AT}
        Card.objects.create(program=card.program, merged_into=card, **dates)


def _columns(table: type[models.Model], count: int) -> Iterator[tuple[str, str]]:
    """Each column, and what copy number g has in it."""
    named: set[type[models.Model]] = {table}
    for field in table._meta.concrete_fields:
        column = connection.ops.quote_name(field.column)
        key, value = f"{FIRST} + g", f"o.{column}"
        if isinstance(field, models.ForeignKey):
            # A second one of the same kind, as the parent card, is another one: that of the copy before.
            if field.related_model in named:
                key = f"{FIRST} + CASE g WHEN 1 THEN {int(count)} ELSE g - 1 END"
            named.add(field.related_model)
            value = f"CASE WHEN {value} IS NULL THEN NULL ELSE {key} END"
        elif field.primary_key:
            value = key
        elif field.unique or field.name == "key":
            value = f"{value} || g"
        yield column, value
