// What panels share: a frame with a heading, a number with its interval, and the words for a number that is not there.

import { h, type Child } from "../dom";
import type { Incident, Interval, Maybe, View } from "../types";
import { band, figure, UNSAID } from "../words";

/** A section with a heading; `key` names it for focus, tests and the keyboard. */
export function panel(key: string, heading: string, ...children: Child[]): HTMLElement {
  return h("section", { class: `panel ${key}`, id: key, "data-key": key, "aria-labelledby": `${key}-h`, tabindex: "-1" },
    h("h2", { id: `${key}-h` }, heading), ...children);
}

/** "cannot be said yet, because ...". */
export function unsaid(because: string): HTMLElement {
  return h("p", { class: "unsaid" }, `${UNSAID}, because ${because}`);
}

/** A number, its unit and its 90 % interval, or why there is none. */
export function measured(label: string, interval: Maybe<Interval>, unit: string, because: string, digits = 3): HTMLElement {
  return h("div", { class: "measured" }, h("dt", {}, label),
    interval
      ? h("dd", {}, h("b", {}, `${figure(interval.median, digits)} ${unit}`), " ",
        h("span", { class: "band" }, band(interval, digits)))
      : h("dd", { class: "unsaid" }, `${UNSAID}, because ${because}`));
}

/** The incident the banner speaks of, which is the one the answers are about. */
export function told(view: View): Incident | null {
  const { incident } = view.banner;
  return (incident === undefined ? view.incidents[0] : view.incidents.find((one) => one.id === incident)) ?? null;
}
