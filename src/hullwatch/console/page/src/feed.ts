// The live feed: server-sent events read through fetch, because EventSource cannot carry a token.
// After a break it goes on from the last row seen (Last-Event-ID), so nothing is missed; the page says when it is broken.

import { headers } from "./api";
import { changed, state } from "./state";
import type { Clock, RecordRow, View } from "./types";

const SILENCE_MS = 5000; // the server says the time every second: five missed are a lost connection
const WAITS_MS = [500, 1000, 2000, 4000, 8000];

export interface Listeners { row(row: RecordRow): void; view(view: View): void; back(): void }

/** Follows the stream for ever. */
export async function follow(listeners: Listeners): Promise<never> {
  let last: string | null = null, tries = 0;
  for (;;) {
    const broke = await once(last, (id) => { last = id; }, () => {
      if (tries > 0) listeners.back();
      tries = 0;
    }, listeners);
    state.link = "lost";
    state.failure = broke;
    changed();
    await new Promise((go) => setTimeout(go, WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]));
    tries += 1;
  }
}

/** One connection until it breaks; the sentence says how it broke. */
async function once(
  last: string | null, seen: (id: string) => void, heard: () => void, listeners: Listeners,
): Promise<string> {
  const stop = new AbortController();
  const alive = (): void => { state.heardAt = performance.now(); };
  alive();
  const watchdog = setInterval(() => {
    if (performance.now() - state.heardAt > SILENCE_MS) stop.abort();
  }, 1000);
  try {
    // The first connection starts from the view the page has; Last-Event-ID carries it over every later break.
    const after = last ?? (state.live ? String(state.live.seq) : null);
    const reply = await fetch("api/v1/stream", {
      headers: headers({ Accept: "text/event-stream", ...(after ? { "Last-Event-ID": after } : {}) }),
      credentials: "omit", cache: "no-store", signal: stop.signal,
    });
    if (!reply.ok || !reply.body) {
      return reply.status === 401 ? "the server wants a token to read" : `the server answered ${reply.status}`;
    }
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "the server closed the connection";
      alive();
      rest += value.replace(/\r/g, "");
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block, seen, heard, listeners);
    }
  } catch {
    return stop.signal.aborted ? "the server has been silent" : "the server cannot be reached";
  } finally {
    clearInterval(watchdog);
    stop.abort();
  }
}

function take(block: string, seen: (id: string) => void, heard: () => void, listeners: Listeners): void {
  let kind = "message", id: string | null = null;
  const lines: string[] = [];
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    const field = at < 0 ? line : line.slice(0, at), value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (field === "event") kind = value;
    else if (field === "data") lines.push(value);
    else if (field === "id") id = value;
  }
  if (id) seen(id);
  if (lines.length === 0) return;
  let data: unknown;
  try {
    data = JSON.parse(lines.join("\n"));
  } catch {
    return; // a half-written event: the next view repairs it
  }
  heard();
  state.link = "live";
  state.failure = null;
  if (kind === "clock") {
    state.clock = data as Clock;
    state.clockAt = performance.now();
  } else if (kind === "view") listeners.view(data as View);
  else if (kind === "row") listeners.row(data as RecordRow);
  changed();
}
