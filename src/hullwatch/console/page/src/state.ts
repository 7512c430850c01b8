// What the page knows, in one place, and the one way to say that it changed.

import type { Clock, Me, View } from "./types";

export interface State {
  /** What is shown: the live view, or what was known then. */
  view: View | null;
  live: View | null;
  clock: Clock | null;
  /** performance.now() when the clock came, ms. */
  clockAt: number;
  link: "connecting" | "live" | "lost";
  /** performance.now() when anything last came over the stream, ms. */
  heardAt: number;
  /** The moment looked at, in seconds; null when live. */
  past: number | null;
  /** Whether what is shown is not yet what was known at that moment; a sentence when it could not be had. */
  fetching: boolean | string;
  failure: string | null;
  /** Whose token this is. */
  me: Me | null;
}

export const state: State = {
  view: null, live: null, clock: null, clockAt: 0, link: "connecting", heardAt: 0, past: null, fetching: false, failure: null, me: null,
};

type Listener = () => void;
const listeners: Listener[] = [];
let due = false;

export function onChange(listener: Listener): void {
  listeners.push(listener);
}

/** Draws once for all changes of this turn; a hidden page draws too, so that its title and its sound keep up. */
export function changed(): void {
  if (due) return;
  due = true;
  const draw = (): void => {
    due = false;
    for (const listener of listeners) listener();
  };
  if (document.hidden) setTimeout(draw, 0);
  else requestAnimationFrame(draw);
}

/** How old the newest data are by now, in s: the server's word plus the time since it was said. */
export function dataAge(): number | null {
  const said = state.clock?.data_age_s;
  if (said === null || said === undefined) return null;
  // While the clock ticks it says so itself; after that the data age as fast as they were played.
  return said + (state.link === "live" ? 0 : ((performance.now() - state.clockAt) / 1000) * Math.max(state.clock?.rate ?? 1, 1));
}

/** The time of the data that the page speaks of, s. */
export function momentShown(view: View): number | null {
  if (state.past !== null) return state.past;
  const told = state.clock?.data_utc ?? view.time_utc;
  return told ? Date.parse(told) / 1000 : null;
}

/** End of what has been watched, s. */
export function lastMoment(): number | null {
  const spoken = state.live?.time_utc ?? state.live?.span_utc?.[1];
  const told = state.clock?.data_utc ?? spoken;
  return told ? Date.parse(told) / 1000 : null;
}

export function firstMoment(): number | null {
  const first = state.live?.span_utc?.[0];
  return first ? Date.parse(first) / 1000 : null;
}
