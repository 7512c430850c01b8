// The station: compartments as boxes, hatches as passages, pressure groups by letter and tint, where the leak may be as
// a level that fills the box with its percentage, people where their ships are.

import { h, s } from "../dom";
import { shape } from "../status";
import type { Compartment, Hatch, StationMap } from "../types";
import { percent, sentence } from "../words";
import { layout, type Spot } from "./layout";

const BOX = { wide: 58, high: 38 }, PITCH = { along: 66, across: 50 }, UPRIGHT = { along: 54, across: 66 };
export const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

interface Frame { x(spot: Spot): number; y(spot: Spot): number; wide: number; high: number; upright: boolean }

/** The map lying (wide screens) or upright (phones). */
export function stationMap(map: StationMap, upright: boolean): HTMLElement {
  if (map.compartments.length === 0) return h("p", { class: "unsaid" }, "No compartments are in the record yet.");
  const plan = layout(map.compartments, map.hatches), pitch = upright ? UPRIGHT : PITCH;
  const frame: Frame = {
    upright,
    x: (spot) => 34 + (upright ? (spot.across - plan.across[0]) * pitch.across : (spot.along - plan.along[0]) * pitch.along),
    y: (spot) => 28 + (upright ? (spot.along - plan.along[0]) * pitch.along : (spot.across - plan.across[0]) * pitch.across),
    wide: 68 + (upright ? (plan.across[1] - plan.across[0]) * pitch.across : (plan.along[1] - plan.along[0]) * pitch.along),
    high: 56 + (upright ? (plan.along[1] - plan.along[0]) * pitch.along : (plan.across[1] - plan.across[0]) * pitch.across),
  };
  const groups = groupsOf(map);
  const drawing = s("svg", {
    class: "station", viewBox: `0 0 ${frame.wide} ${frame.high}`, role: "img", "aria-label": inWords(map, groups),
    style: { "max-width": `${frame.wide * 1.5}px` },
  },
    s("g", {}, ...map.hatches.map((hatch) => drawHatch(hatch, plan.spots, frame))),
    s("g", {}, ...map.compartments.map((c) => drawBox(c, plan.spots.get(c.id), frame, groups.get(c.id) ?? null))));
  return h("div", { class: "map" }, drawing, legend(map, groups), ...reports(map));
}

/** What people said of hatches and of themselves, and what contradicts it: in words, since a report is no measurement. */
function reports(map: StationMap): HTMLElement[] {
  const hatches = map.hatches.filter((one) => one.reported && (one.source === "report" || one.reported.contradiction)).map((one) => {
    const said = one.reported!, who = [said.by, said.centre].filter(Boolean).join(", ");
    const words = [h("b", {}, one.id), ` reported ${said.open ? "open" : "closed"}${who ? ` (${who})` : ""}`];
    return said.contradiction ? h("p", { class: "said contradicted", "data-key": `said-${one.id}` }, shape("caution", 11), ...words, h("b", {}, ", contradicted: "), `${sentence(said.contradiction)}.`)
      : h("p", { class: "said", "data-key": `said-${one.id}` }, ...words, ", not measured.");
  });
  const here = map.compartments.filter((c) => (c.here?.length ?? 0) > 0).map((c) =>
    h("p", { class: "said", "data-key": `here-${c.id}` }, h("b", {}, c.here!.join(", ")), ` said to be in ${c.id}.`));
  return [...hatches, ...here];
}

/** The letter's index of each compartment's pressure group; a compartment shut off alone has one too. */
function groupsOf(map: StationMap): Map<string, number> {
  const found = new Map<string, number>();
  map.groups.forEach((group, k) => group.forEach((id) => found.set(id, k)));
  return found;
}

const letter = (group: number): string => LETTERS[group] ?? `${group + 1}`;

function drawHatch(hatch: Hatch, spots: Map<string, Spot>, frame: Frame): SVGElement | null {
  const a = spots.get(hatch.between[0]), b = spots.get(hatch.between[1]);
  if (!a || !b) return null;
  const { path, door, lies } = way(Math.abs(a.across) > Math.abs(b.across) ? [b, a] : [a, b], frame);
  const word = hatch.open === true ? "open" : hatch.open === false ? "closed" : "not known";
  const source = hatch.source === "report" ? " (reported by the crew)" : hatch.source === "default" ? " (assumed, not measured)" : "";
  return s("g", { "data-hatch": hatch.id, class: `hatch ${word.replace(" ", "-")} by-${hatch.source ?? "default"}` },
    s("title", {}, `Hatch ${hatch.id}: ${word}${source}`),
    s("path", { class: "passage", d: path }),
    hatch.open !== true && s("rect", {
      class: "door", x: door.x - (lies ? 12 : 3), y: door.y - (lies ? 3 : 12), width: lies ? 24 : 6, height: lies ? 6 : 24, rx: 1.5,
    }),
    hatch.reported?.contradiction && s("g", { class: "doubt" },
      s("rect", { x: door.x - 6, y: door.y - 6, width: 12, height: 12 }), s("text", { x: door.x, y: door.y + 4, "text-anchor": "middle" }, "?")));
}

/** From the box nearer the axis to the one farther out, with a right-angled bend; the door stands before the outer box. */
function way([inner, outer]: [Spot, Spot], frame: Frame): { path: string; door: { x: number; y: number }; lies: boolean } {
  const [x1, y1, x2, y2] = [frame.x(inner), frame.y(inner), frame.x(outer), frame.y(outer)];
  const aside = inner.across !== outer.across;
  const upDown = frame.upright ? !aside : aside; // does the passage meet the outer box from above or below?
  const middle = upDown ? y2 + (y1 < y2 ? -1 : 1) * (PITCH.across / 2) : x2 + (x1 < x2 ? -1 : 1) * (frame.upright ? UPRIGHT.across : PITCH.along) / 2;
  return upDown
    ? { path: `M${x1} ${y1}V${middle}H${x2}V${y2}`, door: { x: x2, y: middle }, lies: true }
    : { path: `M${x1} ${y1}H${middle}V${y2}H${x2}`, door: { x: middle, y: y2 }, lies: false };
}

