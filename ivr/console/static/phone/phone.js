// The telephone: one call at a time, from dial to summary. The server decides what is said; this page lets time pass.

import { Tones } from "./tones.js";
import { Voice } from "./voice.js";
import * as pretend from "./pretend.js";
import * as server from "./server.js";
import * as transcript from "./transcript.js";
import * as why from "./why.js";

const $ = (id) => document.getElementById(id);
const RING_SHOWN_S = 6; // the call's clock waits for whoever plays the representative
const NOTE_MS = 700;
const TALK_MS = 1800;

$("dialled").textContent = transcript.telephone($("dialled").textContent);

const tones = new Tones();
const voice = new Voice((exists) => { $("voiceless").hidden = exists; });

let call = null; // the call on the line: see begin()

// --- The call -------------------------------------------------------------------------------------------------

async function begin(asked) {
  stopTimers();
  call = {
    sealed: "", told: null, phase: "busy", keys: [], row: null, held: [], complaints: [], keyCount: 0,
    says: null, silent: false, spokenS: 0, since: 0, fromS: 0, mostS: Infinity, wantsHangUp: false, stray: "",
  };
  transcript.clear();
  why.clear();
  for (const id of ["welcome", "summary", "ringing", "trouble"]) $(id).hidden = true;
  $("entry").textContent = "";
  $("caption").textContent = "";
  pretend.lock(true);
  hook(true);
  state("Dialing …");
  $("pad").focus({ preventScroll: true });
  await ask(call, () => server.dial(asked.caller, asked.at));
}

// Ask the server, and play what it tells; a call that was left meanwhile is forgotten.
async function ask(mine, asking) {
  mine.phase = "busy";
  stopTimers();
  samples(false);
  let told;
  try {
    told = await asking();
  } catch (trouble) {
    if (call === mine) fail(trouble);
    return;
  }
  if (call !== mine) return;
  mine.sealed = told.call;
  mine.stray = "";
  mine.told = told;
  mine.keys = [];
  mine.row = null;
  mine.complaints.push(...told.complaints);
  mine.spokenS = told.spoken_s;
  $("pretended").textContent = pretend.shown(told.moment);
  $("entry").textContent = "";
  why.show(told);
  samples(told.waits?.finish === "#" && told.waits.most !== 1);
  if (mine.wantsHangUp && !told.ended) {
    hangUp();
    return;
  }
  await play(mine, told);
}

async function play(mine, told) {
  const turn = () => call === mine && mine.told === told;
  let atS = told.says.length ? told.says[0].at : told.elapsed_s;
  for (const said of told.says) {
    if (said.stops && mine.held.length) break;
    mine.phase = said.stops ? "interruptible" : "speaking";
    await (said.who === "line" || said.silence ? speak(mine, said) : noted(mine, said));
    if (!turn() || !["interruptible", "speaking"].includes(mine.phase)) return;
    atS = said.at + (said.seconds || 0);
  }
  if (!turn()) return;
  if (told.ended) {
    finish(mine, told);
  } else if (told.waits.for === "keys") {
    run(mine, mine.held.length ? told.waits.began_s : told.waits.began_s + told.waits.media_s);
    listen(mine, told.waits);
    const held = mine.held.splice(0);
    for (const key of held) {
      if (turn()) hear(key);
      else mine.held.push(key);
    }
  } else if (told.waits.for === "ringing") {
    run(mine, atS, RING_SHOWN_S);
    ring(mine, told.waits);
  } else {
    mine.phase = "holding";
    run(mine, atS);
    state(told.waits.for === "queue" ? "Waiting in the queue" : "The line records");
    skippable("Skip the wait");
  }
}

async function speak(mine, said) {
  const whispered = said.to === "representative";
  const line = said.silence || !said.text ? null : transcript.speaking(said);
  if (line) {
    state(whispered ? "The representative listens" : "The line speaks");
    skippable("Skip the words");
  } else if (said.stops) {
    state("The line listens");
    drain(said.seconds + mine.told.waits.timeout_s);
    skippable("Skip the wait");
  }
  mine.silent = !line && said.stops;
  let fraction = 0;
  const before = mine.spokenS;
  const saying = voice.say(said, (to, words) => {
    fraction = to;
    line?.upTo(words);
    mine.fromS = said.at + to * said.seconds;
    if (line && !whispered) {
      mine.spokenS = before + to * said.seconds;
      $("caption").textContent = line.sofar().split(" ").slice(-24).join(" ");
    }
    meters();
  }, { low: whispered });
  mine.since = 0;
  mine.says = saying;
  const whole = await saying.done;
  if (mine.says === saying) mine.says = null;
  if (whole) line?.end();
  else line?.cut();
  transcript.follow();
}

