// One call at a time, from dial to summary. The server decides what is said; this page lets the time pass.

import { $, drain, flash, hook, samples, skippable, state } from "./display.js";
import { Tones } from "./tones.js";
import { Voice } from "./voice.js";
import * as display from "./display.js";
import * as pretend from "./pretend.js";
import * as server from "./server.js";
import * as transcript from "./transcript.js";
import * as why from "./why.js";

const RING_SHOWN_S = 6; // the call's clock waits for whoever plays the representative
const NOTE_MS = 600;
const TALK_MS = 1500;

const tones = new Tones();
const voice = new Voice((exists) => { $("voiceless").hidden = exists; });

let call = null; // the call on the line: see begin()

export const isCalling = () => call !== null && call.phase !== "over";
export const turn = () => call?.told ?? null; // what was told last; another value once the call has gone on

export function mute(muted) {
  voice.muted = tones.muted = muted;
  if (muted) call?.says?.hush();
}

export function quiet() {
  call?.says?.stop();
}

// --- The call -------------------------------------------------------------------------------------------------

export async function begin(asked) {
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
  display.keysHere([]);
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
  display.keysHere(told.waits?.keys_here || []);
  samples(told.waits?.finish === "#" && told.waits.most !== 1);
  if (mine.wantsHangUp && !told.ended) {
    mine.phase = "interruptible";
    run(mine, told.waits.began_s ?? told.elapsed_s);
    hangUp();
    return;
  }
  await play(mine, told);
}

async function play(mine, told) {
  const isNow = () => call === mine && mine.told === told;
  let atS = told.says.length ? told.says[0].at : told.elapsed_s;
  for (const said of told.says) {
    if (said.stops && mine.held.length) break;
    mine.phase = said.stops ? "interruptible" : "speaking";
    await (said.who === "line" || said.silence ? speak(mine, said) : noted(mine, said));
    if (!isNow() || !["interruptible", "speaking"].includes(mine.phase)) return;
    atS = said.at + (said.seconds || 0);
  }
  if (!isNow()) return;
  if (told.ended) {
    finish(mine, told);
  } else if (told.waits.for === "keys") {
    run(mine, mine.held.length ? told.waits.began_s : told.waits.began_s + told.waits.media_s);
    listen(mine, told.waits);
    const held = mine.held.splice(0);
    for (const key of held) {
      if (isNow()) hear(key);
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

export function press(key) {
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

export function hangUp() {
  if (!call || call.phase === "over") return;
  const mine = call;
  if (mine.phase === "busy") {
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
  $("caption").textContent = why.ending(told.ended);
  hook(false);
  pretend.lock(false);
  why.summary(told, mine.complaints);
}

function fail(trouble) {
  call.phase = "over";
  display.keysHere([]);
  $("trouble").textContent = trouble.message;
  $("trouble").hidden = false;
  state("No call");
  $("caption").textContent = "";
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

export function represent(does) {
  if (call?.phase !== "ringing") return;
  $("pad").focus({ preventScroll: true });
  tones.quiet();
  send(call, "ring", { representative: does });
}

// --- Time -------------------------------------------------------------------------------------------------------

let patienceTimer = 0;
setInterval(meters, 200);

// What the display counts.
function meters() {
  display.meters(nowS(), call?.spokenS || 0, call?.keyCount || 0);
}

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

function stopTimers() {
  clearTimeout(patienceTimer);
  drain(0);
  tones.quiet();
  $("ringing").hidden = true;
  skippable("");
}

export function skip() {
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
