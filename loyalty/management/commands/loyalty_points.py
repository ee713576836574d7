"""`manage.py loyalty_points`: move points by hand, through the same services as everybody."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from loyalty.exceptions import LoyaltyError, SpendNotFound
from loyalty.models import Adjustment, Spend
from loyalty.money import to_decimal_string
from loyalty.periods import parse_instant
from loyalty.selectors.cards import find_card, resolve_card
from loyalty.selectors.programs import get_program
from loyalty.services import points


def instant(text: str) -> datetime:
    """An option's moment."""
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    """Spend, hold, capture, void, cancel and adjust. A refusal prints its reason and exits with 1."""

    help = "Spend, hold, capture, void, cancel or adjust points of a card."

    def add_arguments(self, parser: ArgumentParser) -> None:
        shared = ArgumentParser(add_help=False)
        shared.add_argument("--program", help="slug of the program; not needed when there is one")
        shared.add_argument("--at", type=instant, help="ISO 8601 instant with offset; default now")
        shared.add_argument("--key", help="idempotency key: a repeat with the same key changes nothing")
        steps = parser.add_subparsers(dest="step", required=True, parser_class=ArgumentParser)
        for name, does in (
            ("spend", "spend points at once"),
            ("hold", "set points aside"),
            ("adjust", "correct a balance, with a reason"),
        ):
            step = steps.add_parser(name, help=does, parents=[shared])
            step.add_argument("card", help="card number or the host's key")
            step.add_argument("amount", help="in the currency's units; adjust takes a sign")
            step.add_argument("--currency", help="code; not needed when only one can be spent")
            if name == "hold":
                step.add_argument("--expires", type=instant, help="when the hold ends by itself")
            if name == "adjust":
                step.add_argument("--reason", required=True)
                step.add_argument("--actor", required=True, help="user name of who decides this")
        for name, does in (
            ("capture", "spend what is held"),
            ("void", "release what is held"),
            ("cancel", "give back what was spent"),
        ):
            step = steps.add_parser(name, help=does, parents=[shared])
            step.add_argument("spend", help="the spend's number or key")
            if name == "capture":
                step.add_argument("--amount", help="capture a part; the rest returns")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = getattr(self, f"_{options['step']}")(options)
        except LoyaltyError as refusal:
            raise CommandError(f"{refusal} ({refusal.code})") from refusal
        decimals = done.wallet.currency.decimals
        state = done.status if isinstance(done, Spend) else _("adjusted")
        self.stdout.write(
            f"{done.pk} {state} {to_decimal_string(done.amount, decimals)} {done.wallet.currency.code}"
        )

    def _moved(self, options: dict[str, Any]) -> dict[str, Any]:
        card = resolve_card(options["card"], program=options["program"])
        if options["step"] != "adjust" and card.external_id != options["card"]:
            # A replaced number still finds the card, but does not spend from it (S30).
            card = find_card(program=card.program, number=options["card"], for_spending=True)
        return {
            "card": card,
            "amount": options["amount"],
            "currency": options["currency"],
            "at": options["at"],
            "key": options["key"],
            "allow_past": True,
        }

    def _spend(self, options: dict[str, Any]) -> Spend:
        return points.spend_points(**self._moved(options))

    def _hold(self, options: dict[str, Any]) -> Spend:
        return points.hold_points(**self._moved(options), expires_at=options["expires"])

    def _adjust(self, options: dict[str, Any]) -> Adjustment:
        users = get_user_model()
        actor = users._default_manager.filter(**{users.USERNAME_FIELD: options["actor"]}).first()
        if actor is None:
            raise CommandError(_("There is no user %(name)s.") % {"name": options["actor"]})
        return points.adjust_balance(**self._moved(options), reason=options["reason"], actor=actor)

    def _step(self, options: dict[str, Any]) -> dict[str, Any]:
        spends = Spend.objects.select_related("wallet__currency", "wallet__card__program", "event")
        spends = spends.filter(wallet__card__program=get_program(options["program"]))
        named = options["spend"]
        found = spends.filter(key__in=[named, f"loyalty/{named}"]).first()
        if found is None and named.isdecimal() and len(named) < 19:
            found = spends.filter(pk=int(named)).first()
        if found is None:
            raise SpendNotFound
        return {"spend": found, "at": options["at"], "key": options["key"], "allow_past": True}

    def _capture(self, options: dict[str, Any]) -> Spend:
        return points.capture_hold(**self._step(options), amount=options["amount"])

    def _void(self, options: dict[str, Any]) -> Spend:
        return points.void_hold(**self._step(options))

    def _cancel(self, options: dict[str, Any]) -> Spend:
        return points.cancel_spend(**self._step(options))
