// The tones of a telephone: keys and ringing.

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = "123456789*0#";

export class Tones {
  #context = null;
  #ringer = 0;
  muted = false;

  #play(frequencies, seconds, loudness) {
    if (this.muted || !window.AudioContext) return;
    this.#context ||= new AudioContext();
    const { currentTime, destination } = this.#context;
    const gain = this.#context.createGain();
    gain.gain.setValueAtTime(loudness, currentTime);
    gain.gain.setTargetAtTime(0, currentTime + seconds, 0.012);
    gain.connect(destination);
    for (const frequency of frequencies) {
      const tone = this.#context.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain);
      tone.start();
      tone.stop(currentTime + seconds + 0.1);
    }
  }

  key(key) {
    const place = KEYS.indexOf(key);
    this.#play([ROWS[Math.floor(place / 3)], COLUMNS[place % 3]], 0.11, 0.06);
  }

  ring() {
    this.quiet();
    const once = () => this.#play([440, 480], 1.2, 0.025);
    once();
    this.#ringer = setInterval(once, 3500);
  }

  quiet() {
    clearInterval(this.#ringer);
  }
}
