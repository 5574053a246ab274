// The telephone's display and buttons: what state they show.

import { clock, element } from "./transcript.js";

export const $ = (id) => document.getElementById(id);

export function state(text) {
  if ($("state").textContent !== text) $("state").textContent = text;
}

export function meters(elapsedS, spokenS, keys) {
  $("elapsed").textContent = clock(elapsedS);
  $("spoken").textContent = `${spokenS.toFixed(1)} s`;
  $("pressed").textContent = String(keys);
}

export function samples(can) {
  for (const button of $("hints").querySelectorAll("[data-number]")) button.disabled = !can;
}

// What star, zero, nine and pound do where the call now waits: [key, what it does], or nothing.
export function keysHere(keys) {
  $("keys-here").replaceChildren(...keys.map(([key, does]) => {
    const told = element("span");
    told.append(element("kbd", key), ` ${does}`);
    return told;
  }));
}

export function skippable(what) {
  $("skip").disabled = !what;
  $("skip").title = what;
  $("skip").setAttribute("aria-label", what || "Skip");
}

export function hook(busy) {
  $("hook").classList.toggle("busy", busy);
  $("hook").querySelector("span").textContent = busy ? "Hang up" : "Call";
}

export function flash(key) {
  const button = document.querySelector(`.pad [data-key="${key}"]`);
  button.classList.add("down");
  setTimeout(() => button.classList.remove("down"), 140);
}

// The bar that shows how long the line still waits.
export function drain(seconds) {
  const bar = $("patience");
  bar.getAnimations().forEach((animation) => animation.cancel());
  if (seconds) bar.animate([{ width: "100%" }, { width: "0%" }], { duration: seconds * 1000 });
}
