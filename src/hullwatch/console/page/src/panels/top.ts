// Above everything: which ship, what time it is there, how old the data are, and whether this is real, live and whole.

import { h, type Child } from "../dom";
import { dataAge, momentShown, state } from "../state";
import { shape, SIGNAL_STATUS, type Status } from "../status";
import type { View } from "../types";
import { clockOf, dateOf, dayOfYear, dayTime, duration } from "../words";

export interface Commands {
  help(): void; theme(): void; sound(): void; live(): void; act(): void;
  soundOn: boolean; themeWord: string; mayWrite: boolean;
}

function fact(label: string, key: string, ...value: Child[]): HTMLElement {
  return h("div", { class: "fact", "data-key": key }, h("dt", {}, label), h("dd", {}, ...value));
}

function word(status: Status, text: string): HTMLElement {
  return h("span", { class: "worded" }, shape(status, 12), text);
}

export function top(view: View, commands: Commands): HTMLElement {
  const shown = momentShown(view);
  return h("header", { class: "top" },
    h("h1", {}, "Hullwatch"), h("p", { class: "ship" }, view.title ?? view.vehicle),
    h("dl", {},
      fact(state.past === null ? "UTC of the data" : "UTC looked at", "utc",
        shown === null ? "no data yet" : [h("span", { class: "date" }, `${dateOf(shown)} `), clockOf(shown)]),
      fact("Day", "day", shown === null ? "?" : dayOfYear(shown)),
      fact("Data age", "age", age()),
      fact("Signal", "signal", signal(view)),
      fact("Page", "link", linkWords(view)),
      speed()),
    h("div", { class: "buttons" },
      commands.mayWrite && h("button", { type: "button", onclick: commands.act, title: `as ${state.me?.name ?? "?"}, ${state.me?.centre ?? "no centre"}` }, "Say ", h("kbd", {}, "w")),
      h("button", { type: "button", onclick: commands.sound, "aria-pressed": String(commands.soundOn) },
        commands.soundOn ? "Sound on " : "Sound off ", h("kbd", {}, "s")),
      h("button", { type: "button", onclick: commands.theme }, `${commands.themeWord} `, h("kbd", {}, "t")),
      h("button", { type: "button", onclick: commands.help }, "Keys ", h("kbd", {}, "?"))));
}

function age(): Child {
  const old = state.past !== null ? state.view?.data.age_s ?? null : dataAge();
  if (old === null && state.past !== null) return "not known";
  if (old === null) return state.live?.data.signal === "ended" ? "ended" : "not known";
  return h("span", { class: old > 60 ? "old" : "" }, duration(Math.max(0, Math.round(old)), 2));
}

function signal(view: View): Child {
  if (state.link === "lost" && state.past === null) return word("off", "not known"); // a flag that stood still may lie
  const name = state.past === null && state.clock ? state.clock.signal : view.data.signal;
  return word(SIGNAL_STATUS[name] ?? "off", name);
}

function linkWords(view: View): Child {
  if (state.link === "lost") return word("critical", "connection lost");
  if (state.past !== null) return word("off", "not live");
  if (state.link === "connecting") return word("off", "connecting");
  return view.data.signal === "ended" ? word("off", "watch ended") : word("normal", "live");
}

const round = (rate: number): number => Math.round(rate * 10) / 10;

function speed(): Child {
  const rate = state.clock?.rate;
  return rate && rate !== 1 ? fact("Playback", "rate", `× ${round(rate)}`) : null;
}

/** What must not be missed: data that are not flight data, a moment that is past, a connection that is lost. */
export function labels(view: View, commands: Commands): HTMLElement {
  return h("section", { class: "labels", "aria-label": "State of what is shown" }, reconstructed(view), notLive(commands), lost(), trouble(view));
}

function reconstructed(view: View): HTMLElement | null {
  if (!view.reconstructed) return null;
  const from = view.provenance as Record<string, unknown> | null;
  const more = from && typeof from === "object" ? String(from.provenance ?? from.title ?? "") : "";
  const rate = state.clock?.rate;
  return h("p", { class: "label made", role: "note" },
    h("strong", {}, rate && rate !== 1 ? `RECONSTRUCTED DATA, PLAYED × ${round(rate)}` : "RECONSTRUCTED DATA"), " ",
    h("span", {}, `Not telemetry of a flight. ${more}`));
}

function notLive(commands: Commands): HTMLElement | null {
  if (state.past === null) return null;
  const now = state.live?.banner;
  return h("div", { class: "label then", role: "note" },
    h("strong", {}, "NOT LIVE"), " ",
    h("span", {}, typeof state.fetching === "string" ? `What was known at ${dayTime(state.past)} UTC cannot be shown: ${state.fetching}. What stands below is of another moment.`
      : state.fetching ? `Fetching what was known at ${dayTime(state.past)} UTC …` : `What was known at ${dayTime(state.past)} UTC.`,
      now ? ` Now: ${now.class.toUpperCase()}${now.class === state.view?.banner.class ? "" : ", not what is shown here"}.` : ""),
    h("button", { type: "button", onclick: commands.live, "data-key": "to-live" }, "Back to live ", h("kbd", {}, "l")));
}

function trouble(view: View): HTMLElement | null {
  const words = state.clock?.trouble ?? view.trouble;
  return words ? h("p", { class: "label lost", role: "note" }, h("strong", {}, "THE WATCH HAS TROUBLE"), " ", h("span", {}, words)) : null;
}

function lost(): HTMLElement | null {
  if (state.link !== "lost") return null;
  const old = dataAge();
  return h("p", { class: "label lost", role: "note" }, h("strong", {}, "CONNECTION LOST"), " ",
    h("span", {}, `${state.failure ?? "the server cannot be reached"}. `,
      `What is shown is ${old === null ? "of unknown age" : `${duration(Math.round(old), 2)} old`} and does not change. Trying again.`));
}
