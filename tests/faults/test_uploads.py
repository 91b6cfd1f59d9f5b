"""A file is kept whole or not at all, cleaned after all and once, whoever dies, fills up or hangs up."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from bench.stack import WEB, WORKER
from tests.faults.rehearsal import HEALED, Rehearsal, within
from tests.faults.sender import Scanner, Sender

pytestmark = pytest.mark.slow
THREADS = 8
MEGABYTE = 1024 * 1024


@pytest.fixture
def sender(pharmacy: Rehearsal) -> Sender:
    """A customer who agreed to our keeping of health data; new for each test, with no files yet."""
    session = json.loads(pharmacy.stack.python("-m", "tests.faults.shop", "customer"))
    return Sender(pharmacy.stack.port, session["cookie"])


def a_photo(edge: int = 1200) -> bytes:
    """A picture that no compression makes small: about a byte for each two pixels."""
    out = io.BytesIO()
    Image.frombytes("L", (edge, edge), os.urandom(edge * edge)).save(out, "JPEG", quality=70)
    return out.getvalue()


def documents(pharmacy: Rehearsal, state: str = "") -> int:
    """Files that stand for anything, in a state or in any."""
    where = f"WHERE removed_at IS NULL{f" AND state = '{state}'" if state else ''}"
    return pharmacy.count(f"prescriptions_document {where}")


def files(pharmacy: Rehearsal) -> set[Path]:
    """Everything in the folder of files, whatever its name."""
    return {path for path in (pharmacy.stack.var / "files").rglob("*") if path.is_file()}


@contextlib.contextmanager
def limited_to(pharmacy: Rehearsal, size: int) -> Iterator[None]:
    """The kernel lets the web server write no file longer than that: the write after it fails, as on a full disk."""
    leader = pharmacy.stack.child(WEB).process
    assert leader is not None
    ours = [psutil.Process(leader.pid), *psutil.Process(leader.pid).children(recursive=True)]
    endless = (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY)
    for process in ours:
        process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in ours:
            process.rlimit(psutil.RLIMIT_FSIZE, endless)


@pytest.mark.parametrize("full", ["where files come in", "where files rest"])
def test_a_disk_that_is_full_half_way_keeps_no_torso_and_says_so(
    full: str, pharmacy: Rehearsal, sender: Sender
) -> None:
    content = a_photo(2400)
    assert len(content) > 2 * MEGABYTE
    before, rows = files(pharmacy), documents(pharmacy)
    # What rests is a little longer than what came, so the second limit lets it come in and then stops it at the end.
    with limited_to(pharmacy, MEGABYTE + 1 if full == "where files come in" else len(content)):
        assert sender.send(content) == 503
        assert files(pharmacy) == before
        assert documents(pharmacy) == rows
        assert pharmacy.stack.answer("/healthz") == 200

    assert sender.send(content) == 302
    pharmacy.stack.until(lambda: documents(pharmacy, "ready") == rows + 1, HEALED, "the file is cleaned")
    pharmacy.assert_sound()


def test_a_storage_that_takes_nothing_is_said_and_nothing_looks_sent(pharmacy: Rehearsal, sender: Sender) -> None:
    folder = pharmacy.stack.var / "files" / "prescriptions" / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    aside, rows = folder.with_name("aside"), documents(pharmacy)
    folder.rename(aside)
    folder.write_text("no folder")  # read-only would not stop root
    try:
        assert sender.send(a_photo()) == 503
        assert documents(pharmacy) == rows
    finally:
        folder.unlink()
        aside.rename(folder)
    assert sender.send(a_photo()) == 302


def test_a_worker_killed_while_it_cleans_leaves_nothing_and_the_file_is_cleaned_once(
    pharmacy: Rehearsal, sender: Sender
) -> None:
    rows, pages, asked = documents(pharmacy), pharmacy.count("prescriptions_documentpage"), pharmacy.scanner.asked
    pharmacy.scanner.goes_on.clear()
    try:
        assert sender.send(a_photo()) == 302
        pharmacy.stack.until(lambda: pharmacy.scanner.asked > asked, 30, "a worker cleans")
        pharmacy.stack.kill(WORKER)
    finally:
        pharmacy.scanner.goes_on.set()
    pharmacy.turn_clock(2)  # past the lease of the dead one

    pharmacy.stack.until(lambda: documents(pharmacy) == documents(pharmacy, "ready"), HEALED, "the file is cleaned")
    assert documents(pharmacy) == rows + 1
    assert pharmacy.count("prescriptions_documentpage") == pages + 1
    pharmacy.settled(HEALED)
    assert pharmacy.count("journal_event WHERE kind = 'document.ready'") == documents(pharmacy, "ready")
    assert not list((pharmacy.stack.var / "files" / "prescriptions" / "incoming").iterdir())
    pharmacy.assert_sound()


def test_without_a_scanner_a_file_waits_unseen_and_is_cleaned_when_it_comes_back(
    pharmacy: Rehearsal, sender: Sender
) -> None:
    port, ready = pharmacy.scanner.port, documents(pharmacy, "ready")
    pharmacy.scanner.away()
    try:
        assert sender.send(a_photo()) == 302
        time.sleep(5)
        assert documents(pharmacy, "ready") == ready
        assert "Being checked" in sender.page()
    finally:
        pharmacy.scanner = Scanner(port)
    pharmacy.stack.until(lambda: documents(pharmacy, "ready") == ready + 1, HEALED, "the file is cleaned")
    pharmacy.settled(HEALED)
    pharmacy.assert_sound()


def test_an_upload_whose_connection_breaks_leaves_no_row(pharmacy: Rehearsal, sender: Sender) -> None:
    rows, before = pharmacy.count("prescriptions_document"), files(pharmacy)
    content = a_photo()
    for missing in (10, len(content) // 2):
        line = sender.begin(content, missing=missing)
        line.shutdown(socket.SHUT_WR)
        said = line.recv(4096)
        assert b" 302 " not in said.split(b"\r\n")[0], "half a file was taken for a file"
        line.close()
    assert pharmacy.count("prescriptions_document") == rows
    assert files(pharmacy) == before


def test_who_stops_sending_loses_the_thread(pharmacy: Rehearsal, sender: Sender) -> None:
    rows = pharmacy.count("prescriptions_document")
    lines = [sender.begin(a_photo(), missing=1000) for _ in range(2 * THREADS)]
    began = time.monotonic()
    try:
        pharmacy.stack.until(lambda: pharmacy.stack.answer("/healthz") == 200, 90, "a page is answered again")
        within(60, began, "a page while every thread waits for somebody")
    finally:
        for line in lines:
            line.close()
    assert pharmacy.count("prescriptions_document") == rows
