// Why the call goes as it goes: steps with their outcomes, facts, label; and how it ended.

import { clock, element, follow } from "./transcript.js";

const steps = document.getElementById("steps");
const facts = document.getElementById("facts");
const label = document.getElementById("label");
const unlooked = document.getElementById("unlooked");

let first = {};
let waiting = null;

export function clear() {
  steps.replaceChildren();
  facts.replaceChildren();
  first = {};
  waiting = null;
  unlooked.hidden = true;
  showLabel("none");
}

const spaced = (value) => value.replaceAll("_", " ");

function showLabel(value) {
  label.textContent = spaced(value || "none");
  label.parentElement.classList.toggle("known", !["", "none"].includes(value || ""));
}

export function show(told) {
  told.steps.forEach((event, place) => {
    const outcome = inWords(event);
    if (waiting && waiting.step === event.step && place === 0) {
      waiting.item.classList.remove("here");
      waiting.outcome.textContent = outcome || "again";
      waiting = null;
      if (event.outcome) return;
    }
    const item = element("li", "", place === 0 ? "new-turn" : "");
    item.append(element("code", event.step));
    const shown = element("span", outcome || spaced(event.kind), "outcome");
    item.append(shown);
    if (!event.outcome) {
      item.classList.add("here");
      waiting = { step: event.step, item, outcome: shown };
    }
    steps.append(item);
  });
  steps.scrollTop = steps.scrollHeight;
  if (told.steps.some((event) => event.kind === "certification" && event.outcome === "unavailable")) unlooked.hidden = false;

  if (!Object.keys(first).length) first = told.facts;
  facts.replaceChildren(...Object.entries(told.facts).flatMap(([name, value]) => [
    element("dt", spaced(name)),
    element("dd", spaced(value), first[name] !== value ? "changed" : ""),
  ]));
  showLabel(told.facts.label);
}

// An outcome with what was keyed; a menu's outcome is the key itself.
function inWords({ outcome, input }) {
  if (!outcome || !input) return spaced(outcome);
  return outcome === input ? `key ${input}` : `${spaced(outcome)} ${input}`;
}

const ENDINGS = {
  connected: "Connected to a representative",
  hang_up: "The line ended the call",
  caller: "You hung up",
  error: "The call failed",
};

const endedBy = (ended) => ENDINGS[ended.by] || "The call is over";

// A talk is pretended, so the call's clock has jumped by it.
const withTalk = (ended) => (ended.talk_s ? ` with ${ended.talk_s} s of talk` : "");

export const ending = (ended) => `${endedBy(ended)}${withTalk(ended)}.`;

export function summary(told, complaints) {
  const ended = told.ended;
  document.getElementById("summary-name").textContent = endedBy(ended);
  const figures = [
    ["Label", spaced(ended.label || "none")],
    ["Last step", ended.at || "none"],
    ["Speech", `${ended.speech_s.toFixed(1)} s`],
    ["Call", `${clock(ended.seconds)}${withTalk(ended)}`],
    ["Keys", String(told.keys)],
    ["Complaints", complaints.length ? String(complaints.length) : "none"],
  ];
  document.getElementById("figures").replaceChildren(...figures.map(([name, value]) => {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", value));
    return pair;
  }));
  const box = document.getElementById("complaints");
  box.hidden = !complaints.length;
  box.querySelector("ul").replaceChildren(...complaints.map((text) => element("li", text)));
  document.getElementById("script").textContent = ended.script;
  document.getElementById("copied").textContent = "";
  document.getElementById("summary").hidden = false;
  follow();
  document.getElementById("summary-name").focus({ preventScroll: true });
  document.getElementById("summary").scrollIntoView({ block: "nearest" });
}
