"""Exit 0 if a browser starts and shows a page: the program named, else Playwright's own Chromium."""

import sys

from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=sys.argv[1] if len(sys.argv) > 1 else None,
        args=["--no-sandbox"],  # root, and containers without user namespaces
        timeout=60_000,
    )
    page = browser.new_page()
    page.set_content("<h1>here</h1>")
    shown = page.inner_text("h1")
    browser.close()
sys.exit(shown != "here")
