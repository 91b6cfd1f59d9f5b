"""The marks: inner SVG of a 24 x 24 box. Shape and word carry the meaning; colour (currentColor) comes third."""

from typing import Final

SUPPLY_CLASS: Final[dict[str, str]] = {
    "general_sale": '<circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M8.3 12.3l2.6 2.6 4.9-5.4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>',
    "pharmacy_only": '<rect x="3" y="3" width="18" height="18" rx="4" fill="none" stroke="currentColor" stroke-width="2"/><path d="M12 7.5v9M7.5 12h9" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>',
    "prescription_only": '<rect x="2" y="2" width="20" height="20" rx="3" fill="currentColor"/><path d="M7 17.5V6h3.7a2.9 2.9 0 0 1 0 5.9H7m3.3 0l6.4 6.6m0-5.2l-5.2 5.2" fill="none" stroke="var(--sheet)" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"/>',
    "controlled": '<path d="M8.2 2.5h7.6l5.7 5.7v7.6l-5.7 5.7H8.2l-5.7-5.7V8.2z" fill="none" stroke="currentColor" stroke-width="2"/><path d="M15 9.4a4 4 0 1 0 0 5.2" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>',
    "not_supplied": '<circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.2 2.4"/><path d="M6.5 17.5l11-11" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>',
}

# note, caution, serious, stop: clinical weight. ok and unknown: a check that ran clear, that did not run.
WEIGHT: Final[dict[str, str]] = {
    "note": '<circle cx="12" cy="12" r="9.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M12 11v5.5M12 7.3v.2" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>',
    "caution": '<path d="M12 3l9.8 17.5H2.2z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/><path d="M12 10v4.5M12 17.3v.1" stroke="currentColor" stroke-width="2.3" stroke-linecap="round"/>',
    "serious": '<path d="M12 1.5L22.5 12 12 22.5 1.5 12z" fill="currentColor"/><path d="M12 7v6M12 16.6v.1" stroke="var(--sheet)" stroke-width="2.5" stroke-linecap="round"/>',
    "stop": '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" fill="currentColor"/><path d="M7 12h10" stroke="var(--sheet)" stroke-width="3" stroke-linecap="round"/>',
    "ok": '<circle cx="12" cy="12" r="10" fill="currentColor"/><path d="M7.5 12.4l3.1 3.1 6-6.6" fill="none" stroke="var(--sheet)" stroke-width="2.3" stroke-linecap="round" stroke-linejoin="round"/>',
    "unknown": '<circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.4 2.25"/><path d="M9.3 9.6a2.7 2.7 0 1 1 3.9 2.4c-.8.4-1.2.9-1.2 1.8M12 16.9v.1" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>',
}
