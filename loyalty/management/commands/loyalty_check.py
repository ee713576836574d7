"""`manage.py loyalty_check`: do the books check?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty.auditing import Finding, invariants, run_invariants
from loyalty.management.console import progress_bar


class Command(BaseCommand):
    """Reads only, and one statement for each invariant: safe to run beside everything else."""

    help = "Checks every invariant of the books and names what breaks it. Ends with 1 when something does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only", action="append", default=[], metavar="KEY", help="check this one; repeatable"
        )
        parser.add_argument(
            "--first", type=int, default=10, help="name so many rows at most (default: %(default)s)"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        known = {invariant.key for invariant in invariants}
        unknown = sorted(set(options["only"]) - known)
        if unknown:
            raise CommandError(f"Unknown: {', '.join(unknown)}. There are {', '.join(sorted(known))}.")
        total = len(options["only"]) or len(known)
        findings: list[Finding] = []
        with progress_bar(stream=self.stderr, description="Checking") as update:
            for finding in run_invariants(only=options["only"], first=options["first"]):
                findings.append(finding)
                update(len(findings), total)
                if options["format"] == "text":
                    self._write(finding)
        broken = [finding for finding in findings if not finding.is_sound]
        if options["format"] == "json":
            self.stdout.write(
                json.dumps({"sound": not broken, "invariants": list(map(asdict, findings))}, indent=1)
            )
        if broken:
            raise CommandError(f"{len(broken)} of {len(findings)} invariants do not hold.")
        if options["format"] == "text":
            self.stdout.write(f"All {len(findings)} invariants hold.")

    def _write(self, finding: Finding) -> None:
        if finding.is_sound:
            self.stdout.write(f"ok    {finding.key} ({finding.seconds:.1f} s)")
            return
        self.stdout.write(self.style.ERROR(f"FAIL  {finding.key}: {finding.label}"))
        if finding.error:
            self.stdout.write(f"      could not be checked: {finding.error}")
        else:
            more = ", ..." if finding.count > len(finding.first) else ""
            word = "violation" if finding.count == 1 else "violations"
            names = ", ".join(finding.first)
            self.stdout.write(f"      {finding.count:,} {word}: {finding.subject} {names}{more}")
