// How much, how long, where, what next: the four answers under the verdict, each number with its interval.

import { h, type Child } from "../dom";
import { LETTERS } from "../map/draw";
import { momentShown } from "../state";
import { classShape } from "../status";
import type { Advice, Alternative, Incident, Interval, Place, Reserve, View } from "../types";
import { band, dayTime, duration, durations, figure, firstOf, percent, seconds, sentence, shortDay, UNSAID } from "../words";
import { measured, panel, told, unsaid } from "./parts";

const none = (view: View): string =>
  view.banner.class === "undecided" ? "the data cannot say whether air leaks" : "no leak is followed";

export function howMuch(view: View): HTMLElement {
  const i = told(view);
  if (!i) return panel("how-much", "How much?", unsaid(none(view)));
  if (over(i) && i.best?.rate_kg_day) return wasMuch(i, i.best.rate_kg_day);
  return panel("how-much", "How much?",
    i.rate_kg_day ? big(i.rate_kg_day, "kg/day") : unsaid("no rate has been estimated"),
    h("dl", {},
      measured("Hole", i.hole_mm, "mm", "the area is not known"),
      measured("Area", i.area_mm2, "mm²", "the rate is not known"),
      measured("Fall", i.pressure_fall_mmhg_h, "mmHg/h", "volume and rate are not both known")),
    h("p", { class: "why" }, law(i)), best(i));
}

/** Whether the leak is proved to have ended: the figures are then of what was, not of what is. */
const over = (i: Incident): boolean => i.state === "cleared" || i.state === "dismissed";

function wasMuch(i: Incident, was: Interval): HTMLElement {
  return panel("how-much", "How much was it?", big(was, "kg/day"),
    h("dl", {}, measured("Hole", i.best?.hole_mm, "mm", "the area is not known"), measured("Last", i.rate_kg_day, "kg/day", "no rate was estimated since")),
    h("p", { class: "why" }, `${i.best?.rate_utc ? `As measured at ${shortDay(i.best.rate_utc)}. ` : ""}${law(i)}`));
}

function big(interval: Interval, unit: string): HTMLElement {
  return h("p", { class: "big" }, h("b", {}, figure(interval.median)), ` ${unit} `,
    h("span", { class: "band" }, `${band(interval)} (90 %)`));
}

/** While a shut hatch hides the leak, the best rate so far stands beside the one of now. */
function best(i: Incident): HTMLElement | null {
  const was = i.best?.rate_kg_day, now = i.rate_kg_day;
  if (!was || !now || now.median >= was.low) return null;
  return h("p", { class: "why" }, `At ${shortDay(i.best?.rate_utc)} it was ${figure(was.median)} (${band(was)}).`);
}

function law(i: Incident): string {
  const p = i.law_probability;
  if (!p) return `Law: ${i.law ?? "not known"}.`;
  const named = Object.entries(p).map(([name, value]) => `${name === "orifice" ? "hole" : name} ${percent(value)}`);
  return sentence(named.reverse().join(", "));
}

// --- how long ---------------------------------------------------------------------------------------------------------

const TICKS: [number, string][] = [
  [60, "1 min"], [600, "10 min"], [3600, "1 h"], [6 * 3600, "6 h"], [86400, "1 d"], [7 * 86400, "1 week"], [30 * 86400, "30 d"],
  [365.25 * 86400, "1 year"], [3652.5 * 86400, "10 years"], [36525 * 86400, "100 years"],
];

export function howLong(view: View): HTMLElement {
  const i = told(view);
  if (!i) return panel("how-long", "How long?", unsaid(none(view)));
  if (over(i)) return panel("how-long", "How long?", h("p", { class: "step" }, "No limit is approached."),
    h("p", { class: "why" }, `The leak is ${i.state}${i.ended_utc ? `, its end was seen at ${shortDay(i.ended_utc)}` : ""}; times to limits are told again when air is lost again.`));
  const known = i.reserve.flatMap((r) => (r.time_s ? [{ ...r, time_s: left(r, r.time_s, view) }] : []));
  if (known.length === 0) {
    return panel("how-long", "How long?",
      i.rate_kg_day ? h("p", { class: "unsaid" }, "No limit is reached within the horizon at this rate, or its time cannot be said yet.")
        : unsaid("no rate is known"));
  }
  const low = Math.min(...known.map((r) => Math.max(r.time_s.low, 30))), high = Math.max(...known.map((r) => r.time_s.high));
  const axis = new Axis(low, high);
  return panel("how-long", "How long?",
    h("p", { class: "sub" }, i.state === "stopped" && i.ended_utc
      ? `If it went on as last measured; since ${shortDay(i.ended_utc)} no loss can be told from nothing, which no test has proved`
      : "Until each limit, if nothing is done; bars hold 90 %"),
    h("div", { class: "reserve", role: "list" },
      ...known.sort((a, b) => a.time_s.median - b.time_s.median).map((r) => reserveRow(r, axis)), axis.draw()));
}

