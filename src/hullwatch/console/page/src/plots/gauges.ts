// All channels of one quantity over the window, as they were read: up to eight lines, 24 h at 1 Hz redrawn at once.

import type uPlot from "uplot";

import { h } from "../dom";
import type { Channels, ChannelSeries, Mark } from "../types";
import { strip } from "./strip";

const SHOWN = 8;

export class Gauges {
  readonly host = h("div", { class: "gauges", "data-keep": "gauges" });
  private quantity: string | null = null;
  private plot: uPlot | null = null;
  private shape = "";
  private data: Channels = { time_s: [], channels: [] };
  private started = 0;

  constructor(private readonly marks: () => Mark[]) {}

  show(data: Channels): void {
    this.data = data;
    const kinds = [...new Set(data.channels.map(kindOf))];
    if (this.quantity === null || !kinds.includes(this.quantity)) this.quantity = kinds.find((one) => one.startsWith("pressure")) ?? kinds[0] ?? null;
    const fit = data.channels.filter((c) => kindOf(c) === this.quantity), lines = fit.slice(0, SHOWN);
    const shape = `${kinds.join()}|${this.quantity}|${lines.map((c) => c.id).join()}`;
    if (shape !== this.shape) this.build(kinds, lines.map((c) => c.name), fit.length, shape);
    if (!this.plot) return;
    this.started = performance.now();
    this.plot.setData([data.time_s, ...lines.map((c) => c.value)] as uPlot.AlignedData);
  }

  redraw(): void {
    this.shape = "";
    this.show(this.data);
  }

  private build(kinds: string[], names: string[], all: number, shape: string): void {
    this.plot?.destroy();
    this.plot = null;
    this.shape = shape;
    this.host.replaceChildren();
    if (names.length === 0) {
      this.host.append(h("p", { class: "unsaid" }, "No readings are kept of this time."));
      return;
    }
    const choice = h("select", { "aria-label": "Which channels are drawn", onchange: (e: Event) => {
      this.quantity = (e.target as HTMLSelectElement).value;
      this.show(this.data);
    } }, ...kinds.map((one) => h("option", { value: one, selected: one === this.quantity }, one.replaceAll("_", " "))));
    const box = h("div", { class: "strip" });
    this.host.append(h("p", { class: "sub" }, choice, ` ${names.length} of ${all} channels as published, joined from one reading to the next`), box,
      h("ul", { class: "lines" }, ...names.map((name, k) => h("li", {}, h("i", { class: `line-${k + 1}` }), name))));
    this.plot = strip(box, { title: "Channels", timed: true, height: 190,
      joined: true, lines: names.map((label, colour) => ({ label, colour })) }, "gauges", this.marks, () => {
      performance.measure("gauges drawn", { start: this.started, end: performance.now() });
    });
  }
}

const kindOf = (c: ChannelSeries): string => `${c.quantity ?? "channels"}, ${c.unit ?? "no unit"}`;
