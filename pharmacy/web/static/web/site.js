// Small comforts. Every page works without this file.

const on = (root, event, pick, act) =>
  root.addEventListener(event, (e) => { const el = e.target.closest?.(pick); if (el) act(el, e); });

// The menu closes when one presses Escape or elsewhere.
document.addEventListener("click", (e) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(e.target)) menu.open = false;
});
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});

// Copy what stands in the named element.
on(document, "click", "[data-copy]", async (button) => {
  const from = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(from.value ?? from.textContent.trim());
  const said = button.querySelector("[data-said]") ?? button;
  said.textContent = button.dataset.done ?? "Copied";
});
for (const button of document.querySelectorAll("[data-copy][hidden], [data-print][hidden]")) button.hidden = false;
on(document, "click", "[data-print]", () => window.print());

// A form is sent once: a second press within the same answer does nothing.
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (form.method !== "post" || e.defaultPrevented || form.target) return;
  if (form.dataset.sent) { e.preventDefault(); return; }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) button.setAttribute("aria-busy", "true");
  setTimeout(() => unlock(form), 8000);
});
const unlock = (form) => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
};
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(unlock));
document.addEventListener("htmx:after:request", (e) => { const form = e.target.closest?.("form"); if (form) unlock(form); });

// A select or radio that stands for its form's button sends it, where the page asks for that.
on(document, "change", "[data-send]", (control) => control.form.requestSubmit());

// The list of errors takes the focus, so that it is read first.
const focusErrors = (root) => root.querySelector("[data-focus]")?.focus({ preventScroll: false });
focusErrors(document);
document.addEventListener("htmx:after:swap", (e) => focusErrors(e.target));

// Shown only with script (and hidden only with script).
for (const el of document.querySelectorAll("[data-script]")) el.hidden = el.dataset.script === "hide";

// Single-key verbs of the workbench: the key pressed outside of a field presses the control that carries it.
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input, textarea, select, [contenteditable], dialog[open]")) return;
  const control = document.querySelector(`[data-key="${CSS.escape(e.key.toLowerCase())}"]:not([aria-disabled=true])`);
  if (!control) return;
  e.preventDefault();
  if (control.matches("input, textarea, select")) control.focus(); else control.click();
});

// Rows of the workbench: J and K move, Enter follows the row's first link.
const rows = () => [...document.querySelectorAll("[data-rows] tbody tr")];
document.addEventListener("keydown", (e) => {
  if (e.target.closest?.("input, textarea, select") || !["j", "k"].includes(e.key) || e.ctrlKey || e.metaKey) return;
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, at + (e.key === "j" ? 1 : -1)))];
  next.querySelector("a, button")?.focus();
});

// Search as you type: the combobox pattern of the ARIA guide. The list is HTML of ours, from data-suggest.
for (const input of document.querySelectorAll("[role=combobox][data-suggest]")) combobox(input);

function combobox(input) {
  const list = document.getElementById(input.getAttribute("aria-controls"));
  let active = -1, asked, timer;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); active = -1; };
  const mark = (at) => {
    const all = options();
    active = (at + all.length + 1) % (all.length + 1);
    if (active === all.length) active = -1;
    all.forEach((option, i) => { option.classList.toggle("is-on", i === active); option.setAttribute("aria-selected", i === active); });
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else { input.setAttribute("aria-activedescendant", all[active].id); all[active].scrollIntoView({ block: "nearest" }); }
  };
  const ask = async () => {
    const words = input.value.trim();
    asked?.abort();
    if (words.length < 2) return close();
    asked = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
      if (!answer.ok) return close();
      list.innerHTML = await answer.text();
    } catch { return; }
    options().forEach((option, i) => { option.id = `${list.id}-${i}`; });
    active = -1;
    const some = options().length > 0 && document.activeElement === input;
    list.hidden = !some;
    input.setAttribute("aria-expanded", String(some));
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !list.hidden) { e.preventDefault(); return close(); }
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (list.hidden) return ask();
      return mark(e.key === "ArrowDown" ? active + 1 : (active < 0 ? options().length - 1 : active - 1));
    }
    if (e.key === "Enter" && active >= 0) { e.preventDefault(); choose(options()[active]); }
  });
  // Most lists lead somewhere; a field of a form (data-fill) only takes the name.
  const choose = (option) => {
    if (!("fill" in input.dataset)) return location.assign(option.dataset.href);
    input.value = option.querySelector("b").textContent;
    close();
    input.focus();
  };
  list.addEventListener("mousedown", (e) => e.preventDefault());
  list.addEventListener("click", (e) => { const option = e.target.closest("[role=option]"); if (option) choose(option); });
}
