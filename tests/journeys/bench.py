"""What staff do in every journey: read a case, dispense, pack, hand over."""

from __future__ import annotations

import datetime as dt
import re
import time

from tests.journeys.house import SOON, House, until
from tests.journeys.people import Colleague


def box_and_hand_over(dan: Colleague, house: House, reference: str) -> None:
    """Dispense, pack, wait for money and lane, hand over."""
    pack(dan, house, reference)
    ends = time.monotonic() + SOON
    while dan.page.get_by_role("link", name="Look again").count():  # the worker charges the card and books the lane
        assert time.monotonic() < ends, "the carrier is not booked"
        time.sleep(0.3)
        dan.page.reload()
    dan.press("Hand over")
    dan.page.get_by_text("Handed over. The customer is told.").wait_for()


def pack(dan: Colleague, house: House, reference: str) -> None:
    """Dispense and pack; the money is taken."""
    dan.go("/admin/dispensing/")
    dan.wait_for(reference)
    dan.follow(reference)
    dan.press("Dispense")
    dan.press("Pack")
    house.until_money(reference, "succeeded")


def claim_next(petra: Colleague, patient: str) -> str:
    """Take cases from the queue until it is that patient's (one that a failed journey left may come first).

    Waits for the paper, too: what becomes readable meanwhile changes the case, and its verbs ask to look again.
    The path of the case.
    """
    until(lambda: _claimed(petra, patient), f"a case of {patient} is in the queue")
    ends = time.monotonic() + SOON
    while not petra.page.get_by_role("region", name="Pages of the prescription").get_by_role("img").count():
        assert time.monotonic() < ends, "the document is not readable"
        time.sleep(0.3)
        petra.page.reload()
    return petra.path


def _claimed(petra: Colleague, patient: str) -> bool:
    petra.go("/admin/review/")
    petra.page.get_by_role("button", name=re.compile("^Claim next")).click()
    petra.page.wait_for_load_state()
    return bool(petra.page.get_by_role("main").get_by_text(patient).count())


def see_the_paper(petra: Colleague) -> None:
    """The page of the document is loaded, and there is something on it."""
    until(lambda: petra.page.evaluate(_INK) > 20, "the prescription's picture shows more than one tone")


def write_down(petra: Colleague, *, quantity: int = 90, issued: dt.date | None = None) -> None:
    """Type what the paper says."""
    petra.write("Substance", "Baclofen")
    petra.write("Strength", "10 mg")
    petra.write("Dose text", "1 tablet three times a day")
    petra.write("Quantity", str(quantity))
    petra.write("Repeats", "2")
    petra.write("Issued on", (issued or dt.date.today() - dt.timedelta(3)).isoformat())
    petra.write("Prescriber", "Dr. Ivy Demo, NPI 1000000004")
    petra.press("Write down")
    petra.page.get_by_text("Written down. The checks ran again.").wait_for()
    look_up(petra)


def look_up(petra: Colleague) -> None:
    """Do by hand what did not run, and answer what wants an answer."""
    ticks = petra.page.locator("form.todo input[type=checkbox]")
    if ticks.count():
        for number in range(ticks.count()):
            ticks.nth(number).check()
        told = petra.page.locator("form.todo select[name=told_by]")
        for number in range(told.count()):
            told.nth(number).select_option("asked")
        petra.write("What you checked, and where", "Looked up in the register and the label.")
        petra.page.get_by_role("button", name=re.compile("^Checked by hand")).click()
        petra.page.get_by_text(re.compile("written down")).first.wait_for()
    care = petra.page.get_by_role("button", name=re.compile("^Acknowledge"))
    if care.count():
        care.first.click()
        petra.page.get_by_text(re.compile("acknowledged")).first.wait_for()
    answers = petra.page.locator("form.answer")
    while answers.count():
        codes = answers.first.locator("select")  # the first of several is "Choose one"
        codes.select_option(index=min(1, codes.locator("option").count() - 1))
        answers.first.locator("input[name=sentence]").fill("Talked over with the patient.")
        answers.first.get_by_role("button", name="Answer").click()
        petra.page.get_by_text("Your answer is kept.").wait_for()


# How many different brightnesses the first page of the document has.
_INK = """async () => {
  const region = document.querySelector('[aria-label="Pages of the prescription"] img');
  if (!region) return 0;
  await region.decode();
  const canvas = new OffscreenCanvas(100, 130), pen = canvas.getContext("2d");
  pen.drawImage(region, 0, 0, 100, 130);
  const tones = new Set(), dots = pen.getImageData(0, 0, 100, 130).data;
  for (let n = 0; n < dots.length; n += 4) tones.add(dots[n]);
  return tones.size;
}"""
