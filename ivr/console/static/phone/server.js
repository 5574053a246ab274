// What the page asks of the server: dial, and go on. The call itself travels back and forth, sealed.

export class Trouble extends Error {}

async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Trouble("The server does not answer. Is it still running?");
  }
  let told = null;
  try {
    told = await answer.json();
  } catch {
    // Not our JSON: the words below say what to do.
  }
  if (!answer.ok || told === null) {
    throw new Trouble(told?.error || `The server failed (${answer.status}). Its log says why.`);
  }
  return told;
}

export const dial = (caller, at) => post("/phone/dial", { caller, at: at || null });

// done: {keys: [{key, at}], then: "keys" | "wait" | "hang_up" | "ring", at?, representative?}
export const goOn = (call, done) => post("/phone/go-on", { call, ...done });
