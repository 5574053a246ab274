// The telephone's hands: buttons, keyboard and fields, each to what it does to the call.

import { begin, hangUp, isCalling, mute, press, quiet, represent, skip, turn } from "./call.js";
import { $, samples } from "./display.js";
import * as pretend from "./pretend.js";
import { telephone } from "./transcript.js";

$("dialled").textContent = telephone($("dialled").textContent);
if (matchMedia("(max-width: 740px)").matches) $("hints").open = false;

const HAVE_THEIR_OWN_ENTER = 'button:not([data-at][aria-pressed="true"]), summary, input'; // a moment chosen already has not

function dialNow() {
  const asked = pretend.read();
  if (asked && !isCalling()) begin(asked);
}

$("hook").addEventListener("click", () => (isCalling() ? hangUp() : dialNow()));
$("skip").addEventListener("click", skip);
$("again").addEventListener("click", dialNow);
$("pad").addEventListener("click", (event) => {
  const button = event.target.closest("[data-key]");
  if (button) press(button.dataset.key);
});
$("hints").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-number]");
  if (!button) return;
  const told = turn();
  $("pad").focus({ preventScroll: true });
  samples(false);
  for (const key of `${button.dataset.number}#`) {
    if (!isCalling() || turn() !== told) return;
    press(key);
    await new Promise((resolve) => { setTimeout(resolve, 110); });
  }
});
$("ringing").addEventListener("click", (event) => {
  const button = event.target.closest("[data-does]");
  if (button) represent(button.dataset.does);
});
$("mute").addEventListener("click", () => {
  const muted = $("mute").getAttribute("aria-pressed") !== "true";
  $("mute").setAttribute("aria-pressed", String(muted));
  mute(muted);
});
$("copy").addEventListener("click", async () => {
  const text = $("script").textContent;
  try {
    await navigator.clipboard.writeText(text);
    $("copied").textContent = "Copied. Give it a title and its rules in a file of flows/calls/.";
  } catch {
    $("script").closest("details").open = true;
    getSelection().selectAllChildren($("script"));
    $("copied").textContent = "The browser does not let the page copy; the text is selected below.";
  }
});
$("pretend").addEventListener("submit", (event) => {
  event.preventDefault();
  dialNow();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    hangUp();
    return;
  }
  const field = event.target.closest("input, textarea, select");
  if (field && field.type !== "checkbox") return;
  if (/^[0-9*#]$/.test(event.key) && !event.repeat) {
    event.preventDefault();
    press(event.key);
  } else if (event.key === "Enter" && !isCalling() && !event.target.closest(HAVE_THEIR_OWN_ENTER)) {
    event.preventDefault();
    dialNow();
  }
});
addEventListener("pagehide", quiet);
