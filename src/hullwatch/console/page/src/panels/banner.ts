// Is it real, and what else could it be: the class by colour, shape and word, the verdict, and what was set aside.

import { h, type Child } from "../dom";
import { CLASS_MEANING, CLASS_STATUS, shape } from "../status";
import type { Incident, SetAside, View } from "../types";
import { figure, percent, sentence, utc } from "../words";
import { told } from "./parts";

const STATES: Record<string, string> = {
  unacknowledged: "not acknowledged", acknowledged: "acknowledged", returned: "went away, not acknowledged",
  shelved: "shelved", suppressed: "suppressed by design", normal: "no alarm",
};

export function banner(view: View, acknowledge: (() => void) | null): HTMLElement {
  const b = view.banner, waiting = b.state === "unacknowledged" || b.state === "returned";
  const incident = told(view), silent = b.class === "normal" && incident !== null && !incident.ended_utc;
  const status = silent ? "standby" : CLASS_STATUS[b.class] ?? "off";
  return h("section", { class: `banner ${status} ${b.class}${waiting ? " waiting" : ""}`, id: "verdict",
    "data-key": "verdict", "aria-labelledby": "verdict-h", tabindex: "-1" },
    h("div", { class: "class" }, shape(status, 46, b.class === "emergency"),
      h("p", { class: "word" }, silent ? "No alarm" : b.class),
      h("p", { class: "meaning" }, b.state === "returned" ? "" : incident && b.class === "normal" ? "but see the verdict" : CLASS_MEANING[b.class] ?? ""),
      b.state && b.state !== "normal" && h("p", { class: "state" }, b.held ?? STATES[b.state] ?? b.state)),
    h("div", { class: "verdict" },
      h("h2", { id: "verdict-h" }, "Is it real?"),
      h("p", { class: "words" }, b.words), short(view, incident),
      b.would_change && h("p", { class: "why" }, h("b", {}, "What would change this: "), `${b.would_change}.`),
      h("div", { class: "more" },
        acknowledge && waiting && h("button", { type: "button", class: "acknowledge", onclick: acknowledge, "data-key": "ack" },
          "Acknowledge ", h("kbd", {}, "a")),
        b.detail && !incident && h("p", { class: "why" }, b.detail),
        b.detail && incident && h("details", { "data-key": "full" }, h("summary", {}, "The verdict in full"), h("p", {}, b.detail)))),
    elseCould(b.set_aside, incident));
}

/** One line under the verdict: since when, and where the incident stands. */
function short(view: View, incident: Incident | null): HTMLElement | null {
  if (!incident) return quiet(view);
  const onset = incident.onset_utc;
  const older = h("span", {}, "Since before ", h("b", {}, utc(onset?.high)), " UTC: this air was not seen earlier");
  const parts: Child[] = [
    onset && incident.may_be_older ? older : onset ? h("span", {}, "Since ", h("b", {}, utc(onset.median)),
      ` UTC (${utc(onset.low).slice(11, 16)} to ${utc(onset.high).slice(11, 16)}, 90 %)`) : "When it began cannot be said yet",
    h("span", {}, "detected ", utc(incident.detected_utc)),
    h("span", {}, "now ", h("b", {}, incident.state)),
  ];
  return h("p", { class: "since" }, ...parts);
}

function quiet(view: View): HTMLElement | null {
  const d = view.detectable;
  if (!d) return null;
  return h("p", { class: "since" }, "A steady leak of ", h("b", {}, `${figure(d.kg_day)} kg/day`),
    ` or more${d.since_utc ? ` since ${utc(d.since_utc)} UTC` : ""} would have been reported, 19 times in 20.`);
}

/** The other causes with their probabilities; why each was set aside opens by key or click. */
function elseCould(aside: SetAside[], incident: Incident | null): HTMLElement {
  const ranked = [...aside].sort((a, b) => b.probability - a.probability);
  return h("div", { class: "else" }, h("h2", {}, "What else could it be?"),
    ranked.length === 0
      ? h("p", { class: "unsaid" }, incident ? "Nothing else has been weighed yet." : "Nothing is followed, so nothing is set aside.")
      : h("ul", {}, ...ranked.map((one) => h("li", { "data-key": one.cause },
        h("details", {}, h("summary", {},
          h("span", { class: "cause" }, sentence(one.cause)),
          h("span", { class: "bar", "aria-hidden": "true" },
            h("i", { style: { width: `${Math.max(0, Math.min(1, one.probability)) * 100}%` } })),
          h("span", { class: "p" }, percent(one.probability))), h("p", {}, `${sentence(one.why)}.`))))),
    incident?.leak_probability !== null && incident?.leak_probability !== undefined
      ? h("p", { class: "leak" }, "A leak: ", h("b", {}, percent(incident.leak_probability)))
      : null);
}