/** What is left of a time by now: an estimate is minutes old when the next one comes, and time has gone on. */
function left(r: Reserve, time_s: Interval, view: View): Interval {
  const at = seconds(r.at_utc?.median), now = momentShown(view);
  const gone = at === null || now === null ? 0 : Math.max(0, now - (at - time_s.median));
  const less = (t: number): number => Math.max(0, t - gone);
  return { median: less(time_s.median), low: less(time_s.low), high: less(time_s.high) };
}

/** A logarithmic axis of time, as shares of its width. */
class Axis {
  private readonly from: number;
  private readonly to: number;

  constructor(low: number, high: number) {
    this.from = Math.log(low / 1.5);
    this.to = Math.log(Math.max(high * 1.2, low * 20));
  }

  at(time_s: number): number {
    return (Math.min(Math.max((Math.log(Math.max(time_s, 1)) - this.from) / (this.to - this.from), 0), 1)) * 100;
  }

  draw(): HTMLElement {
    const all = TICKS.filter(([t]) => Math.log(t) > this.from && Math.log(t) < this.to);
    const shown = all.filter(([t], k) => (all.length < 6 || k % 2 === 0) && this.at(t) > 6 && this.at(t) < 95); // no label is cut
    return h("div", { class: "axis", "aria-hidden": "true" },
      ...shown.map(([t, text]) => h("span", { style: { left: `${this.at(t)}%` } }, text)));
  }
}

function reserveRow(r: Reserve & { time_s: Interval }, axis: Axis): HTMLElement {
  const from = axis.at(r.time_s.low), to = axis.at(r.time_s.high), at = seconds(r.at_utc?.median);
  return h("div", { class: "limit", role: "listitem", "data-key": r.limit, title: r.meaning },
    h("p", { class: "named" },
      h("span", {}, r.alarm_class ? classShape(r.alarm_class, 11) : null, h("b", {}, limitName(r)),
        h("span", { class: "unseen" }, ` (${r.alarm_class ?? "no alarm"}: ${r.meaning}) `)),
      h("span", { class: "value" }, h("b", {}, r.time_s.median > 0 ? duration(r.time_s.median) : "by now"), at === null ? null : h("span", { class: "at" }, ` ${dayTime(at).slice(0, -3)}`))),
    h("div", { class: "track", "aria-hidden": "true" },
      h("i", { style: { left: `${from}%`, width: `${Math.max(to - from, 0.8)}%` } }),
      h("em", { style: { left: `${axis.at(r.time_s.median)}%` } })),
    h("p", { class: "band" }, durations(r.time_s)));
}

function limitName(r: Reserve): string {
  const group = r.group === null || r.group === undefined ? "" : ` in ${LETTERS[r.group] ?? r.group + 1}`;
  const value = r.value_mmhg === null || r.value_mmhg === undefined ? "" : ` ${figure(r.value_mmhg)} mmHg`;
  const name = r.limit.replaceAll("_", " ");
  return `${/^pp\w*\d/.test(name) ? name.replace(/^pp\w+/, (gas) => `pp${gas.slice(2).toUpperCase()}`) : sentence(name)}${value}${group}`;
}

// --- where ------------------------------------------------------------------------------------------------------------

export function where(view: View): HTMLElement {
  const i = told(view);
  if (!i) return panel("where", "Where?", unsaid(none(view)));
  const ranked = [...i.location].sort((a, b) => b.probability - a.probability);
  if (ranked.length === 0) return panel("where", "Where?", unsaid("no place has been weighed"));
  const first = ranked[0]!, alike = ranked.filter((one) => one.probability > first.probability * 0.95).length;
  const unknown = first.probability < 0.5, rows = alike > 3 ? [] : ranked.filter((one) => one.probability >= 0.0005).slice(0, 4);
  const rest = ranked.length - rows.length, left = Math.max(0, 1 - rows.reduce((sum, one) => sum + one.probability, 0));
  return panel("where", "Where?",
    unknown ? h("p", { class: "place unknown" }, h("b", {}, "Not known yet: "), alike > 3 ? `${alike} compartments alike, ${percent(first.probability)} each`
      : `likeliest ${first.name ?? first.compartment}, ${percent(first.probability)}`)
      : h("p", { class: "place" }, h("b", {}, first.name ?? first.compartment), ` ${percent(first.probability)}`),
    rows.length > 0 && h("ul", { class: "places" }, ...rows.map(placeRow),
      rest > 0 && h("li", { class: "rest", "data-key": "rest" }, h("span", { class: "name" }, `${rest} others`), h("span", { class: "p" }, percent(left)))),
    i.location_why && h("p", { class: "why" }, `${sentence(i.location_why)}.`));
}

