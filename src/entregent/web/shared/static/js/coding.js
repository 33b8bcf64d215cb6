// Coding by keyboard: each key presses the button that carries it, one after the other's answer.
"use strict";
(() => {
  const waiting = [];
  let busy = false;
  const on = document.getElementById("by-keys");
  const help = document.getElementById("keys-help");
  on.checked = localStorage.getItem("coding-keys") !== "off";
  on.addEventListener("change", () => localStorage.setItem("coding-keys", on.checked ? "on" : "off"));

  function button(key) {
    const room = document.getElementById("coding");
    if (/^[1-9]$/.test(key)) return room.querySelectorAll(".code.current .choice:not(.cannot)")[key - 1];
    if (key === "q") return room.querySelector(".code.current .cannot") ?? room.querySelector(".cannot");
    return room.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  function next() {
    if (busy || !waiting.length) return;
    const pressed = button(waiting.shift());
    if (!pressed) return next();
    busy = true;
    pressed.click();
  }

  function named(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") return "Undo";
    if (event.ctrlKey || event.metaKey || event.altKey) return "";
    return event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  }

  document.addEventListener("keydown", (event) => {
    const key = named(event);
    if (!key || event.defaultPrevented || !on.checked || help.open) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    // Whoever reached a button or a fold by keyboard presses that one.
    if (["Enter", "Space"].includes(key) && event.target.closest("button, a, summary, input")) return;
    if (key === "?") { event.preventDefault(); help.showModal(); return; }
    if (!/^([a-z1-9]|Enter|Space|Backspace|Undo)$/.test(key)) return;
    if (!document.querySelector("form#coding")) return;
    event.preventDefault();
    waiting.push(key);
    next();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]")) help.showModal();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "coding" && !event.detail.elt?.closest?.("#coding")) return;
    busy = false;
    document.getElementById("unsaved").hidden = true;
    const room = document.getElementById("coding");
    if (!room.contains(document.activeElement)) room.focus({ preventScroll: true });
    room.querySelector(".place.here")?.scrollIntoView({ block: "nearest" });
    next();
  });

  for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(trouble, () => {
      busy = false;
      waiting.length = 0;
      document.getElementById("unsaved").hidden = false;
    });
  }
  document.getElementById("coding").focus({ preventScroll: true });
})();
