// Classes and states: a colour, a shape and a word each (Astro UXDS six states), so that colour never speaks alone.

import { s } from "./dom";
import type { BannerClass } from "./types";

export type Status = "critical" | "caution" | "normal" | "standby" | "off";

/** ISS class to status: emergency and warning are both red and told apart by word, mark and weight; ISS has no orange. */
export const CLASS_STATUS: Record<BannerClass, Status> = {
  emergency: "critical", warning: "critical", caution: "caution", advisory: "standby", normal: "normal",
  undecided: "off",
};
export const CLASS_MEANING: Record<BannerClass, string> = {
  emergency: "class 1: whole crew acts at once",
  warning: "class 2: act at once",
  caution: "class 3: act soon",
  advisory: "class 4: for planning",
  normal: "no leak seen",
  undecided: "the data cannot say",
};
export const SIGNAL_STATUS: Record<string, Status> = { good: "normal", lost: "critical", stale: "caution", ended: "off" };
export const CLASSES: BannerClass[] = ["emergency", "warning", "caution", "advisory"];

const SHAPES: Record<Status, string> = {
  critical: "M12 1.5 23 21.5H1z",
  caution: "M3 3h18v18H3z",
  normal: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z",
  standby: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 5a5 5 0 1 1 0 10 5 5 0 0 1 0-10z",
  off: "M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 0 0 0-21zm0 3a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15z",
};

/** The shape of a status, for the eye; the word stands beside it. An emergency carries an exclamation mark. */
export function shape(status: Status, size = 14, urgent = false): SVGElement {
  return s("svg", { class: `shape ${status}`, viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    s("path", { d: SHAPES[status], "fill-rule": "evenodd" }),
    urgent && s("path", { class: "cut", d: "M10.8 8h2.4l-.4 7h-1.6zM10.8 16.4h2.4v2.4h-2.4z" }));
}

export function classShape(name: string, size = 14): SVGElement {
  const known = (name in CLASS_STATUS ? name : "undecided") as BannerClass;
  return shape(CLASS_STATUS[known], size, known === "emergency");
}

/** A centre's or person's name out of a string or an object that has one. */
export function nameOf(one: unknown): string {
  if (typeof one === "string") return one;
  const o = (one ?? {}) as Record<string, unknown>;
  return String(o.centre ?? o.id ?? o.name ?? o.by ?? "?");
}
