"""Campaigns as text: export them, check a file, import one, tell what changed."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.exceptions import CampaignFileInvalid, LoyaltyError
from loyalty.models import Campaign, CampaignRevision
from loyalty.periods import parse_instant
from loyalty.selectors.revisions import diff_definitions, diff_revisions, today_of
from loyalty.services.campaign_files import export_text, import_campaigns, validate_campaigns
from loyalty.services.campaign_text import Kind
from loyalty.services.drafts import definition_of
from loyalty.services.programs import get_program

_DONE = {
    "created": gettext_lazy("created: %(keys)s"),
    "updated": gettext_lazy("updated: %(keys)s"),
    "unchanged": gettext_lazy("unchanged: %(keys)s"),
    "published": gettext_lazy("published: %(keys)s"),
}


class Command(BaseCommand):
    help = (
        "Exports campaigns as text, checks a campaign file, imports one, or tells what changed in a campaign."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        export = steps.add_parser("export", help="Write the campaigns of a program.")
        export.add_argument("--program", help="Slug of the program; may be left out when there is only one.")
        export.add_argument(
            "--format", choices=["yaml", "json"], help="Default: yaml, or by the name of the output."
        )
        export.add_argument("--output", help="File to write; default: standard output.")
        importing = steps.add_parser("import", help="Write a file's campaigns as drafts.")
        importing.add_argument("file", help="Campaign file, YAML or JSON; - is standard input.")
        importing.add_argument("--publish", action="store_true", help="Publish what changed.")
        importing.add_argument(
            "--effective-from",
            type=_instant,
            help="From when on, where the file says nothing, e.g. 2026-12-01T00:00:00Z; default: now.",
        )
        validate = steps.add_parser("validate", help="Check a file without writing anything.")
        validate.add_argument("file", help="Campaign file, YAML or JSON; - is standard input.")
        diff = steps.add_parser("diff", help="Tell what changed from one revision of a campaign to another.")
        diff.add_argument("key", help="Key of the campaign.")
        diff.add_argument("--program", help="Slug of the program; may be left out when there is only one.")
        diff.add_argument(
            "--from", dest="old", type=int, metavar="N", help="Default: the one before, for a draft the last."
        )
        diff.add_argument("--to", dest="new", default="draft", metavar="N|draft", help="Default: the draft.")

    def handle(self, *args: Any, **options: Any) -> None:
        steps = {"export": self._export, "import": self._import, "validate": self._validate}
        steps["diff"] = self._diff
        try:
            steps[options["step"]](options)
        except CampaignFileInvalid as error:
            raise CommandError(_report(options["file"], error)) from error
        except (LoyaltyError, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error

    def _export(self, options: dict[str, Any]) -> None:
        output = options["output"]
        kind: Kind = options["format"] or _kind(output or "") or "yaml"
        text = export_text(program=get_program(options["program"]), kind=kind)
        if output:
            Path(output).write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")

    def _import(self, options: dict[str, Any]) -> None:
        # Whoever has a shell here may date things in the past: an import of old history does.
        done = import_campaigns(
            text=_read(options["file"]),
            kind=_kind(options["file"]),
            publish=options["publish"],
            effective_from=options["effective_from"],
            allow_past=True,
        )
        for name, text in _DONE.items():
            self.stdout.write(str(text) % {"keys": ", ".join(getattr(done, name)) or "-"})

    def _validate(self, options: dict[str, Any]) -> None:
        file = validate_campaigns(text=_read(options["file"]), kind=_kind(options["file"]))
        told = {"file": options["file"], "count": len(file.campaigns)}
        self.stdout.write(_("%(file)s: valid, %(count)d campaigns") % told)

    def _diff(self, options: dict[str, Any]) -> None:
        program = get_program(options["program"])
        campaign = Campaign.objects.filter(program=program, key=options["key"]).first()
        if campaign is None:
            raise CommandError(_("There is no campaign “%(key)s”.") % {"key": options["key"]})
        revisions = {row.number: row for row in campaign.revisions.order_by("number")}
        asked = options["new"]
        if asked != "draft" and not asked.isdecimal():
            raise CommandError(_("--to is the number of a revision, or draft."))
        number = None if asked == "draft" else int(asked)
        before = max(revisions, default=0) if number is None else number - 1
        old = _find(revisions, before if options["old"] is None else options["old"])
        if number is None:
            changes = diff_definitions(today_of(old), definition_of(campaign))
        else:
            changes = diff_revisions(old, _find(revisions, number))
        for change in changes:
            self.stdout.write(change.sentence)
        if not changes:
            self.stdout.write(_("Nothing changed."))


def _find(revisions: Mapping[int, CampaignRevision], number: int) -> CampaignRevision:
    if number not in revisions:
        known = ", ".join(map(str, revisions)) or "–"
        text = _("There is no revision %(number)d. There are: %(known)s.")
        raise CommandError(text % {"number": number, "known": known})
    return revisions[number]


def _instant(text: str) -> datetime:
    return parse_instant(text)


def _kind(name: str) -> Kind | None:
    return "json" if name.endswith(".json") else "yaml" if name.endswith((".yaml", ".yml")) else None


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    return Path(name).read_text(encoding="utf-8")


def _report(name: str, error: CampaignFileInvalid) -> str:
    lines = [str(error)]
    for one in error.details if isinstance(error.details, list) else []:
        place = f"{one['path']}: " if one["path"] else ""
        lines.append(f"{name}:{one['line']}: {place}{one['message']}")
    return "\n".join(lines)
