// What pages do by hand: find (Ctrl K), menu, pictures, dropping a file, closing the side panel.
"use strict";
const here = document.currentScript.dataset;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    const find = document.getElementById("find");
    if (find) { find.focus(); find.select(); }
  }
  if (event.key === "Escape") {
    const why = document.getElementById("why");
    if (why && why.childElementCount) { why.replaceChildren(); why.opener?.focus(); }
    document.querySelector(".verbs.open") && toggleMenu(false);
    document.querySelectorAll(".codes:hover, .codes:focus").forEach(hush);
    document.querySelectorAll("details.person[open]").forEach((open) => { open.open = false; });
  }
});

// What a mark tells goes away by Escape, and comes back the next time it is asked.
function hush(mark) {
  mark.classList.add("hushed");
  for (const left of ["mouseleave", "blur"]) mark.addEventListener(left, () => mark.classList.remove("hushed"), { once: true });
}

function toggleMenu(open) {
  const button = document.querySelector(".menu");
  document.getElementById("verbs").classList.toggle("open", open);
  button.setAttribute("aria-expanded", String(open));
  if (!open) button.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".menu")) {
    toggleMenu(!document.getElementById("verbs").classList.contains("open"));
  }
  const why = document.getElementById("why");
  if (event.target.closest("[data-close]")) { why.replaceChildren(); why.opener?.focus(); }
  const opener = event.target.closest("[hx-target='#why']");
  if (opener) why.opener = opener;
  if (event.target.closest("[data-print]")) window.print();
  if (event.target.matches("[data-select]")) event.target.select();
  const person = document.querySelector("details.person[open]");
  if (person && !person.contains(event.target)) person.open = false;
});

// Filters apply as soon as a choice is made; the button stays for those without script.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-at-once]");
  if (form && !event.target.closest("[data-later]")) form.requestSubmit();
});

// What is not asked stays out of the address.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-at-once]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// Pictures: the drawing library is fetched only by pages that have one.
let drawing;
function fetchScript(url) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = url; script.onload = done; script.onerror = failed;
    document.head.append(script);
  });
}
async function drawPictures(root) {
  const places = root.querySelectorAll("[data-picture]:not([data-drawn])");
  if (!places.length) return;
  drawing ??= fetchScript(here.vega).then(() => fetchScript(here.vegaLite)).then(() => fetchScript(here.vegaEmbed));
  await drawing;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const place of places) {
    place.dataset.drawn = "";
    const picture = JSON.parse(document.getElementById(place.dataset.picture).textContent);
    const { locale, ...config } = picture.config ?? {};
    picture.config = config;
    const ink = getComputedStyle(document.documentElement).getPropertyValue(dark ? "--ink-2" : "--ink").trim();
    const options = {
      ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true },
      config: { background: "transparent", axis: { labelColor: ink, titleColor: ink }, legend: { labelColor: ink, titleColor: ink }, title: { color: ink }, text: { color: ink } },
    };
    if (locale?.number) options.formatLocale = locale.number;
    if (locale?.time?.days) options.timeFormatLocale = locale.time;
    try { await vegaEmbed(place, picture, options); } catch (problem) { console.error(problem); }
  }
  reachWide();
}
document.addEventListener("DOMContentLoaded", () => drawPictures(document));
document.addEventListener("htmx:afterSettle", (event) => {
  drawPictures(event.target);
  const why = document.getElementById("why");
  if (event.target === why) why.querySelector("h2, [data-close]")?.focus();
});

// Dropping a file onto its field.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.(".drop");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) {
      const field = zone.querySelector("input[type=file]");
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
document.addEventListener("change", (event) => {
  if (event.target.matches(".drop input[type=file]")) {
    const named = event.target.closest(".drop").querySelector("[data-file-name]");
    if (named) named.textContent = [...event.target.files].map((file) => file.name).join(", ");
  }
});

// A table or a picture wider than its place scrolls by keyboard too.
function reachWide() {
  for (const place of document.querySelectorAll(".table:not([role]), .picture")) {
    if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
  }
}
for (const news of ["DOMContentLoaded", "htmx:afterSettle"]) document.addEventListener(news, reachWide);
addEventListener("resize", reachWide);
