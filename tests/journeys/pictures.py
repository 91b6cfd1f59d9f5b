"""Takes the README's pictures: `python -m tests.journeys.pictures FOLDER`, on a pharmacy named by JOURNEYS_AT."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.journeys.bench import claim_next, write_down
from tests.journeys.conftest import CHROMIUM
from tests.journeys.house import House, already_running
from tests.journeys.people import Colleague, Someone

DESK = {"width": 1280, "height": 900}


def keep(one: Someone, path: Path) -> None:
    """The open page as a PNG of 256 colours."""
    one.page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(one.page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def take(house: House, folder: Path) -> None:
    """Home, product, order and case, as a customer and a pharmacist see them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        marta = Someone(house, browser, "Marta", viewport=DESK)
        marta.full_name = "Marta Quintero"
        marta.go("/")
        keep(marta, folder / "home.png")
        marta.search("baclofin")
        marta.page.get_by_role("main").get_by_role("article").first.get_by_role("link").first.click()
        marta.page.wait_for_url("**/products/**")
        keep(marta, folder / "product.png")
        marta.order_on_paper()
        petra = Colleague(house, browser, "pharmacist", viewport=DESK)
        petra.sign_in()
        case = claim_next(petra, marta.full_name)
        write_down(petra)
        petra.go(case)
        keep(petra, folder / "case.png")
        marta.page.reload()
        keep(marta, folder / "order.png")
        browser.close()


if __name__ == "__main__":
    running = already_running()
    if running is None:
        raise SystemExit("Name the file of a running pharmacy in JOURNEYS_AT: url and variables, as JSON.")
    take(running, Path(sys.argv[1]))