function drawBox(c: Compartment, spot: Spot | undefined, frame: Frame, group: number | null): SVGElement | null {
  if (!spot) return null;
  const x = frame.x(spot) - BOX.wide / 2, y = frame.y(spot) - BOX.high / 2;
  const p = c.posterior ?? 0, level = Math.min(Math.max(p, 0), 1), lines = named(c.id);
  const likely = p >= 0.5 ? " likely" : "";
  return s("g", {
    "data-compartment": c.id, class: `box${c.craft ? " craft" : ""}${likely} group-${group === null ? "none" : group % 6}`,
  },
    s("title", {}, told(c, group)),
    s("rect", { class: "room", x, y, width: BOX.wide, height: BOX.high, rx: c.craft ? 9 : 3 }),
    p >= 0.005 && s("rect", { class: "level", x: x + 2, y: y + BOX.high - 5, width: (BOX.wide - 4) * level, height: 4 }),
    ...lines.map((line, k) => s("text", {
      class: "name", x: x + 4, y: y + 12 + 10.5 * k,
    }, line)),
    p >= 0.005 && s("text", { class: "chance", x: x + 4, y: y + 32 }, percent(p).replace(" ", "")),
    group !== null && s("text", { class: "letter", x: x + BOX.wide - 4, y: y + 32, "text-anchor": "end" }, letter(group)),
    (c.people?.length ?? 0) > 0 && badge(c.people!, "their ship", "people", x + BOX.wide - 20, y - 8),
    (c.here?.length ?? 0) > 0 && badge(c.here!, "said to be here", "people here", x - 2, y - 8));
}

/** A head and shoulders with how many: whose ship it is on the upper right corner, who is said to be here on the left. */
function badge(names: string[], words: string, kind: string, x: number, y: number): SVGElement {
  return s("g", { class: kind, transform: `translate(${x} ${y})` },
    s("title", {}, `${names.join(", ")}: ${words}`),
    s("rect", { x: 0, y: 0, width: 22, height: 12, rx: 6 }),
    s("circle", { cx: 6.5, cy: 4, r: 2.2 }),
    s("path", { d: "M2.8 10.6a3.7 3.7 0 0 1 7.4 0z" }),
    s("text", { x: 13, y: 9.6 }, String(names.length)));
}

/** The id in at most two lines of a box: SOYUZ_MS09_OM is "SOYUZ" over "MS09_OM". */
function named(id: string): string[] {
  if (id.length <= 7) return [id];
  const cut = id.indexOf("_") > 0 && id.indexOf("_") <= 8 ? id.indexOf("_") : -1;
  const [first, second] = cut > 0 ? [id.slice(0, cut), id.slice(cut + 1)] : [id.slice(0, 8), id.slice(8)];
  return [first, second.length > 9 ? `${second.slice(0, 8)}…` : second];
}

function told(c: Compartment, group: number | null): string {
  return [
    `${c.id}: ${c.name}`,
    group === null ? "" : `shares its air with group ${letter(group)}`,
    c.posterior === null || c.posterior === undefined ? "" : `leak here with probability ${percent(c.posterior)}`,
    c.people?.length ? `ship of ${c.people.join(", ")}` : "",
    c.here?.length ? `${c.here.join(", ")} said to be here` : "",
  ].filter(Boolean).join("; ");
}

function legend(map: StationMap, groups: Map<string, number>): HTMLElement {
  const used = [...new Set(groups.values())].sort((a, b) => a - b);
  return h("p", { class: "legend" }, ...pressures(map),
    h("span", {}, h("i", { class: "key-open" }), "hatch open"), h("span", {}, h("i", { class: "key-shut" }), "closed"),
    h("span", {}, h("i", { class: "key-level" }), "leak here, %"),
    h("span", {}, h("i", { class: "key-craft" }), "visiting ship"), h("span", {}, `${used.length} pressure group${used.length === 1 ? "" : "s"}`));
}

/** The pressure of each group that has a gauge. */
function pressures(map: StationMap): HTMLElement[] {
  return (map.group_pressure_mmhg ?? []).flatMap((p, k) =>
    typeof p === "number" ? [h("span", { class: "pressure" }, h("b", {}, letter(k)), `${p.toFixed(1)} mmHg`)] : []);
}

/** The same in words, for those who do not see it. */
function inWords(map: StationMap, groups: Map<string, number>): string {
  const shut = map.hatches.filter((one) => one.open === false).map((one) => one.id);
  const likely = [...map.compartments].filter((c) => (c.posterior ?? 0) >= 0.05)
    .sort((a, b) => (b.posterior ?? 0) - (a.posterior ?? 0)).slice(0, 5)
    .map((c) => `${c.id} ${percent(c.posterior)}`);
  const doubted = map.hatches.filter((one) => one.reported?.contradiction).map((one) => one.id);
  return `Station map: ${map.compartments.length} compartments in ${new Set(groups.values()).size} pressure groups. `
    + `Closed hatches: ${shut.join(", ") || "none"}. ${doubted.length > 0 ? `Reports contradicted: ${doubted.join(", ")}. ` : ""}Leak most likely in: ${likely.join(", ") || "no compartment above the others"}.`;
}
