"""An import's process is killed (SIGKILL) half-way: what is there is whole, and the next one goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.imports import own
from catalog.imports.fda import PACK_COLUMNS, PRODUCT_COLUMNS, FdaImport
from catalog.imports.files import BadFile
from catalog.imports.job import Import
from catalog.imports.labels import LabelImport
from catalog.imports.report import Report
from catalog.models.imports import ImportRun, StagedRow
from catalog.models.label import Label
from catalog.models.product import Pack, Product
from tests.catalog import lists
from tests.catalog.test_import import BACLOFEN, BOTTLE, table
from tests.catalog.test_label_texts import RAW

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 40
# The child says when its second batch is in, and waits to be killed there.
CHILD = """
import sys, time
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"], kind, files = sys.argv[1], sys.argv[2], sys.argv[3:]
from pathlib import Path
from catalog.imports import fda, job, labels, own
fda.BATCH = job.BATCH = labels.BATCH = 10
batches = []
def progress(what, done, total):
    batches.append(what)
    if batches.count(STAGE) == 2:
        print("half", flush=True)
        time.sleep(60)
STAGE = {"csv": "Reading", "fda-ndc": "Products", "openfda-labels": "Labels"}[kind]
paths = [Path(each) for each in files]
made = {
    "csv": lambda: job.Import(own.OwnList(paths), refresh=False, progress=progress),
    "fda-ndc": lambda: fda.FdaImport(*paths, refresh=False, progress=progress),
    "openfda-labels": lambda: labels.LabelImport(kind, paths, refresh=False, progress=progress),
}[kind]()
made.run()
"""


def a_csv(folder: Path) -> list[Path]:
    rows = [(f"p{n}", f"Thing {n}", *own.EXAMPLES[0][2:15], f"k{n}", "20", "plaster", "", "", *own.EXAMPLES[0][20:])
            for n in range(MANY)]  # fmt: skip
    return [lists.own_csv(folder, rows)]


def a_directory(folder: Path) -> list[Path]:
    products = [BACLOFEN | {"PRODUCTNDC": f"0527-{n}", "PRODUCTID": f"{n}"} for n in range(1300, 1300 + MANY)]
    packs = [BOTTLE | {"PRODUCTNDC": f"0527-{n}", "NDCPACKAGECODE": f"0527-{n}-01"} for n in range(1300, 1300 + MANY)]
    return [
        table(folder / "product.txt", PRODUCT_COLUMNS, products),
        table(folder / "package.txt", PACK_COLUMNS, packs),
    ]


def some_labels(folder: Path) -> list[Path]:
    path = folder / "labels.jsonl"
    labels = [{**RAW, "set_id": f"00c6c924-ddfd-4a75-afd7-{n:012d}"} for n in range(MANY)]
    path.write_text("".join(json.dumps(each) + "\n" for each in labels), encoding="utf-8")
    return [path]


KINDS: dict[str, tuple[Callable[[Path], list[Path]], Callable[[list[Path]], Any], type[Any]]] = {
    "csv": (a_csv, lambda files: Import(own.OwnList(files), refresh=False), Product),
    "fda-ndc": (a_directory, lambda files: FdaImport(*files, refresh=False), Product),
    "openfda-labels": (some_labels, lambda files: LabelImport("openfda-labels", files, refresh=False), Label),
}


@pytest.fixture
def half_way() -> Iterator[Callable[[str, list[Path]], subprocess.Popen[str]]]:
    """Starts an import in a process of its own; answers when its second batch is in."""
    begun: list[subprocess.Popen[str]] = []

    def start(kind: str, files: list[Path]) -> subprocess.Popen[str]:
        told = [str(connection.settings_dict["NAME"]), kind, *map(str, files)]
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, *told], stdout=subprocess.PIPE, text=True, env=os.environ
        )
        begun.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "half\n"
        return child

    yield start
    for child in begun:
        child.kill()
        child.communicate()


def after_the_kill(begin: Callable[[], Any]) -> Report:
    """Run as soon as the server has noticed that the killed process is gone."""
    for _ in range(100):
        try:
            report: Report = begin().run()
        except BadFile:  # another import is running: the dead one's lock
            time.sleep(0.1)
        else:
            return report
    raise AssertionError("the killed import holds its lock")


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_import_goes_on_where_it_was(
    kind: str, tmp_path: Path, half_way: Callable[[str, list[Path]], subprocess.Popen[str]]
) -> None:
    write, begin, model = KINDS[kind]
    files = write(tmp_path)
    child = half_way(kind, files)
    with pytest.raises(BadFile, match="another import of"):
        begin(files).run()

    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    in_by_now = model.objects.count()
    assert in_by_now == (0 if kind == "csv" else 20), "staged sources show nothing before all is merged"
    report = after_the_kill(lambda: begin(files))

    assert report.resumed_at, "it went on, and did not begin anew"
    assert model.objects.count() == MANY
    assert Pack.objects.count() == (0 if kind == "openfda-labels" else MANY)
    assert not report.refused
    assert not StagedRow.objects.exists()
    assert ImportRun.objects.get().finished_at is not None
    again = begin(files).run()
    assert not any(n for k, n in again.counts.items() if k.endswith((".new", ".changed", ".withdrawn"))), again.counts
