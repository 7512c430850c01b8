// One strip chart: uPlot with a UTC axis of 24 hours, the day of the year below it, and events drawn over the lines.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import type { Mark } from "../types";
import { clockOf, dayOfYear, figure } from "../words";
import { ink } from "./ink";

const FONT = '11px "Liberation Sans", Arial, Helvetica, sans-serif';
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
const FEW = 40; // points are marked while there are so few that a lone one would not be seen
const ratio = (): number => globalThis.devicePixelRatio || 1;

export interface Strip {
  title: string;
  lines: { label: string; colour: number | "leak"; band?: boolean }[];
  /** Whether times are written below. */
  timed: boolean; height: number;
  /** Whether readings are joined over times without one. */
  joined?: boolean;
  range?: (low: number, high: number) => [number, number];
}

/** A plot in `host`. Columns of data: time, then for each line its values, and for a line with a band low and high too. */
export function strip(host: HTMLElement, spec: Strip, sync: string, marks: () => Mark[], drawn?: () => void): uPlot {
  const series: uPlot.Series[] = [{}], bands: uPlot.Band[] = [];
  for (const line of spec.lines) {
    const stroke = (): string => (line.colour === "leak" ? ink().line : ink().lines[line.colour % 8]!);
    const at = series.push({ label: line.label, stroke, width: spec.joined ? 1 : 1.5, points: { show: (_u, _k, from, to) => to - from < FEW, size: 4 }, spanGaps: spec.joined ?? false }) - 1;
    if (line.band) {
      series.push({ show: true, stroke: "transparent", points: { show: false } }, { show: true, stroke: "transparent", points: { show: false } });
      bands.push({ series: [at + 2, at + 1], fill: () => ink().band });
    }
  }
  const grid = { stroke: () => ink().grid, width: 1 };
  return new uPlot({
    width: Math.max(host.clientWidth, 120), height: spec.height, series, bands,
    tzDate: (t) => uPlot.tzDate(new Date(t * 1e3), "UTC"), legend: { show: false }, padding: [6, 10, spec.timed ? 0 : 4, 0],
    cursor: { sync: { key: sync, setSeries: false }, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_u, low, high) => padded(spec, low, high) } },
    axes: [
      { stroke: () => ink().muted, grid, ticks: grid, font: FONT, size: spec.timed ? 42 : 4, gap: 3, incrs: STEPS, space: 70,
        values: (_u, times) => (spec.timed ? times.map((t, k) => label(t, k === 0 ? null : times[k - 1]!)) : times.map(() => "")) },
      { stroke: () => ink().muted, grid, ticks: grid, font: FONT, size: 52, gap: 3, space: 18,
        values: (_u, values) => values.map((v) => (v === null ? "" : tick(v, values))) },
    ],
    hooks: { draw: [(u) => overlay(u, marks()), ...(drawn ? [drawn] : [])] },
  }, [[], ...series.slice(1).map(() => [])] as unknown as uPlot.AlignedData, host);
}

function padded(spec: Strip, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const [a, b] = spec.range ? spec.range(low, high) : [low, high], room = (b - a) * 0.08 || Math.abs(a) * 0.001 || 0.5;
  return [a - room, b + room];
}

/** Enough digits that neighbouring ticks differ. */
function tick(value: number, all: number[]): string {
  const gap = all.length > 1 ? Math.abs(all[1]! - all[0]!) : 1, places = Math.max(0, Math.ceil(-Math.log10(gap || 1) - 1e-9));
  return Math.abs(value) >= 1e5 ? figure(value) : value.toFixed(Math.min(places, 4));
}

/** "21:40", with the day of the year where it begins. */
function label(time_s: number, before: number | null): string {
  const day = dayOfYear(time_s), time = clockOf(time_s);
  const short = time.endsWith(":00") ? time.slice(0, 5) : time;
  return before === null || dayOfYear(before) !== day ? `${short}\nday ${day}` : short;
}

/** Events: a line each, a shaded stretch where they last, a letter on top where there is room. */
function overlay(u: uPlot, marks: Mark[]): void {
  const { ctx } = u, { left, top, width, height } = u.bbox, colours = ink(), dpr = ratio();
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const mark of marks) {
    const x = u.valToPos(mark.time_s, "x", true), end = mark.end_s ? u.valToPos(mark.end_s, "x", true) : x;
    if (end < left || x > left + width) continue;
    const stroke = colourOf(mark.kind, colours);
    if (end - x > 2) {
      ctx.globalAlpha = 0.13;
      ctx.fillStyle = stroke;
      ctx.fillRect(x, top, end - x, height);
    }
    ctx.globalAlpha = 0.85;
    ctx.strokeStyle = stroke;
    ctx.lineWidth = dpr;
    ctx.setLineDash(mark.kind === "hatch" ? [2 * dpr, 3 * dpr] : mark.kind === "alarm" ? [] : [6 * dpr, 3 * dpr]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
  }
  ctx.restore();
}

export function colourOf(kind: string, colours = ink()): string {
  return kind === "hatch" ? colours.hatch : kind === "alarm" || kind === "incident" ? colours.alarm : colours.mark;
}
