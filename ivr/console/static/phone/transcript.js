// The running transcript: what the line says word by word, what the caller keys, what the representative does.

const list = document.getElementById("transcript");
const scroll = document.getElementById("scroll");

export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

// E.164 as people write it: +18445208695 is (844) 520-8695.
export const telephone = (number) => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "($1) $2-$3");

export function element(name, text = "", className = "") {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function clear() {
  list.replaceChildren();
}

// Keep the newest line in view where the transcript scrolls by itself; a page that scrolls is left alone.
export function follow() {
  scroll.scrollTop = scroll.scrollHeight;
}

function row(at, kind, who, part) {
  const item = element("li", "", kind);
  const turn = element("div", "", "turn");
  const head = element("p", who, "who");
  if (part) head.append(element("code", part));
  const words = element("p", "", "words");
  turn.append(head, words);
  item.append(element("time", clock(at)), turn);
  list.append(item);
  follow();
  return words;
}

// A line that is being said; words appear as they are spoken.
export function speaking(said) {
  const whispered = said.to === "representative";
  const words = row(said.at, whispered ? "representative" : "line", whispered ? "Only the representative hears" : "Line", said.part);
  const spans = said.text.split(" ").map((word) => element("i", word, "ahead"));
  spans.forEach((span, place) => words.append(place ? " " : "", span));
  let shown = 0;
  return {
    upTo(count) {
      while (shown < count && shown < spans.length) {
        spans[shown - 1]?.classList.remove("now");
        spans[shown].className = "now";
        shown += 1;
      }
    },
    end() {
      spans.forEach((span) => { span.className = ""; });
      shown = spans.length;
    },
    cut() {
      words.replaceChildren(spans.slice(0, shown).map((span) => span.textContent).join(" "), element("span", shown ? " —" : "—", "cut"));
    },
    sofar: () => spans.slice(0, shown).map((span) => span.textContent).join(" "),
  };
}

// The caller's keys; keys added to one row belong to one entry.
export function keying(at, lost = "") {
  const words = row(at, lost ? "you lost" : "you", "You");
  return {
    add(key) {
      words.append(element("b", key));
      follow();
    },
    say(text) {
      words.append(element("em", text));
      follow();
    },
  };
}

export function note(at, kind, who, text) {
  row(at, kind, who, "").append(element("span", text, "whole"));
}

export function representativeKeys(at, keys) {
  const words = row(at, "you representative", "Representative presses", "");
  for (const key of keys) words.append(element("b", key));
}
