// Numbers, times and probabilities in words. Whatever is null becomes "cannot be said yet", never a blank or a zero.

import type { Interval, Maybe } from "./types";

export const UNSAID = "cannot be said yet";

/** Three significant digits without exponents for what people meet; thin spaces between thousands. */
export function figure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "no number";
  const size = Math.abs(value);
  if (size >= 1e7 || (size > 0 && size < 1e-3)) {
    const [base, power] = value.toExponential(Math.max(digits - 2, 0)).split("e");
    return `${base} × 10${raised(Number(power))}`;
  }
  const places = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = size >= 1000 ? String(Number(value.toPrecision(Math.max(digits, 3)))) : value.toFixed(Math.min(places, 4));
  return text.replace(/^(-?)(\d{4,})/, (_, sign: string, whole: string) =>
    sign + whole.replace(/\B(?=(\d{3})+$)/g, "\u202f"));
}

function raised(power: number): string {
  return [...String(power)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");
}

/** "23.9 to 36.4". */
export function band(interval: Interval, digits = 3): string {
  return `${figure(interval.low, digits)} to ${figure(interval.high, digits)}`;
}

const STEPS: [number, number, string][] = [
  [120, 1, "s"], [7200, 60, "min"], [72 * 3600, 3600, "h"], [2 * 365.25 * 86400, 86400, "d"],
  [Infinity, 365.25 * 86400, "years"],
];

function step(seconds: number): [number, string] {
  const found = STEPS.find(([end]) => Math.abs(seconds) < end) ?? STEPS[STEPS.length - 1]!;
  return [found[1], found[2]];
}

/** "25.3 h". */
export function duration(seconds: number, digits = 3): string {
  const [size, unit] = step(seconds);
  return `${figure(seconds / size, digits)} ${unit}`;
}

/** Both ends in the unit of the middle: "21.0 to 31.8 h"; each in its own where they lie far apart. */
export function durations(interval: Interval, digits = 3): string {
  const [size, unit] = step(interval.median), { low, high } = interval;
  if (low / size >= 0.1 && high / size < 10_000) return `${figure(low / size, digits)} to ${figure(high / size, digits)} ${unit}`;
  return `${duration(low, digits)} to ${duration(high, digits)}`;
}

/** A probability that never claims 0 or 100 %. */
export function percent(p: Maybe<number>): string {
  if (p === null || p === undefined || !Number.isFinite(p)) return "?";
  if (p >= 0.9995) return "> 99.9 %";
  if (p >= 0.99) return `${(100 * p).toFixed(1)} %`;
  if (p < 0.001) return "< 0.1 %";
  return p < 0.1 ? `${(100 * p).toFixed(1)} %` : `${Math.round(100 * p)} %`;
}

const two = (n: number): string => String(n).padStart(2, "0");

export function seconds(iso: Maybe<string>): number | null {
  if (!iso) return null;
  const t = Date.parse(iso);
  return Number.isNaN(t) ? null : t / 1000;
}

/** "21:40:07". */
export function clockOf(time_s: number): string {
  const d = new Date(1000 * time_s);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}

/** "2018-08-29". */
export function dateOf(time_s: number): string {
  return new Date(1000 * time_s).toISOString().slice(0, 10);
}

/** Day of the year as ISS people write it: "241". */
export function dayOfYear(time_s: number): string {
  const d = new Date(1000 * time_s);
  const day = Math.floor((d.getTime() - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  return String(day).padStart(3, "0");
}

/** "241/21:40:07": day of year and time. */
export function dayTime(time_s: number): string {
  return `${dayOfYear(time_s)}/${clockOf(time_s)}`;
}

/** "2018-08-29 21:40:07". */
export function utc(iso: Maybe<string>): string {
  const t = seconds(iso);
  return t === null ? UNSAID : `${dateOf(t)} ${clockOf(t)}`;
}

/** "241/21:40". */
export function shortDay(iso: Maybe<string>): string {
  const t = seconds(iso);
  return t === null ? UNSAID : dayTime(t).slice(0, -3);
}

/** The first sentence, and what follows it. */
export function firstOf(text: Maybe<string>): [string, string] {
  const words = sentence(text), end = words.search(/\.\s/);
  return end < 0 ? [words, ""] : [words.slice(0, end + 1), words.slice(end + 2)];
}

export function sentence(text: Maybe<string>): string {
  const words = (text ?? "").trim();
  return words ? words[0]!.toUpperCase() + words.slice(1) : "";
}
