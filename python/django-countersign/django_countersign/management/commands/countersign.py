"""`manage.py countersign inventory` and `settings`: parses, dispatches, and sets the exit code.

Exit codes: 0 fine, 1 findings, 2 a usage or configuration error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.urls.exceptions import NoReverseMatch

from django_countersign import csrf_settings, inventory
from django_countersign.inventory import baseline
from django_countersign.inventory.formats import FORMATS

if TYPE_CHECKING:
    from argparse import ArgumentParser

FINDINGS, USAGE = 1, 2


class Command(BaseCommand):
    """Commands about this project's endpoints."""

    help = "Tells which endpoints a page can forge calls to, by the certificate that a browser attaches."
    # The inventory reads the URLconf; a project with errors elsewhere may still ask.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options."""
        # No subparser: it would not know Django's own options (--settings) behind the word.
        parser.add_argument(
            "command",
            choices=("inventory", "settings"),
            help="inventory: list every endpoint; settings: write what the gateway's token check depends on",
        )
        parser.add_argument("--format", choices=FORMATS, default="text", help="how to write it")
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="settings: write them there, not to standard output"
        )
        parser.add_argument("--urlconf", help="another URLconf than ROOT_URLCONF, as a dotted path")
        parser.add_argument(
            "--baseline", type=Path, metavar="FILE", help="fail on open endpoints that it lacks"
        )
        parser.add_argument(
            "--write-baseline", type=Path, metavar="FILE", help="write the open endpoints there"
        )
        parser.add_argument(
            "--fail-on", choices=("forgeable", "unknown"), help="fail if there is one; unknown: or may be one"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the settings; or take the inventory, write it, compare."""
        if options["command"] == "settings":
            self._settings(options["output"])
            return
        endpoints = self._take(options["urlconf"])
        self.stdout.write(FORMATS[options["format"]](endpoints), ending="")
        if options["write_baseline"] is not None:
            self._write(options["write_baseline"], baseline.write(endpoints))
        findings = self._compare(options["baseline"], endpoints) + self._failing(
            options["fail_on"], endpoints
        )
        for finding in dict.fromkeys(findings):
            self.stderr.write(f"error: {finding}")
        if findings:
            sys.exit(FINDINGS)

    def _settings(self, file: Path | None) -> None:
        if file is None:
            self.stdout.write(csrf_settings.export(), ending="")
        else:
            self._write(file, csrf_settings.export())

    def _take(self, urlconf: str | None) -> list[inventory.Endpoint]:
        try:
            return inventory.take(urlconf)
        except (ImportError, ImproperlyConfigured, NoReverseMatch) as error:
            raise CommandError(f"cannot read the URLconf: {error}", returncode=USAGE) from error

    def _compare(self, file: Path | None, endpoints: list[inventory.Endpoint]) -> list[str]:
        if file is None:
            return []
        try:
            known = baseline.read(file.read_text("utf-8"))
        except (OSError, baseline.BaselineError) as error:
            raise CommandError(
                f"cannot read the baseline {str(file)!r}: {error}", returncode=USAGE
            ) from error
        compared = baseline.compare(endpoints, known)
        for closed in compared.closed:
            self.stderr.write(f"note: {closed} is no longer open; --write-baseline {file} forgets it")
        return list(compared.findings)

    def _failing(self, fail_on: str | None, endpoints: list[inventory.Endpoint]) -> list[str]:
        counted = {"forgeable": ("yes",), "unknown": ("yes", "unknown")}.get(fail_on or "", ())
        return [
            f"{one.pattern} ({one.view}): {one.verdict.why}"
            for one in endpoints
            if one.verdict.forgeable in counted
        ]

    def _write(self, file: Path, text: str) -> None:
        try:
            file.write_text(text, "utf-8")
        except OSError as error:
            raise CommandError(f"cannot write {str(file)!r}: {error.strerror}", returncode=USAGE) from error
