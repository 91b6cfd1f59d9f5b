"""`manage.py measure_checks FOLDER`: how many cases a second go through all checks, and what the checks say."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from prescriptions.management import synthea
from prescriptions.rules.checks import rules_for
from prescriptions.rules.facts import Facts


def run(facts: list[Facts], rounds: int) -> tuple[int, Counter[tuple[str, str]]]:
    """Every check on every case, so many times over: cases run, and outcomes by (rule, state)."""
    said: Counter[tuple[str, str]] = Counter()
    rules = rules_for("prescription_only")
    for _ in range(rounds):
        for one in facts:
            for rule in rules:
                said[rule.id, rule.run(one).state] += 1
    return rounds * len(facts), said


class Command(BaseCommand):
    """Measures the rules alone: facts are fetched before the clock starts."""

    help = "Run Synthea patients with their histories through the checks and say how fast, and what came out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder with Patient.ndjson.gz and its companions."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--processes", type=int, default=2)
        parser.add_argument("--rounds", type=int, default=3)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, run, tell."""
        folder: Path = options["folder"]
        missing = [name for name in synthea.FILES if not (folder / f"{name}.ndjson.gz").is_file()]
        if missing:
            raise CommandError(f"Not in {folder}: {', '.join(missing)}.")
        read = synthea.read(folder)
        shares = [read.facts[at :: options["processes"]] for at in range(options["processes"])]
        with ProcessPoolExecutor(options["processes"]) as pool:
            list(
                pool.map(partial(run, rounds=1), shares)
            )  # processes are up, and dose texts read once, before the clock
            began = time.perf_counter()
            done = list(pool.map(partial(run, rounds=options["rounds"]), shares))
            took = time.perf_counter() - began
        cases = sum(count for count, _ in done)
        said: Counter[tuple[str, str]] = Counter()
        for _, outcomes in done:
            said += outcomes
        self._tell(read, cases, took, said, options["rounds"], options["processes"])

    def _tell(
        self, read: synthea.Read, cases: int, took: float, said: Counter[tuple[str, str]], rounds: int, processes: int
    ) -> None:
        self.stdout.write(
            f"{read.patients} patients, {len(read.facts)} cases; the catalogue knows {read.known} medicines.\n"
            f"{cases} cases in {took:.2f} s: {cases / took:,.0f} cases a second in {processes} processes."
        )
        for rule in rules_for("prescription_only"):
            counts = [said[rule.id, state] // rounds for state in ("ran_clear", "ran_with_alerts", "did_not_run")]
            self.stdout.write(f"{rule.title:24} clear {counts[0]:5}  alerts {counts[1]:5}  did not run {counts[2]:5}")
