// The worklist by keyboard. Letters act only while the focus is inside the list, never on the page at large.
"use strict";

document.addEventListener("keydown", (event) => {
  const list = event.target.closest?.("[data-work]");
  if (!list || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select")) {
    if (event.key === "Escape") event.target.closest("details")?.querySelector("summary").focus();
    return;
  }
  const rows = [...list.querySelectorAll("[data-row]")];
  const row = event.target.closest("[data-row]");
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") {
    const next = rows[rows.indexOf(row) + (key === "j" ? 1 : -1)];
    next?.querySelector("h2 a").focus();
    event.preventDefault();
    return;
  }
  const fold = row?.querySelector(`details[data-key="${CSS.escape(key)}"]`);
  if (!fold) return;
  fold.open = !fold.open;
  (fold.open ? fold.querySelector("input:not([type=hidden])") : fold.querySelector("summary")).focus();
  event.preventDefault();
});
