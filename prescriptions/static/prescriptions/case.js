// The case at the keyboard: lines, panels opened in place, the document, and the claim kept while somebody works.
// Every verb is a form that works without this file.

// ---- the current line ----------------------------------------------------------------------------------------------
const lines = [...document.querySelectorAll("[data-line]")];
let current = lines.find((line) => line.querySelector(".ask__panel")) ?? lines.find((line) => `#${line.id}` === location.hash) ?? lines[0];

const mark = (line) => {
  current = line;
  for (const one of lines) {
    one.classList.toggle("is-current", one === line);
    if (one === line) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
  }
};
if (current) mark(current);
for (const line of lines) line.addEventListener("focusin", () => mark(line));

const typing = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog[open]");

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const key = event.key.toLowerCase();
  if ((key === "j" || key === "k") && lines.length) {
    event.preventDefault();
    const at = lines.indexOf(current) + (key === "j" ? 1 : -1);
    mark(lines[Math.min(lines.length - 1, Math.max(0, at))]);
    current.focus();
    current.scrollIntoView({ block: "nearest" });
  } else if (key === "t") {
    const field = document.querySelector("[data-keep] input:not([type=hidden])");
    if (field) { event.preventDefault(); field.focus(); }
  } else if (current) {
    const verb = current.querySelector(`[data-verb="${CSS.escape(key)}"]`);
    const shutOne = current.querySelector(`[data-shut="${CSS.escape(key)}"]`);
    if (verb ?? shutOne) { event.preventDefault(); (verb ?? shutOne).click(); }
  }
});

// A verb that is not open yet says why, each time it is asked for.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-shut]");
  const said = button?.closest(".ask")?.querySelector("[data-said]");
  if (!said) return;
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = button.dataset.why; });
});

// Every verb loads the page anew: the keyboard goes on at the line, or at the next one to decide, and not at the top.
if (document.getElementById("lease") && !location.hash && !document.querySelector("[data-focus]") && document.activeElement === document.body)
  (current ?? document.querySelector(".ask"))?.focus({ preventScroll: true });

// ---- panels in place -----------------------------------------------------------------------------------------------
const reply = document.querySelector("[data-reply]");
const replyHome = reply?.parentElement;
let open = null;

const shut = (focus = true) => {
  if (!open) return;
  const { holder, hidden, opener } = open;
  open = null;
  holder.remove();
  hidden.hidden = false;
  if (reply && !reply.isConnected) replyHome.append(reply);
  if (focus) opener.focus();
};

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) {
    const around = opener.closest(".ask, .check");
    const template = around.querySelector(`template[data-panel="${opener.dataset.opens}"]`);
    if (!template) return;
    event.preventDefault();
    shut(false);
    const holder = document.createElement("div");
    holder.className = around.matches(".check") ? "check__hand" : "ask__panel";
    holder.append(template.content.cloneNode(true));
    const hidden = around.querySelector(".ask__acts, [data-hand]");
    hidden.hidden = true;
    around.append(holder);
    // One note at a time: two fields of one name on a page would be a riddle to whoever listens to it.
    if (reply && holder.querySelector("textarea[name=note]")) reply.remove();
    open = { holder, hidden, opener };
    holder.querySelector("select, textarea, input:not([type=hidden])")?.focus();
    return;
  }
  if (open && event.target.closest?.("[data-closes]")) { event.preventDefault(); shut(); }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open && !event.target.closest?.("dialog[open]")) { event.preventDefault(); event.stopPropagation(); shut(); }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("textarea")) event.target.form?.requestSubmit();
}, { capture: true });

// ---- the document --------------------------------------------------------------------------------------------------
const papers = document.querySelector("[data-papers]");
const sheets = papers ? [...papers.querySelectorAll("[data-sheet]")] : [];
if (papers && sheets.length) {
  const scan = papers.querySelector(".scan");
  const ZOOMS = [1, 1.5, 2, 3];
  let zoom = 0, turn = 0, page = 0;
  const by = (step) => papers.querySelector(`[data-zoom="${step}"]`);
  const pages = (step) => papers.querySelector(`[data-turn-page="${step}"]`);

  const draw = () => {
    scan.style.setProperty("--zoom", ZOOMS[zoom]);
    by(-1).disabled = zoom === 0;
    pages(-1).disabled = page === 0;
    pages(1).disabled = page === sheets.length - 1;
    papers.querySelector("[data-at]").textContent = `, ${page + 1} / ${sheets.length}`;
    sheets.forEach((sheet, at) => {
      sheet.hidden = at !== page;
      const picture = sheet.querySelector("img");
      picture.style.removeProperty("margin");
      picture.style.rotate = `${turn}deg`;
      if (turn % 180 && !sheet.hidden) {
        const { offsetWidth: wide, offsetHeight: high } = picture;
        picture.style.margin = `${(wide - high) / 2}px ${(high - wide) / 2}px`;
      }
    });
  };
  papers.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    // Z goes round: after the largest comes the whole page again.
    if (button.dataset.zoom) zoom = (zoom + Number(button.dataset.zoom) + ZOOMS.length) % ZOOMS.length;
    if (button.dataset.turnPage) page = Math.min(sheets.length - 1, Math.max(0, page + Number(button.dataset.turnPage)));
    if ("rotate" in button.dataset) turn = (turn + 90) % 360;
    draw();
  });
  draw();
}

// ---- the claim -----------------------------------------------------------------------------------------------------
const lease = document.getElementById("lease");
const EVERY = 60_000;
let renewed = Date.now();
const keep = async () => {
  if (!lease || Date.now() - renewed < EVERY) return;
  renewed = Date.now();
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
  try {
    const answer = await fetch(lease.dataset.renew, { method: "POST", headers: { "X-CSRFToken": token } });
    if ((answer.headers.get("Content-Type") ?? "").startsWith("text/plain")) lease.textContent = await answer.text();
  } catch { /* the verb itself will say so */ }
};
for (const kind of ["keydown", "pointerdown", "input", "scroll"]) document.addEventListener(kind, keep, { passive: true, capture: true });
