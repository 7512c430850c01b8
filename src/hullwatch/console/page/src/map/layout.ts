// Where each compartment stands: the longest chain of the ship's own modules is its axis, all else hangs on both sides.
//
//            [CUPOLA][PMM]
//                \   /            across < 0
//   [SM]--[FGB]--[NODE1]--[LAB]   along ->
//           |                     across > 0
//        [SOYUZ]
//
// A tree is enough for a ship; a hatch that closes a loop is drawn as a plain line between its two ends.

import type { Compartment, Hatch } from "../types";

export interface Spot { along: number; across: number }
export interface Layout { spots: Map<string, Spot>; along: [number, number]; across: [number, number] }

type Ways = Map<string, string[]>;
interface Branch { id: string; children: Branch[]; wide: number }

export function layout(compartments: Compartment[], hatches: Hatch[]): Layout {
  const ways = waysOf(compartments, hatches);
  const craft = new Set(compartments.filter((c) => c.craft).map((c) => c.id));
  const spots = new Map<string, Spot>();
  let from = 0;
  for (const piece of pieces(compartments.map((c) => c.id), ways)) {
    const own = piece.filter((id) => !craft.has(id));
    const axis = longest(own.length > 0 ? own : piece, ways);
    from = place(axis, ways, spots, from) + 1;
  }
  const values = [...spots.values()];
  const range = (pick: (spot: Spot) => number): [number, number] =>
    [Math.min(0, ...values.map(pick)), Math.max(0, ...values.map(pick))];
  return { spots, along: range((v) => v.along), across: range((v) => v.across) };
}

function waysOf(compartments: Compartment[], hatches: Hatch[]): Ways {
  const ways: Ways = new Map(compartments.map((c) => [c.id, []]));
  for (const { between: [a, b] } of hatches) {
    if (!ways.has(a) || !ways.has(b)) continue;
    ways.get(a)!.push(b);
    ways.get(b)!.push(a);
  }
  return ways;
}

function pieces(ids: string[], ways: Ways): string[][] {
  const left = new Set(ids), found: string[][] = [];
  for (const id of ids) {
    if (!left.has(id)) continue;
    const piece = [...reach(id, ways, left).keys()];
    for (const one of piece) left.delete(one);
    found.push(piece);
  }
  return found;
}

/** Everything reached from `start` inside `within`, with where it was reached from, in order of distance. */
function reach(start: string, ways: Ways, within: Set<string>): Map<string, string | null> {
  const came = new Map<string, string | null>([[start, null]]);
  for (const here of came.keys()) {
    for (const next of ways.get(here) ?? []) if (within.has(next) && !came.has(next)) came.set(next, here);
  }
  return came;
}

/** Longest chain among `ids`: the farthest from the farthest from anywhere. */
function longest(ids: string[], ways: Ways): string[] {
  const within = new Set(ids);
  const far = (start: string): string => [...reach(start, ways, within).keys()].pop()!;
  const end = far(ids[0]!), came = reach(end, ways, within), chain: string[] = [];
  for (let here: string | null = [...came.keys()].pop()!; here !== null; here = came.get(here) ?? null) chain.push(here);
  // The end that comes first in the vehicle's own order stands left, so that the picture never flips.
  return ids.indexOf(chain[0]!) <= ids.indexOf(chain[chain.length - 1]!) ? chain.reverse() : chain;
}

function branch(id: string, seen: Set<string>, ways: Ways): Branch {
  seen.add(id);
  const children: Branch[] = [];
  for (const next of ways.get(id) ?? []) if (!seen.has(next)) children.push(branch(next, seen, ways));
  return { id, children, wide: Math.max(1, children.reduce((sum, child) => sum + child.wide, 0)) };
}

const deep = (b: Branch): number => 1 + Math.max(0, ...b.children.map(deep));

/** Lays one axis from `from` on; gives the last column used. */
function place(axis: string[], ways: Ways, spots: Map<string, Spot>, from: number): number {
  const seen = new Set(axis), taken = { up: new Map<number, number>(), down: new Map<number, number>() };
  let at = from, last = from;
  for (const id of axis) {
    const sides = share((ways.get(id) ?? []).filter((n) => !seen.has(n)).map((n) => branch(n, seen, ways)));
    for (const side of ["up", "down"] as const) {
      for (const [level, left] of edges(sides[side])) {
        at = Math.max(at, (taken[side].get(level) ?? from - 1) + 1 - left);
      }
    }
    spots.set(id, { along: at, across: 0 });
    for (const side of ["up", "down"] as const) {
      hang(sides[side], at, 1, side === "up" ? -1 : 1, spots, taken[side]);
      last = Math.max(last, ...taken[side].values());
    }
    last = Math.max(last, at);
    at += 1;
  }
  return last;
}

/** Deals branches to both sides so that neither grows far deeper or wider; the deepest first, upwards. */
function share(branches: Branch[]): { up: Branch[]; down: Branch[] } {
  const sides = { up: [] as Branch[], down: [] as Branch[] };
  const wide = (list: Branch[]): number => list.reduce((sum, b) => sum + b.wide, 0);
  for (const b of [...branches].sort((p, q) => deep(q) - deep(p) || q.wide - p.wide)) {
    (wide(sides.up) <= wide(sides.down) ? sides.up : sides.down).push(b);
  }
  return sides;
}

/** How far left of its axis column each level of a row of branches reaches. */
function edges(row: Branch[]): Map<number, number> {
  const found = new Map<string, Spot>(), levels = new Map<number, number>();
  hang(row, 0, 1, 1, found, new Map());
  for (const { along, across } of found.values()) levels.set(across, Math.min(levels.get(across) ?? Infinity, along));
  return levels;
}

function hang(
  row: Branch[], middle: number, level: number, sign: number, spots: Map<string, Spot>, taken: Map<number, number>,
): void {
  let left = middle - row.reduce((sum, b) => sum + b.wide, 0) / 2;
  for (const b of row) {
    const along = left + b.wide / 2;
    spots.set(b.id, { along, across: sign * level });
    taken.set(level, Math.max(taken.get(level) ?? -Infinity, along));
    hang(b.children, along, level + 1, sign, spots, taken);
    left += b.wide;
  }
}
