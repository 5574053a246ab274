// The moment and the calling number to pretend.

import { telephone } from "./transcript.js";

const form = document.getElementById("pretend");
const at = document.getElementById("at");
const caller = document.getElementById("caller");
const withheld = document.getElementById("withheld");
const wrong = document.getElementById("caller-wrong");
const chips = [...form.querySelectorAll("[data-at]")];

// What to dial with, or null with the fault shown.
export function read() {
  const number = withheld.checked ? document.body.dataset.withheld : e164(caller.value);
  wrong.hidden = number !== null;
  caller.setAttribute("aria-invalid", String(number === null));
  if (number === null) {
    caller.focus();
    return null;
  }
  if (!at.checkValidity()) {
    at.reportValidity();
    return null;
  }
  return { caller: number, at: at.value };
}

function e164(text) {
  const plain = text.replace(/[\s().-]/g, "");
  if (/^\+[1-9]\d{6,14}$/.test(plain)) return plain;
  if (/^1?[2-9]\d{9}$/.test(plain)) return `+1${plain.slice(-10)}`;
  return null;
}

// A moment with its offset, as the line's own wall clock shows it.
export function shown(moment) {
  const [date, time] = [moment.slice(0, 10), moment.slice(11, 16)];
  const day = new Date(`${date}T12:00:00Z`).toLocaleDateString("en-US", { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" });
  return `${day}, ${time}`;
}

export function lock(calling) {
  form.classList.toggle("calling", calling);
  const pretending = document.getElementById("pretending");
  pretending.hidden = !calling;
  pretending.textContent = `${at.value ? shown(at.value) : "Now"}\nfrom ${withheld.checked ? "a withheld number" : telephone(e164(caller.value) || "")}`;
  for (const field of form.elements) field.disabled = calling;
  if (!calling) caller.disabled = withheld.checked;
}

function mark() {
  for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.at === at.value));
}

for (const chip of chips) {
  chip.addEventListener("click", () => {
    at.value = chip.dataset.at;
    mark();
  });
}
at.addEventListener("input", mark);
withheld.addEventListener("change", () => { caller.disabled = withheld.checked; });
caller.addEventListener("input", () => { wrong.hidden = true; });