// Something that is no speech: the representative picks up, presses a key, talks.
async function noted(mine, said) {
  run(mine, said.at);
  const who = said.who === "representative" ? "Representative" : "You";
  const kind = said.who === "representative" ? "representative" : "you";
  if (/^[0-9*#]+$/.test(said.text)) {
    transcript.representativeKeys(said.at, said.text);
    for (const key of said.text) tones.key(key);
  } else {
    transcript.note(said.at, kind, who, said.text.replace(/^\(|\)$/g, ""));
  }
  const talks = said.text.startsWith("(talks");
  if (talks) state("Connected: you are talking");
  skippable("Skip the wait");
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, talks ? TALK_MS : NOTE_MS);
    mine.says = { finish: () => { clearTimeout(timer); resolve(); }, stop: () => { clearTimeout(timer); resolve(); }, hush() {} };
  });
  mine.says = null;
}

// --- Keys -----------------------------------------------------------------------------------------------------

function press(key) {
  tones.key(key);
  flash(key);
  if (call && call.phase !== "over") hear(key);
}

// A key reaches whatever listens: the line, or nobody. Keys that come while the server thinks wait for its answer.
function hear(key) {
  const { waits } = call.told || {};
  if (call.phase === "busy" && !(key === call.stray && !call.held.length)) {
    call.held.push(key);
  } else if (waits?.for === "keys" && waits.hears_keys && ["interruptible", "listening", "keying"].includes(call.phase)) {
    take(call, waits, key);
  } else {
    const row = transcript.keying(nowS(), "lost");
    row.add(key);
    row.say("nothing was listening");
  }
}

function take(mine, waits, key) {
  const at = Math.max(nowS() - waits.began_s, 0);
  if (mine.phase !== "keying") {
    const fromS = nowS();
    mine.phase = "keying";
    mine.says?.stop();
    run(mine, fromS);
    mine.row = transcript.keying(fromS);
  }
  mine.keys.push({ key, at: Math.round(at * 1000) / 1000 });
  mine.keyCount += 1;
  mine.row.add(key);
  $("entry").textContent = `\u200e${mine.keys.map((one) => one.key).join("")}`;
  meters();
  if (key === waits.finish || mine.keys.length === waits.most) {
    mine.stray = key === waits.finish ? "" : waits.finish; // after the last possible digit it is nobody's
    send(mine, "keys");
  } else {
    state(waits.finish ? `Listening; ${waits.finish} ends it` : "Listening");
    patience(mine, waits.timeout_s);
  }
}

function listen(mine, waits) {
  mine.phase = "listening";
  state("The line listens");
  patience(mine, waits.timeout_s);
}

function send(mine, then, more = {}) {
  const keys = mine.keys;
  return ask(mine, () => server.goOn(mine.sealed, { keys, then, ...more }));
}

function timeOut() {
  if (!call || !["listening", "keying", "holding"].includes(call.phase)) return;
  if (!call.keys.length && call.phase === "listening") transcript.keying(nowS()).say("silence");
  send(call, "wait");
}

function hangUp() {
  if (!call || call.phase === "over") return;
  const mine = call;
  if (mine.phase === "busy" && !mine.wantsHangUp) {
    mine.wantsHangUp = true;
    return;
  }
  mine.says?.stop();
  if (mine.told?.ended) {
    finish(mine, mine.told);
    return;
  }
  transcript.keying(nowS()).say("hangs up");
  const { waits } = mine.told;
  const at = waits.for === "keys" && mine.phase !== "speaking" ? Math.max(nowS() - waits.began_s, 0) : null;
  send(mine, "hang_up", { at });
}

function finish(mine, told) {
  mine.phase = "over";
  stopTimers();
  mine.fromS = told.ended.seconds;
  mine.since = 0;
  mine.spokenS = told.ended.speech_s;
  meters();
  state("Call ended");
  hook(false);
  pretend.lock(false);
  why.summary(told, mine.complaints);
}

function fail(trouble) {
  call.phase = "over";
  $("trouble").textContent = trouble.message;
  $("trouble").hidden = false;
  state("No call");
  hook(false);
  pretend.lock(false);
  transcript.follow();
  if (!(trouble instanceof server.Trouble)) throw trouble;
}

