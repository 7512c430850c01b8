// Pressure, corrected gas mass and loss on one axis of time, with what happened drawn through all three.

import type uPlot from "uplot";

import { h, type Child } from "../dom";
import { LETTERS } from "../map/draw";
import type { Column, Mark, StationMap, Trend, TrendGroup } from "../types";
import { band, dateOf, dayTime, figure } from "../words";
import { calm, followed, mainLine } from "./columns";
import { strip } from "./strip";

const SHOWN = 6;
const DRAWN = ["hatch", "incident", "alarm", "step", "operation", "signal"];
const NOTHING: Trend = { time_s: [], groups: [], marks: [] };

/** A pressure group of now, followed back through the compartment that stands for it. */
interface Followed { letter: string; room: string; pressure: Column }
interface Chosen { letter: string; line: TrendGroup; loss: Column; low: Column; high: Column }

export class Trends {
  readonly host = h("div", { class: "strips", "data-keep": "trends" });
  marks: Mark[] = [];
  /** The group the keyboard chose, as one of its rooms; null for the one that leaks. */
  private picked: string | null = null;
  private plots: uPlot[] = [];
  private shape = "";
  private trend: Trend = NOTHING;
  private map: StationMap | null = null;
  private leak: string | null = null;
  private groups: Followed[] = [];
  private one: Chosen | null = null;
  private readonly note = h("p", { class: "reading", "aria-hidden": "true" });

  /** Draws anew; `leak` is the compartment the leak is likeliest in. */
  show(trend: Trend, map: StationMap, leak: string | null, marks: Mark[]): void {
    Object.assign(this, { trend, map, leak, marks });
    this.groups = this.followAll(map);
    this.one = this.choose(map);
    const shape = `${this.groups.map((g) => g.letter).join("")}|${this.one?.letter}|${this.one?.line.compartments.length}`;
    if (shape !== this.shape) this.build(shape);
    if (!this.one) return;
    const time = trend.time_s, { line, loss, low, high } = this.one;
    const data: unknown[] = [
      [time, ...this.groups.map((g) => g.pressure)], [time, line.corrected_kg, line.low_kg, line.high_kg], [time, loss, low, high],
    ];
    this.plots.forEach((plot, k) => plot.setData(data[k] as uPlot.AlignedData));
    this.read(null);
  }

  /** The next group, for the keyboard. */
  next(): void {
    const at = this.groups.findIndex((g) => g.letter === this.one?.letter);
    this.picked = this.groups[(at + 1) % Math.max(this.groups.length, 1)]?.room ?? null;
    this.redraw();
  }

  /** After a change of size, theme or for print. */
  redraw(): void {
    this.shape = "";
    if (this.map) this.show(this.trend, this.map, this.leak, this.marks);
  }

  private followAll(map: StationMap): Followed[] {
    const all = map.groups.map((rooms, k) => ({
      letter: LETTERS[k] ?? `${k + 1}`, room: rooms[0] ?? "", pressure: followed(this.trend, rooms[0] ?? "", "pressure_mmhg"),
    }));
    return all.filter((g) => g.pressure.some((v) => v !== null)).slice(0, SHOWN);
  }

  private choose(map: StationMap): Chosen | null {
    const room = this.picked ?? this.leak ?? this.groups[0]?.room;
    const line = room === undefined ? undefined : mainLine(this.trend, room);
    if (!room || !line) return null;
    const at = map.groups.findIndex((rooms) => rooms.includes(room));
    const get = (name: "loss_kg_day" | "loss_low" | "loss_high"): Column => followed(this.trend, room, name);
    return { letter: LETTERS[at] ?? "?", line, loss: get("loss_kg_day"), low: get("loss_low"), high: get("loss_high") };
  }

