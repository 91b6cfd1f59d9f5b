// The list of keys, and a way to switch single keys off (WCAG 2.1.4). Loaded on the queue and on the case.
const sheet = document.getElementById("keysheet");
const choice = document.getElementById("keys-on");
const OFF = "single-keys-off";

const remembered = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
const remember = (off) => { try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* private mode: for this page only */ } };

let off = remembered();
if (choice) {  // a page without the list keeps what was chosen on another
  choice.checked = !off;
  choice.addEventListener("change", () => { off = !choice.checked; remember(off); });
}

for (const button of document.querySelectorAll("[data-keys]")) button.addEventListener("click", () => sheet.showModal());

// Before anybody else hears of the key: with the choice off, letters do nothing outside of fields.
window.addEventListener("keydown", (event) => {
  if (off && event.key.length === 1 && !event.target.closest?.("input, textarea, select")) event.stopImmediatePropagation();
}, { capture: true });