// --- The representative's telephone -----------------------------------------------------------------------------

function ring(mine, waits) {
  mine.phase = "ringing";
  state("Ringing a representative");
  tones.ring();
  $("ringing-who").textContent = `${waits.numbers.map(transcript.telephone).join(", ")} · shows ${transcript.telephone(waits.shows)}`;
  $("ringing").hidden = false;
  transcript.follow();
  $("ringing").focus({ preventScroll: true });
  $("ringing").scrollIntoView({ block: "nearest" });
}

function represent(does) {
  if (call?.phase !== "ringing") return;
  $("pad").focus({ preventScroll: true });
  tones.quiet();
  send(call, "ring", { representative: does });
}

// --- Time -------------------------------------------------------------------------------------------------------

let patienceTimer = 0;
const ticker = setInterval(meters, 200);

// From here on the call's clock runs by itself, from a second on, by at most so many.
function run(mine, fromS, mostS = Infinity) {
  mine.fromS = fromS;
  mine.mostS = mostS;
  mine.since = performance.now();
}

function nowS() {
  if (!call) return 0;
  return call.fromS + (call.since ? Math.min((performance.now() - call.since) / 1000, call.mostS) : 0);
}

function patience(mine, seconds) {
  clearTimeout(patienceTimer);
  patienceTimer = setTimeout(() => { if (call === mine) timeOut(); }, seconds * 1000);
  if (!mine.silent || mine.phase === "keying") drain(seconds);
  mine.silent = false;
  skippable("Skip the wait");
}

// The bar that shows how long the line still waits.
function drain(seconds) {
  const bar = $("patience");
  bar.getAnimations().forEach((animation) => animation.cancel());
  bar.animate([{ width: "100%" }, { width: "0%" }], { duration: seconds * 1000 });
}

function stopTimers() {
  clearTimeout(patienceTimer);
  $("patience").getAnimations().forEach((animation) => animation.cancel());
  tones.quiet();
  $("ringing").hidden = true;
  skippable("");
}

function skip() {
  if (!call) return;
  if (!call.says) {
    timeOut();
  } else if (call.silent) {
    call.phase = "listening";
    call.says.stop();
    timeOut();
  } else {
    call.says.finish();
  }
}

// --- What is shown ------------------------------------------------------------------------------------------------

function state(text) {
  if ($("state").textContent !== text) $("state").textContent = text;
}

function meters() {
  $("elapsed").textContent = transcript.clock(nowS());
  $("spoken").textContent = `${(call?.spokenS || 0).toFixed(1)} s`;
  $("pressed").textContent = String(call?.keyCount || 0);
}

function samples(can) {
  for (const button of $("hints").querySelectorAll("[data-number]")) button.disabled = !can;
}

function skippable(what) {
  $("skip").disabled = !what;
  $("skip").title = what;
  $("skip").setAttribute("aria-label", what || "Skip");
}

function hook(busy) {
  $("hook").classList.toggle("busy", busy);
  $("hook").querySelector("span").textContent = busy ? "Hang up" : "Call";
}

function flash(key) {
  const button = document.querySelector(`.pad [data-key="${key}"]`);
  button.classList.add("down");
  setTimeout(() => button.classList.remove("down"), 140);
}

// --- Hands ----------------------------------------------------------------------------------------------------------

const isCalling = () => call !== null && call.phase !== "over";

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
  const told = call?.told;
  $("pad").focus({ preventScroll: true });
  samples(false);
  for (const key of `${button.dataset.number}#`) {
    if (!isCalling() || call.told !== told || call.phase === "busy") return;
    press(key);
    await new Promise((resolve) => { setTimeout(resolve, 110); });
  }
});
if (matchMedia("(max-width: 740px)").matches) $("hints").open = false;
$("ringing").addEventListener("click", (event) => {
  const button = event.target.closest("[data-does]");
  if (button) represent(button.dataset.does);
});
$("mute").addEventListener("click", () => {
  voice.muted = tones.muted = !voice.muted;
  $("mute").setAttribute("aria-pressed", String(voice.muted));
  if (voice.muted) call?.says?.hush();
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
  } else if (event.key === "Enter" && !isCalling() && !event.target.closest("button, summary, input")) {
    event.preventDefault();
    dialNow();
  }
});
addEventListener("pagehide", () => {
  clearInterval(ticker);
  call?.says?.stop();
});
