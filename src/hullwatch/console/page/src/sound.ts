// A tone for each class, off until asked for: made by the browser, no files. It sounds when an alarm asks for somebody:
// raised, raised again, grown in class, or back from the shelf or from suppression while its condition stands.

import { CLASSES } from "./status";
import type { Alarm, BannerClass } from "./types";

const KEY = "hullwatch-sound";
/** Frequency in Hz and times in s of each beep; the worse, the faster and the more of them. */
const TONES: Record<string, { hertz: number[]; every_s: number; lasts_s: number }> = {
  emergency: { hertz: [880, 660, 880, 660, 880, 660, 880, 660], every_s: 0.18, lasts_s: 0.16 },
  warning: { hertz: [784, 784, 784], every_s: 0.3, lasts_s: 0.2 },
  caution: { hertz: [587, 587], every_s: 0.4, lasts_s: 0.25 },
  advisory: { hertz: [440], every_s: 0.4, lasts_s: 0.3 },
};
let air: AudioContext | null = null;

export const sounds: Record<string, boolean> = read();

function read(): Record<string, boolean> {
  const off = Object.fromEntries(CLASSES.map((name) => [name, false]));
  try {
    return { ...off, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, boolean>) };
  } catch {
    return off;
  }
}

export const anySound = (): boolean => CLASSES.some((name) => sounds[name]);

export function setSound(name: BannerClass | "all", on: boolean): void {
  for (const one of name === "all" ? CLASSES : [name]) sounds[one] = on;
  localStorage.setItem(KEY, JSON.stringify(sounds));
  if (on) play(name === "all" ? "advisory" : name);
}

/** Sounds a class if it is switched on. */
export function play(name: string): void {
  const tone = TONES[name];
  if (!tone || !sounds[name]) return;
  air ??= new AudioContext();
  void air.resume();
  tone.hertz.forEach((hertz, k) => {
    const beep = air!.createOscillator(), level = air!.createGain(), start = air!.currentTime + k * tone.every_s;
    beep.type = "triangle";
    beep.frequency.value = hertz;
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(0.2, start + 0.01);
    level.gain.linearRampToValueAtTime(0, start + tone.lasts_s);
    beep.connect(level).connect(air!.destination);
    beep.start(start);
    beep.stop(start + tone.lasts_s + 0.02);
  });
}

let known: Map<string, Alarm> | null = null;

/** Sounds the gravest of the alarms that ask for somebody since the last time, and gives it; nothing when the page opens. */
export function ring(alarms: Alarm[]): Alarm | null {
  const before = known, rank = (one: Alarm): number => CLASSES.indexOf(one.class);
  known = new Map(alarms.map((one) => [one.incident, one]));
  if (!before) return null;
  const asks = (one: Alarm): boolean => {
    const was = before.get(one.incident);
    return one.state === "unacknowledged" && (was?.state !== "unacknowledged" || rank(one) < rank(was));
  };
  const gravest = alarms.filter(asks).sort((a, b) => rank(a) - rank(b))[0] ?? null;
  if (gravest) play(gravest.class);
  return gravest;
}
