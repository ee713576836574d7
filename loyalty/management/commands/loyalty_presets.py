"""Presets at the command line: what there is, and filling drafts with one."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django import forms
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from loyalty.exceptions import CampaignInvalid, LoyaltyError
from loyalty.rules.fields import ListField
from loyalty.services.presets import fill_preset, list_presets


class Command(BaseCommand):
    help = "Lists the presets, or fills drafts of campaigns with one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("list", help="What presets there are, with the figures that can be set.")
        fill = steps.add_parser("fill", help="Write the drafts of a preset.")
        fill.add_argument("preset", help="Key of the preset.")
        fill.add_argument("--program", help="Slug of the program; may be left out when there is only one.")
        fill.add_argument(
            "--set", action="append", default=[], type=_pair, metavar="NAME=VALUE", help="A figure to change."
        )
        fill.add_argument("--publish", action="store_true", help="Publish the drafts at once.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["step"] == "list":
                self._list()
            else:
                self._fill(options)
        except CampaignInvalid as error:
            mistakes = [f"{one['path']}: {one['message']}" for one in error.details if isinstance(one, dict)]
            raise CommandError("\n".join([str(error), *mistakes])) from error
        except LoyaltyError as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        for preset in list_presets():
            self.stdout.write(f"{preset.key}: {preset.label}")
            self.stdout.write(f"  {preset.description}")
            for name, field in preset.Params.base_fields.items():
                initial = field.initial() if callable(field.initial) else field.initial
                if isinstance(initial, list | tuple):
                    initial = ", ".join(map(str, initial))
                self.stdout.write(
                    f"  {name}: {field.label}" + (f" ({initial})" if initial is not None else "")
                )

    def _fill(self, options: dict[str, Any]) -> None:
        fields = {one.key: one.Params.base_fields for one in list_presets()}.get(options["preset"], {})
        params = {name: _typed(fields.get(name), value) for name, value in options["set"]}
        campaigns = fill_preset(
            preset=options["preset"],
            program=options["program"],
            params=params,
            publish=options["publish"],
        )
        for campaign in campaigns:
            told = _("published: %(key)s") if options["publish"] else _("draft: %(key)s")
            self.stdout.write(told % {"key": campaign.key})


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError(_("Write it as NAME=VALUE."))
    return name, value


def _typed(field: forms.Field | None, value: str) -> Any:
    """A typed value as its field takes it from JSON: whole numbers and lists are no texts there."""
    if (
        isinstance(field, forms.IntegerField)
        and not isinstance(field, forms.DecimalField)
        and value.isdecimal()
    ):
        return int(value)
    if isinstance(field, forms.MultipleChoiceField | ListField):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value
