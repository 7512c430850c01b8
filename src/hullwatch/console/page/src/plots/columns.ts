// The columns of the trend plots out of what the server gives and what the stream adds.
//
// The server gives a line for every set of compartments that once shared a pressure. A hatch that moves ends one line and
// begins others; a compartment is followed through them, since it is in one set at a time.

import type { Column, RecordRow, Trend, TrendGroup } from "../types";

const MMHG_PA = 133.322387415; // NIST SP 811: conventional millimetre of mercury
export const COLUMNS = ["pressure_mmhg", "corrected_kg", "low_kg", "high_kg", "loss_kg_day", "loss_low", "loss_high"] as const;
export type Name = (typeof COLUMNS)[number];

/** Puts a `trend` row of the stream at the end; false when a set is new, and the server must be asked. */
export function extend(trend: Trend, row: RecordRow, groups: string[][]): boolean {
  const last = trend.time_s[trend.time_s.length - 1];
  if (last !== undefined && row.time_s <= last) return true;
  const said = new Map<TrendGroup, Record<string, any>>();
  for (const one of (row.data.groups ?? []) as Record<string, any>[]) {
    const rooms = groups[one.group as number], line = trend.groups.find((g) => same(g.compartments, rooms));
    if (!line) return false;
    said.set(line, one);
  }
  trend.time_s.push(row.time_s);
  for (const line of trend.groups) {
    const one = said.get(line), mass = one?.corrected_kg, loss = one?.loss_kg_day;
    const values = [typeof one?.pressure_pa === "number" ? one.pressure_pa / MMHG_PA : null,
      mass?.median, mass?.low, mass?.high, loss?.median, loss?.low, loss?.high];
    COLUMNS.forEach((name, k) => line[name].push(values[k] ?? null));
  }
  return true;
}

function same(a: string[], b: string[] | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((id, k) => id === b[k]);
}

/** Lets go of what is older than `from`. */
export function forget(trend: Trend, from: number): void {
  const cut = trend.time_s.findIndex((t) => t >= from);
  if (cut <= 0) return;
  trend.time_s.splice(0, cut);
  for (const line of trend.groups) for (const name of COLUMNS) line[name].splice(0, cut);
}

/** One column of a compartment, through every set it was in. */
export function followed(trend: Trend, compartment: string, name: Name): Column {
  const lines = trend.groups.filter((g) => g.compartments.includes(compartment));
  return trend.time_s.map((_, k) => {
    for (const line of lines) if (line[name][k] !== null && line[name][k] !== undefined) return line[name][k] as number;
    return null;
  });
}

/** The set with the compartment that holds most of the time drawn: masses of unlike sets cannot be joined. */
export function mainLine(trend: Trend, compartment: string): TrendGroup | undefined {
  const known = (g: TrendGroup): number => g.corrected_kg.reduce<number>((n, v) => n + (v === null ? 0 : 1), 0);
  return trend.groups.filter((g) => g.compartments.includes(compartment)).sort((a, b) => known(b) - known(a))[0];
}

/** Bounds for a rate: wide first guesses do not flatten what is known now. */
export function calm(column: Column, low: Column, high: Column): [number, number] | null {
  const of = (list: Column): number[] => list.filter((v): v is number => v !== null).sort((a, b) => a - b);
  const known = of(column), lows = of(low), highs = of(high);
  if (known.length === 0) return null;
  const at = (list: number[], q: number): number => list[Math.min(list.length - 1, Math.floor(q * list.length))] ?? 0;
  return [Math.min(0, at(lows, 0.05), at(known, 0.02)), Math.max(1, at(highs, 0.9), at(known, 0.98))];
}
