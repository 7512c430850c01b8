// Below the answers: crew, decisions, alarms, what happened, every channel, and what people said.

import { h, type Child } from "../dom";
import { classShape, nameOf } from "../status";
import type { Alarm, Channel, CrewCraft, Decision, Incident, View } from "../types";
import { dayTime, duration, durations, figure, seconds, sentence, shortDay, UNSAID } from "../words";
import { panel, told, unsaid } from "./parts";

export interface Says {
  alarm(alarm: Alarm, action: string): void;
  answer(decision: Decision, agree: boolean): void;
  look(time_s: number): void;
}

export function crew(view: View): HTMLElement {
  const i = told(view), rows = i?.crew_time?.crew ?? [];
  const question = i?.return_question;
  return panel("crew", "How long has each crew?",
    rows.length === 0 ? unsaid(i ? "the record holds no crew times yet" : "no leak is followed")
      : table("Time for each crew", ["Ship and crew", "Until", "Time left, 90 %", "Start to leave within"], rows.map(crewRow)),
    i?.crew_time?.time_utc && h("p", { class: "sub" }, `As of ${shortDay(i.crew_time.time_utc)} UTC.`),
    question && h("p", { class: "why" }, h("b", {}, `${sentence(question.question)} `), `${sentence(question.answer.replaceAll("_", " "))}. ${sentence(question.why)}`),
    i && clearance(i));
}

function crewRow(one: CrewCraft): Child[] {
  return [
    h("span", {}, h("b", {}, one.craft), one.people?.length ? ` ${one.people.join(", ")}` : " nobody"),
    (one.limit ?? "").replaceAll("_", " ") || "no limit",
    one.time_s ? h("span", {}, h("b", {}, duration(one.time_s.median)), h("span", { class: "band" }, ` ${durations(one.time_s)}`))
      : "no limit is reached within the horizon",
    one.abandon_s === null || one.abandon_s === undefined ? UNSAID : duration(one.abandon_s),
  ];
}

function clearance(i: Incident): HTMLElement | null {
  const c = i.clearance;
  if (!c) return null;
  const says = { holds: "It holds", does_not_hold: "It does not hold", cannot_be_said: "Cannot be said yet" }[c.verdict] ?? c.verdict;
  return h("p", { class: "why" }, h("b", {}, `Does the patch hold? ${says}`), c.because ? `: ${c.because}` : "",
    c.rate_kg_day ? ` (${figure(c.rate_kg_day.low)} to ${figure(c.rate_kg_day.high)} kg/day)` : "");
}

export function decisions(view: View, says: Says, mayWrite: boolean): HTMLElement {
  return panel("decisions", "What waits for a centre?",
    view.decisions.length === 0 ? h("p", { class: "unsaid" }, "No decision has been proposed.")
      : h("ul", { class: "cards" }, ...view.decisions.map((d) => {
        const agreed = d.agreed.map(nameOf), refused = d.refused.map(nameOf);
        const waits = d.needs.filter((c) => !agreed.includes(c) && !refused.includes(c));
        const word = d.state === "in_force" ? "in force" : d.state === "refused" ? "refused" : `waits for ${waits.join(" and ") || "an answer"}`;
        return h("li", { "data-key": d.decision, class: d.state },
          h("p", {}, h("b", {}, sentence(d.what)), " ", h("span", { class: "state" }, word)),
          h("p", { class: "why" }, `Proposed by ${d.by}, ${shortDay(d.time_utc)} UTC.`, agreed.length > 0 ? ` Agreed: ${agreed.join(", ")}.` : "",
            refused.length > 0 ? ` Refused: ${refused.join(", ")}.` : ""),
          mayWrite && d.state === "proposed" && h("p", { class: "buttons" },
            h("button", { type: "button", onclick: () => says.answer(d, true) }, "Agree"),
            h("button", { type: "button", onclick: () => says.answer(d, false) }, "Refuse")));
      })));
}

/** What a state accepts, after ISA-18.2; the server has the last word. */
const ACTIONS: Record<string, string[]> = {
  unacknowledged: ["acknowledge", "own", "comment", "shelve", "suppress"], acknowledged: ["own", "comment", "shelve", "suppress"],
  returned: ["acknowledge", "comment"], shelved: ["unshelve", "comment"], suppressed: ["unsuppress", "comment"], normal: ["comment"],
};

