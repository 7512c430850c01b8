// Asks the server. The token comes from the fragment of the address, stays in this tab, and leaves no trace in the bar.

import type { Channels, EvidenceKind, Me, Trend, View } from "./types";

const KEY = "hullwatch-token";

/** Takes the token out of `#token=...`; an empty one forgets it. */
export function adoptToken(): void {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get("token");
  if (token === null) return;
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
  history.replaceState(null, "", location.pathname + location.search);
}

export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

export function headers(more: Record<string, string> = {}): Record<string, string> {
  const held = token();
  return held ? { ...more, Authorization: `Bearer ${held}` } : more;
}

/** What the server refused, in its own words: what was wrong, and what to do. */
export class Refused extends Error {
  constructor(readonly status: number, words: string, readonly remedy: string, readonly field = "") {
    super(words);
  }
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const reply = await fetch(`api/v1/${path}`, {
    ...init, headers: headers(init.headers as Record<string, string>), credentials: "omit", cache: "no-store",
  });
  if (reply.ok) return (await reply.json()) as T;
  const said = (await reply.json().catch(() => ({}))) as Record<string, unknown>;
  const words = String(said.error ?? `the server answered ${reply.status}`);
  throw new Refused(reply.status, words, String(said.remedy ?? ""), String(said.field ?? ""));
}

const query = (fields: Record<string, string | number | null | undefined>): string => {
  const kept = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
};
const iso = (time_s: number): string => new Date(1000 * time_s).toISOString();

export const whoAmI = (): Promise<Me> => ask("me");
export const evidenceKinds = (): Promise<EvidenceKind[]> => ask("evidence-kinds");
export const viewNow = (): Promise<View> => ask("view");
export const viewAt = (time_s: number, signal?: AbortSignal): Promise<View> =>
  ask(`view?${query({ at: iso(time_s) })}`, signal ? { signal } : {});
export const viewOf = (seq: number): Promise<View> => ask(`view?${query({ seq })}`);
export const trend = (from: number, to: number, seq: number | null, points = 2000): Promise<Trend> =>
  ask(`trend?${query({ from: iso(from), to: iso(to), points, seq })}`);
export const channels = (from: number, to: number, points = 4000): Promise<Channels> =>
  ask(`channels?${query({ from: iso(from), to: iso(to), points })}`);
export const post = (path: string, body: unknown): Promise<unknown> =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