  private build(shape: string): void {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    this.shape = shape;
    this.host.replaceChildren();
    if (!this.one) {
      this.host.append(h("p", { class: "unsaid" }, "No trend can be drawn yet, because the record holds no gas mass of this time."));
      return;
    }
    const { letter, line } = this.one, rooms = line.compartments.length, high = this.height();
    const add = (title: string, more: Child, colours: (number | "leak")[], banded: boolean, timed: boolean): void => {
      const box = h("div", { class: "strip" }, h("p", { class: "strip-title" }, h("b", {}, title), " ", more));
      this.host.append(box);
      this.plots.push(strip(box, {
        title, timed, height: high + (timed ? 38 : 0), lines: colours.map((colour) => ({ label: title, colour, band: banded })),
        ...(title === "Loss" ? { range: (low: number, up: number): [number, number] => this.lossRange() ?? [low, up] } : {}),
      }, "trends", () => this.marks));
    };
    const keys = this.groups.length > 1 && this.groups.map((g, k) => h("span", { class: "key" }, h("i", { class: `line-${k + 1}` }), g.letter));
    add("Pressure", ["mmHg", keys], this.groups.map((_, k) => k), false, false);
    add("Gas mass, heat taken out", `kg; ${rooms} room${rooms === 1 ? "" : "s"} joined; band 90 %`, [0], true, false);
    add("Loss", `kg/day; where group ${letter} is; band 90 %`, ["leak"], true, true);
    this.host.append(this.note);
    for (const plot of this.plots) {
      plot.over.addEventListener("mousemove", () => this.read(plot.cursor.idx ?? null));
      plot.over.addEventListener("mouseleave", () => this.read(null));
    }
    this.host.setAttribute("role", "group");
    this.host.setAttribute("aria-label", "Trends of pressure, gas mass and loss");
  }

  private lossRange(): [number, number] | null {
    return this.one ? calm(this.one.loss, this.one.low, this.one.high) : null;
  }

  private height(): number {
    return Math.max(58, Math.min(120, Math.floor(((this.host.clientHeight || 300) - 98) / 3)));
  }

  /** The values under the cursor, or the last ones, in words. */
  private read(at: number | null): void {
    const time = this.trend.time_s, k = at ?? time.length - 1, one = this.one;
    if (!one || k < 0 || time[k] === undefined) return;
    const words = [`${dateOf(time[k]!)} ${dayTime(time[k]!)}`];
    for (const g of this.groups) {
      const p = g.pressure[k];
      if (typeof p === "number" && (g.letter === one.letter || this.groups.length === 1)) words.push(`${g.letter} ${figure(p, 5)} mmHg`);
    }
    const m = one.line.corrected_kg[k], r = one.loss[k];
    if (typeof m === "number") words.push(`${figure(m, 5)} kg ${ends(one.line.low_kg[k], one.line.high_kg[k], 5)}`);
    words.push(typeof r === "number" ? `loss ${figure(r)} kg/day ${ends(one.low[k], one.high[k])}` : "loss cannot be said here");
    const near = this.marks.filter((mark) => at !== null && Math.abs(mark.time_s - time[k]!) < this.near());
    for (const mark of near.slice(0, 2)) words.push(mark.words);
    this.note.textContent = words.join(" · ");
  }

  /** How near to a mark the cursor must be: 5 px. */
  private near(): number {
    const x = this.plots[0]?.scales.x;
    return x?.max && x.min !== undefined ? ((x.max - x.min) / Math.max(this.host.clientWidth, 100)) * 5 : 0;
  }
}

function ends(low: number | null | undefined, high: number | null | undefined, digits = 3): string {
  return typeof low === "number" && typeof high === "number" ? `(${band({ low, high, median: low }, digits)})` : "";
}

/** What happened, as marks on the plots: not what was said, nor the state each valve had when the watch began. */
export function marksOf(rows: { time_utc: string; end_utc?: string | null | undefined; kind: string; title?: string | null | undefined; words: string }[], first: number): Mark[] {
  return rows.filter((row) => DRAWN.includes(row.kind)).map((row) => ({
    time_s: Date.parse(row.time_utc) / 1000, end_s: row.end_utc ? Date.parse(row.end_utc) / 1000 : null, kind: row.kind,
    words: row.title ?? row.words,
  })).filter((mark) => mark.time_s > first + 1 || mark.kind === "incident" || mark.kind === "alarm");
}
