// Says words aloud by the browser's own voice, or in silence at speaking pace; tells which word it is at.
//
// Time is the line's estimate (150 words a minute), not the voice's: a slow voice must not make the line
// wait longer or a caller seem late.

const VOICE_MUST_START_MS = 2500;
const TICK_MS = 40;

export class Voice {
  #synth = window.speechSynthesis;
  #chosen = null;
  #works = true;
  muted = false;

  constructor(whenKnown) {
    const look = () => {
      const voices = this.#synth ? this.#synth.getVoices() : [];
      const english = voices.filter((voice) => voice.lang.replace("_", "-").startsWith("en-US"));
      this.#chosen = english.find((voice) => voice.localService) || english[0] ||
        voices.find((voice) => voice.lang.startsWith("en")) || null;
      whenKnown(this.exists);
    };
    look();
    this.#synth?.addEventListener?.("voiceschanged", look);
  }

  get exists() {
    return this.#works && this.#chosen !== null;
  }

  // Say something. `at(fraction, words)` is called as it goes on, fraction of its seconds, words begun so far.
  // Returns {done: Promise<boolean> (false when stopped), stop(), finish(), hush()}.
  say(said, at, { low = false } = {}) {
    const words = said.text.split(" ");
    const starts = wordStarts(words.length, said);
    let over = false;
    let fraction = 0;
    let timer = 0;
    let watchdog = 0;
    let settle;
    const done = new Promise((resolve) => { settle = resolve; });

    const end = (whole) => {
      if (over) return;
      over = true;
      clearInterval(timer);
      clearTimeout(watchdog);
      this.#synth?.cancel();
      if (whole) at(1, words.length);
      settle(whole);
    };
    const moved = (to) => {
      fraction = Math.max(fraction, Math.min(to, 1));
      const second = fraction * said.seconds;
      at(fraction, starts.filter((start) => start <= second + 1e-6).length);
    };
    const pace = () => {
      if (over) return;
      clearInterval(timer);
      clearTimeout(watchdog);
      const from = fraction;
      const began = performance.now();
      timer = setInterval(() => {
        const now = from + (performance.now() - began) / 1000 / Math.max(said.seconds, 0.001);
        if (now >= 1) end(true);
        else moved(now);
      }, TICK_MS);
      moved(from);
    };
    const aloud = () => {
      const utterance = new SpeechSynthesisUtterance(said.text);
      utterance.voice = this.#chosen;
      utterance.lang = this.#chosen.lang;
      utterance.pitch = low ? 0.75 : 1;
      let heardFrom = 0;
      const begun = () => {
        clearTimeout(watchdog);
        heardFrom = performance.now();
        // Some voices tell no words: between two tellings, go on at the estimated pace, but never to the end.
        let base = fraction;
        let since = heardFrom;
        utterance.onboundary = (event) => {
          const word = said.text.slice(0, event.charIndex).split(" ").length - 1;
          base = (starts[word] ?? 0) / Math.max(said.seconds, 0.001);
          since = performance.now();
          moved(base);
        };
        clearInterval(timer);
        timer = setInterval(() => {
          moved(Math.min(base + (performance.now() - since) / 1000 / Math.max(said.seconds, 0.001), 0.98));
        }, TICK_MS);
        watchdog = setTimeout(() => end(true), (said.seconds * 2.5 + 5) * 1000);
      };
      const failed = () => {
        if (over) return;
        this.#works = false;
        pace();
      };
      utterance.onstart = begun;
      utterance.onend = () => end(true);
      utterance.onerror = () => failed();
      watchdog = setTimeout(failed, VOICE_MUST_START_MS);
      this.#synth.speak(utterance);
    };

    if (this.muted || !this.exists || said.silence || !said.text) pace();
    else aloud();
    return {
      done,
      stop: () => end(false),
      finish: () => end(true),
      hush: () => {
        if (over) return;
        pace();
        this.#synth?.cancel();
      },
    };
  }
}

// Second at which each word begins: words share the time that pauses leave.
function wordStarts(count, said) {
  const long = (said.pauses || []).filter((pause) => pause.ms >= 500);
  const paused = long.reduce((sum, pause) => sum + pause.ms / 1000, 0);
  const each = Math.max(said.seconds - paused, 0) / Math.max(count, 1);
  return Array.from({ length: count }, (_, place) =>
    place * each + long.filter((pause) => pause.after <= place).reduce((sum, pause) => sum + pause.ms / 1000, 0));
}