function placeRow(one: Place): HTMLElement {
  return h("li", { "data-key": one.compartment, title: one.name ?? "" }, h("span", { class: "name" }, one.compartment),
    h("span", { class: "bar", "aria-hidden": "true" }, h("i", { style: { width: `${one.probability * 100}%` } })),
    h("span", { class: "p" }, percent(one.probability)));
}

// --- what next --------------------------------------------------------------------------------------------------------

export function whatNext(view: View, propose: ((advice: Advice) => void) | null): HTMLElement {
  const i = told(view);
  if (!i) return panel("what-next", "What next?", 
    view.banner.class === "undecided" ? unsaid(none(view)) : h("p", { class: "unsaid" }, "Nothing to do about the air: no leak is followed."));
  const advice = i.advice;
  if (!advice) return panel("what-next", "What next?", unsaid("the record holds no plan for this leak"), change(i));
  const [step, sides] = firstOf(advice.next ?? advice.refused ?? UNSAID), [why, rest] = firstOf(advice.why);
  return panel("what-next", "What next?",
    h("p", { class: "step" }, step), sides && h("p", {}, h("b", {}, "People: "), sides), h("p", { class: "why" }, why), times(advice),
    h("div", { class: "more" },
      propose && (advice.shut?.length || advice.opened?.length) ? h("button", { type: "button", onclick: () => propose(advice) },
        "Propose it ", h("kbd", {}, "d")) : null, besides(advice, rest)));
}

function change(i: Incident): HTMLElement | null {
  return i.would_change ? h("p", { class: "why" }, h("b", {}, "What would tell more: "), `${i.would_change}.`) : null;
}

/** How long the step takes, and what the whole search costs on average. */
function times(advice: Advice): HTMLElement | null {
  const { time_s, kg, closures } = advice.expected ?? {};
  const parts: Child[] = [
    advice.work_s ? ["work ", h("b", {}, duration(advice.work_s, 2))] : null,
    advice.reading_s ? ["watch ", h("b", {}, duration(advice.reading_s, 2))] : null,
    advice.limit_s ? ["at most ", h("b", {}, duration(advice.limit_s, 2))] : null,
    time_s ? ["isolated in ", ...both(time_s, (v) => duration(v, 2), (v) => durations(v, 2))] : null,
    kg ? ["losing ", ...both(kg, (v) => `${figure(v, 2)} kg`, (v) => band(v, 2))] : null,
    closures ? ["in ", h("b", {}, figure(closures, 2)), " closures on average"] : null,
  ];
  return parts.some(Boolean) ? h("p", { class: "times" }, ...parts.map((part) => part && h("span", {}, part))) : null;
}

function both(value: Interval | number, one: (v: number) => string, ends: (v: Interval) => string): Child[] {
  return typeof value === "number" ? [h("b", {}, one(value)), " on average"]
    : [h("b", {}, one(value.median)), " ", h("span", { class: "band" }, ends(value))];
}

/** What need not be read first: the rest of the reason, what if, and the other steps with why not. */
function besides(advice: Advice, rest: string): HTMLElement | null {
  const others = advice.alternatives ?? [], warnings = advice.warnings ?? [], more = furtherOf(advice, rest);
  if (!more.some(Boolean)) return null;
  const says = [others.length > 0 ? `${others.length} other${others.length === 1 ? "" : "s"} and why not` : "More",
    warnings.length > 0 ? `${warnings.length} what if` : ""].filter(Boolean).join(", ");
  return h("details", { class: "others", "data-key": "others" }, h("summary", {}, says), ...more);
}

/** The rest of a plan's reason, what if, and the other steps. */
export function furtherOf(advice: Advice, rest: string): Child[] {
  const others = advice.alternatives ?? [], warnings = advice.warnings ?? [];
  return [
    rest && h("p", {}, rest), advice.reopen && h("p", {}, h("b", {}, "Then: "), sentence(advice.reopen)),
    advice.next && advice.refused && h("p", {}, h("b", {}, "Not done: "), sentence(advice.refused)),
    advice.nobody_cut_off && h("p", {}, sentence(advice.nobody_cut_off)), advice.afterwards && h("p", {}, sentence(advice.afterwards)),
    warnings.length > 0 && h("ul", {}, ...warnings.map((one) => h("li", {}, h("b", {}, "What if: "), one))),
    others.length > 0 && h("ul", {}, ...others.map((one) => h("li", {}, h("b", {}, `Not ${one.what}: `), one.why || costs(one)))),
  ];
}

const costs = (one: Alternative): string =>
  one.more === null || one.more === undefined ? "" : `${figure(one.more, 2)} ${one.unit ?? ""} more`;