export function alarms(view: View, says: Says, mayWrite: boolean): HTMLElement {
  return panel("alarms", "Alarms",
    view.alarms.length === 0 ? h("p", { class: "unsaid" }, "No alarm.") : h("ul", { class: "cards" }, ...view.alarms.map((a) =>
      h("li", { "data-key": a.incident, class: a.state },
        h("p", { class: "head" }, classShape(a.class, 16), h("b", { class: "word" }, a.class), " ", h("span", { class: "state" }, a.state),
          a.until_utc ? ` until ${shortDay(a.until_utc)}` : ""),
        h("p", {}, a.text),
        h("p", { class: "why" }, `Since ${shortDay(a.since_utc)} UTC. Owner: ${a.owner ?? "nobody yet"}.`),
        (a.comments?.length ?? 0) > 0 && h("ul", { class: "comments" }, ...a.comments!.map((c) =>
          h("li", {}, h("b", {}, nameOf(c)), c.by && c.centre ? ` (${c.by})` : "", ` ${shortDay(c.utc)}: ${c.text}`))),
        mayWrite && h("p", { class: "buttons" }, ...(ACTIONS[a.state] ?? ["comment"]).map((action) =>
          h("button", { type: "button", "data-key": action, onclick: () => says.alarm(a, action) }, sentence(action))))))));
}

export function timeline(view: View, says: Says): HTMLElement {
  return panel("timeline", "What happened", view.timeline.length === 0 ? h("p", { class: "unsaid" }, "Nothing yet.")
    : h("ol", { class: "rows", reversed: true, tabindex: "0", "aria-label": "What happened, newest first" }, ...view.timeline.slice(0, 60).map((row) => {
      const t = seconds(row.time_utc), head = row.title ?? row.words;
      return h("li", { class: `kind-${row.kind}` },
        t === null ? h("span", { class: "when" }, "?")
          : h("button", { type: "button", class: "when", title: "Show what was known then", onclick: () => says.look(t) }, dayTime(t).slice(0, -3)),
        h("span", { class: "what" }, row.class ? classShape(row.class, 11) : null, row.class && !head.toLowerCase().includes(row.class) ? h("b", {}, `${row.class} `) : null,
          h("b", {}, head), row.title && row.words && row.words !== head ? h("span", { class: "more" }, ` ${row.words}`) : null));
    })));
}

export function channelTable(view: View): HTMLElement {
  const rows = [...view.data.channels].sort((a, b) => rank(b) - rank(a));
  const doubtful = rows.filter((c) => rank(c) > 0).length;
  return panel("channels", "Every channel",
    h("p", { class: "sub" }, `${rows.length} channels, ${doubtful === 0 ? "none in doubt" : `${doubtful} in doubt or silent, first`}`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of channels" },
      table("Latest reading of each channel", ["Channel", "Value", "Age", "Quality"], rows.map((c) => [
        h("span", { title: c.id }, c.name), c.value === null || c.value === undefined ? "no reading" : h("span", { class: "num" }, `${c.unit === "code" ? c.value : figure(c.value, 5)} ${c.unit ?? ""}`),
        ageOf(c), quality(c),
      ]))));
}

/** How old a reading is; of a channel that speaks only when it changes, how long it has not. */
function ageOf(c: Channel): string {
  if (c.age_s === null || c.age_s === undefined) return "?";
  const said = duration(Math.max(0, Math.round(c.age_s)), 2);
  return c.publish === "on_change" && c.quality.length === 0 && c.age_s > 30 ? `unchanged ${said}` : said;
}

/** Doubtful channels first, then pressures. */
function rank(c: Channel): number {
  return (c.quality.length > 0 ? 2 : 0) + (c.value === null || c.value === undefined ? 1 : 0);
}

function quality(c: Channel): string {
  const words = c.quality.length > 0 ? c.quality.join(", ") : c.value === null || c.value === undefined ? "silent" : "good";
  return c.noted ? `${words}; noted ${c.noted.kind} until ${shortDay(c.noted.end_utc)}` : words;
}

export function evidence(view: View): HTMLElement {
  return panel("evidence", "What people said",
    view.evidence.length === 0 ? h("p", { class: "unsaid" }, "Nobody has added evidence.") : h("ul", { class: "cards" }, ...view.evidence.map((e) =>
      h("li", { class: e.withdrawn ? "withdrawn" : "" },
        h("p", {}, h("b", {}, `#${String(e.number ?? "")} ${String(e.kind ?? "").replaceAll("_", " ")} `), observed(e.observed), e.note ? ` “${String(e.note)}”` : ""),
        h("p", { class: "why" }, `${String(e.by ?? "?")}${e.centre ? `, ${String(e.centre)}` : ""}, ${shortDay(e.time_utc as string)}`,
          e.withdrawn ? `; withdrawn: ${String((e.withdrawn as Record<string, unknown>).why ?? "")}` : "")))),
    view.centres.length > 0 && h("p", { class: "why" }, `Centres in the record: ${view.centres.map(nameOf).join(", ")}.`));
}

function observed(fields: unknown): string {
  if (!fields || typeof fields !== "object") return "";
  return Object.entries(fields).map(([name, value]) => `${name.replaceAll("_", " ")} ${Array.isArray(value) ? value.join(", ") : String(value)}`).join("; ");
}

function table(caption: string, heads: string[], rows: Child[][]): HTMLElement {
  return h("table", {}, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((cell, k) =>
      k === 0 ? h("th", { scope: "row" }, cell) : h("td", {}, cell))))));
}
