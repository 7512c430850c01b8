// Back to any moment: the page then shows what was known at that time, framed so that nobody takes it for now.

import { viewAt } from "./api";
import { h } from "./dom";
import { changed, firstMoment, lastMoment, state } from "./state";
import type { TimelineRow } from "./types";
import { dayTime } from "./words";

const STEPS = 2000;
const PAUSE_MS = 120; // a key held down asks no oftener

/** The strip at the foot: a slider over the whole watch with what happened marked on it. */
export class Moments {
  readonly host: HTMLElement;
  private readonly slider: HTMLInputElement;
  private readonly ticks = h("div", { class: "ticks", "aria-hidden": "true" });
  private readonly told = h("output", { class: "moment", id: "moment" });
  private asked: AbortController | null = null;
  private drawn = "";
  private later: ReturnType<typeof setTimeout> | null = null;
  private next = 0;

  constructor(private readonly moved: () => void) {
    this.slider = h("input", {
      type: "range", min: "0", max: String(STEPS), value: String(STEPS), step: "1", id: "history", "aria-label": "Moment shown",
      oninput: () => this.look(this.timeAt(Number(this.slider.value))),
    }) as HTMLInputElement;
    this.host = h("div", { class: "moments", "data-keep": "moments" },
      h("label", { for: "history" }, "History ", h("kbd", {}, "h")), h("div", { class: "rail" }, this.ticks, this.slider), this.told);
  }

  /** Shows what was known then; from the newest moment on that is the live view again. */
  look(time_s: number): void {
    const first = firstMoment(), last = lastMoment();
    if (first === null || last === null) return;
    if (time_s >= last - 0.5) return this.live();
    state.past = Math.max(first, time_s);
    const params = new URLSearchParams(location.search);
    params.set("at", new Date(1000 * state.past).toISOString());
    history.replaceState(null, "", `${location.pathname}?${params}`);
    state.fetching = true;
    changed();
    this.later ??= setTimeout(() => {
      this.later = null;
      if (state.past !== null) this.fetch(state.past);
    }, Math.max(0, this.next - performance.now()));
  }

  /** Asks for one moment; an answer that is no longer wanted is dropped. */
  private fetch(wanted: number): void {
    this.next = performance.now() + PAUSE_MS;
    this.asked?.abort();
    this.asked = new AbortController();
    viewAt(wanted, this.asked.signal).then((view) => {
      if (state.past !== wanted) return;
      state.view = view;
      state.fetching = false;
      this.moved();
      changed();
    }).catch((why: unknown) => {
      if (state.past !== wanted || (why instanceof DOMException && why.name === "AbortError")) return;
      state.fetching = String((why as Error).message);
      changed();
    });
  }

  /** Back to now. */
  live(): void {
    this.asked?.abort();
    if (state.past === null) return;
    state.past = null;
    state.fetching = false;
    state.view = state.live;
    history.replaceState(null, "", location.pathname);
    this.moved();
    changed();
  }

  /** By so many seconds from the moment shown. */
  step(by_s: number): void {
    const at = state.past ?? lastMoment();
    if (at !== null) this.look(at + by_s);
  }

  /** To the event before or after the moment shown. */
  event(direction: -1 | 1): void {
    const at = state.past ?? lastMoment(), times = this.events().map((row) => Date.parse(row.time_utc) / 1000).sort((a, b) => a - b);
    if (at === null) return;
    const found = direction < 0 ? times.filter((t) => t < at - 1).pop() : times.find((t) => t > at + 1);
    if (found !== undefined) this.look(found + 0.01);
    else if (direction > 0) this.live();
  }

  focus(): void {
    this.slider.focus();
  }

  /** Puts the slider and its marks where time has come to. */
  update(): void {
    const first = firstMoment(), last = lastMoment();
    this.slider.disabled = first === null || last === null || last <= first;
    if (first === null || last === null || last <= first) return;
    const at = state.past ?? last;
    if (document.activeElement !== this.slider || state.past === null) {
      this.slider.value = String(Math.round(((at - first) / (last - first)) * STEPS));
    }
    this.slider.setAttribute("aria-valuetext", state.past === null ? "live" : `${dayTime(at)} UTC`);
    this.told.textContent = state.past === null ? "live" : dayTime(at);
    const key = `${first}|${Math.round(last / 60)}|${state.live?.seq}`;
    if (key === this.drawn) return;
    this.drawn = key;
    this.ticks.replaceChildren(...this.events().map((row) => h("i", {
      class: `tick kind-${row.kind}${row.class ? ` ${row.class}` : ""}`,
      style: { left: `${((Date.parse(row.time_utc) / 1000 - first) / (last - first)) * 100}%` },
    })));
  }

  private events(): TimelineRow[] {
    return (state.live?.timeline ?? []).filter((row) => row.kind !== "operation" && row.kind !== "quality");
  }

  private timeAt(value: number): number {
    const first = firstMoment() ?? 0, last = lastMoment() ?? 0;
    return first + ((last - first) * value) / STEPS;
  }
}
