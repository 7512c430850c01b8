// Starts the page: asks for the view, follows the stream, draws what changed.

import { adoptToken, channels as askChannels, token, trend as askTrend, viewNow, viewOf, whoAmI } from "./api";
import { h, morph } from "./dom";
import { follow } from "./feed";
import { help, say, sayAlarm, sayAnswer, sayDecision, sayHatch } from "./forms";
import { Moments } from "./history";
import { listen, type Key } from "./keys";
import { stationMap } from "./map/draw";
import { howLong, howMuch, whatNext, where } from "./panels/answers";
import { banner } from "./panels/banner";
import { alarms, channelTable, crew, decisions, evidence, timeline } from "./panels/below";
import { inFull } from "./panels/full";
import { panel, told } from "./panels/parts";
import { labels, top, type Commands } from "./panels/top";
import { extend, forget } from "./plots/columns";
import { Gauges } from "./plots/gauges";
import { marksOf, Trends } from "./plots/trends";
import { edges, paper } from "./paper";
import { anySound, ring, setSound } from "./sound";
import { changed, firstMoment, lastMoment, onChange, state } from "./state";
import { nextTheme, themeWord } from "./theme";
import type { Alarm, RecordRow, Trend, View } from "./types";

const WINDOWS_H: (number | null)[] = [3, 12, 24, null];
const NARROW = matchMedia("(max-width: 700px)");
const page = document.getElementById("page")!, said = document.getElementById("said")!;
const trends = new Trends(), gauges = new Gauges(() => trends.marks);
const moments = new Moments(() => void redrawPlots());
let window_h: number | null = 24;
let shownTrend: Trend | null = null;
let announced = "";
let drawn = false;

// --- what is drawn ----------------------------------------------------------------------------------------------------

const mayWrite = (): boolean => state.me?.role === "operator" && state.past === null;

function commands(): Commands {
  return {
    help: showHelp, theme: changeTheme, sound: toggleSound, live: () => moments.live(),
    act: () => state.view && say(state.view), soundOn: anySound(), themeWord: themeWord(), mayWrite: mayWrite(),
  };
}

function draw(): void {
  const view = state.view;
  if (!view) {
    if (state.failure) page.replaceChildren(h("p", { class: "loading" }, `Nothing to show yet: ${state.failure}. Trying again.`));
    return;
  }
  const write = mayWrite(), orders = commands();
  const open = view.alarms.find((a) => a.incident === told(view)?.id) ?? view.alarms[0];
  const says = {
    alarm: (alarm: Alarm, action: string) => sayAlarm(alarm, action, view), answer: sayAnswer, look: (t: number) => moments.look(t + 0.01),
  };
  const fresh = h("div", { id: "page", class: [state.past === null ? "" : "past", state.link === "lost" || state.fetching ? "cut-off" : ""].join(" ").trim() },
    top(view, orders), labels(view, orders),
    h("main", { id: "answers", tabindex: "-1" },
      banner(view, write && open ? () => sayAlarm(open, "acknowledge", view) : null),
      h("div", { class: "answers" }, howMuch(view), howLong(view), where(view), whatNext(view, write ? (a) => sayDecision(view, a) : null)),
      h("div", { class: "pictures" },
        panel("map", "The ship", stationMap(view.map, NARROW.matches)),
        panel("trends", "Trends", h("p", { class: "sub" }, ...["hatch", "alarm", "step"].map((kind) => h("span", { class: `key-${kind}` }, kind)),
            h("b", {}, trendWords()), " ", h("kbd", {}, "z"), " group ", h("kbd", {}, "g")), trends.host.isConnected ? keeper("trends") : trends.host)),
      h("div", { class: "below" }, ...inFull(view), crew(view), decisions(view, says, write), alarms(view, says, write), timeline(view, says), evidence(view),
        channelTable(view)),
      panel("gauges", "Channels drawn", gauges.host.isConnected ? keeper("gauges") : gauges.host)),
    h("footer", { class: "foot" }, moments.host.isConnected ? keeper("moments") : moments.host));
  if (page.firstElementChild?.classList.contains("top")) morph(page, fresh);
  else {
    page.className = fresh.className;
    page.replaceChildren(...fresh.childNodes);
  }
  moments.update();
  announce(view);
  edges();
  if (!drawn) requestAnimationFrame(() => performance.mark("view drawn")); // what the benchmark asks for
  drawn = true;
}

/** Stands where an element that draws itself already is. */
const keeper = (name: string): HTMLElement => h("div", { "data-keep": name });

function trendWords(): string {
  return window_h === null ? "The whole watch" : `Last ${window_h} h`;
}

/** Title, live region and sound: each class is said once, and an alarm each time it asks for somebody, whatever is looked at. */
function announce(view: View): void {
  const word = (name: string): string => name[0]!.toUpperCase() + name.slice(1), live = state.live ?? view, b = live.banner;
  document.title = `${state.past === null ? "" : "NOT LIVE · "}${word(view.banner.class)} · Hullwatch`;
  document.documentElement.dataset.class = view.banner.class;
  const rung = ring(live.alarms), opened = announced === "";
  if (rung && b.class === announced) said.textContent = `${word(rung.class)} alarm again: ${rung.text}`;
  if (b.class === announced) return;
  if (!opened || (b.class !== "normal" && b.class !== "undecided")) said.textContent = `${word(b.class)}. ${b.words}`;
  announced = b.class;
}

// --- plots ------------------------------------------------------------------------------------------------------------

let asking = 0;

/** Asks for the trend and the channels of the window up to the moment shown. */
async function redrawPlots(): Promise<void> {
  const mine = ++asking, to = state.past ?? lastMoment(), first = firstMoment();
  if (to === null || !state.view) return;
  const from = window_h === null && first !== null ? first : Math.max(first ?? 0, to - (window_h ?? 24) * 3600);
  const got = await askTrend(from, to + 1, state.past === null ? null : state.view.seq).catch(() => null);
  if (mine !== asking) return;
  if (got) {
    shownTrend = got;
    showTrend(got);
  }
  const read = await askChannels(from, to + 1).catch(() => null);
  if (mine === asking && read) gauges.show(read);
}

let later: ReturnType<typeof setTimeout> | null = null;

function redrawSoon(wait_ms = 700): void {
  if (later === null) later = setTimeout(() => { later = null; if (state.past === null) void redrawPlots(); }, wait_ms);
}

/** Draws the trend with what happened, as both stand in the view shown. */
function showTrend(trend: Trend): void {
  const view = state.view;
  if (!view) return;
  trends.show(trend, view.map, told(view)?.location?.[0]?.compartment ?? null, marksOf(view.timeline, firstMoment() ?? 0));
}

function onRow(row: RecordRow): void {
  if (state.past !== null) return;
  if (row.kind !== "trend") {
    if (row.kind !== "estimate") redrawSoon();
    return;
  }
  if (!shownTrend || !state.view || !extend(shownTrend, row, state.view.map.groups)) return redrawSoon();
  drawTrendSoon();
}

let drawing = false;

/** At most four times a second; the server thins again once much has been added. */
function drawTrendSoon(): void {
  if (drawing) return;
  drawing = true;
  setTimeout(() => {
    drawing = false;
    if (!shownTrend || state.past !== null) return;
    if (window_h !== null) forget(shownTrend, (shownTrend.time_s.at(-1) ?? 0) - window_h * 3600);
    if (shownTrend.time_s.length > 6000) redrawSoon();
    showTrend(shownTrend);
  }, 250);
}

// --- commands ---------------------------------------------------------------------------------------------------------

function showHelp(): void {
  help(KEYS.filter((key) => key.shown).map((key) => [key.shown, key.what]), state.me, changed);
}

function changeTheme(): void {
  nextTheme();
  repaint();
}

function repaint(): void {
  trends.redraw();
  gauges.redraw();
  changed();
}

function toggleSound(): void {
  setSound("all", !anySound());
  changed();
}

const writing = (act: (view: View) => void) => (): void => { if (state.view && mayWrite()) act(state.view); else if (state.past === null) showHelp(); };
const go = (id: string) => (): void => { document.getElementById(id)?.focus(); };
const acknowledgeFirst = (view: View): void => {
  const alarm = view.alarms.find((one) => one.state === "unacknowledged" || one.state === "returned");
  if (alarm) sayAlarm(alarm, "acknowledge", view);
};

const KEYS: Key[] = [
  { keys: ["?"], shown: "?", what: "these keys, and sound by class", act: showHelp },
  { keys: ["l", "Escape"], shown: "l or Esc", what: "back to live", act: () => moments.live() },
  { keys: ["ArrowLeft"], shown: "←", what: "one minute back: what was known then", act: () => moments.step(-60) },
  { keys: ["ArrowRight"], shown: "→", what: "one minute on", act: () => moments.step(60) },
  { keys: ["Shift+ArrowLeft"], shown: "Shift ←", what: "one hour back", act: () => moments.step(-3600) },
  { keys: ["Shift+ArrowRight"], shown: "Shift →", what: "one hour on", act: () => moments.step(3600) },
  { keys: [","], shown: ",", what: "to the event before", act: () => moments.event(-1) },
  { keys: ["."], shown: ".", what: "to the event after", act: () => moments.event(1) },
  { keys: ["h"], shown: "h", what: "to the history slider", act: () => moments.focus() },
  { keys: ["1"], shown: "1 … 6", what: "is it real, how much, how long, where, what next, alarms", act: go("verdict") },
  ...["how-much", "how-long", "where", "what-next", "alarms"].map((id, k): Key => ({ keys: [String(k + 2)], shown: "", what: "", act: go(id) })),
  { keys: ["a"], shown: "a", what: "acknowledge the alarm", act: writing(acknowledgeFirst) },
  { keys: ["w"], shown: "w", what: "say something: evidence, hatch, decision", act: writing(say) },
  { keys: ["d"], shown: "d", what: "propose the next step as a decision", act: writing((view) => sayDecision(view, told(view)?.advice ?? null)) },
  { keys: ["o"], shown: "o", what: "report a hatch open or closed", act: writing(sayHatch) },
  { keys: ["z"], shown: "z", what: "window of the trends: 3, 12, 24 h, all", act: nextWindow },
  { keys: ["g"], shown: "g", what: "next pressure group in the trends", act: () => trends.next() },
  { keys: ["t"], shown: "t", what: "dark, light, or as the system says", act: changeTheme },
  { keys: ["s"], shown: "s", what: "sound on or off", act: toggleSound },
];

function nextWindow(): void {
  window_h = WINDOWS_H[(WINDOWS_H.indexOf(window_h) + 1) % WINDOWS_H.length] ?? null;
  changed();
  void redrawPlots();
}

// --- start ------------------------------------------------------------------------------------------------------------

function onView(view: View): void {
  const known = state.live !== null;
  state.live = view;
  if (state.past === null) state.view = view;
  if (!known) void redrawPlots();
}

/** Opens the moment or the row that an address names: `?at=`, or `#at=` and `#seq=` as reports link to it. */
async function openNamed(hash: string): Promise<void> {
  const named = new URLSearchParams(hash.slice(1)), seq = Number(named.get("seq") ?? NaN);
  const row = Number.isInteger(seq) ? await viewOf(seq).catch(() => null) : null;
  const at = Date.parse(row?.time_utc ?? named.get("at") ?? new URLSearchParams(location.search).get("at") ?? "");
  if (Number.isFinite(at)) moments.look(at / 1000);
}

async function start(): Promise<void> {
  const hash = location.hash; // a token is taken out of it
  adoptToken();
  paper();
  onChange(draw);
  listen(KEYS.map((key) => key));
  const wide = new ResizeObserver(() => { trends.redraw(); gauges.redraw(); });
  NARROW.addEventListener("change", changed);
  matchMedia("print").addEventListener("change", repaint);
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", repaint);
  try {
    onView(await viewNow());
  } catch (why) {
    state.failure = String((why as Error).message);
  }
  draw();
  if (token() !== null) whoAmI().then((me) => { state.me = me; changed(); }, (why: Error) => { state.failure = why.message; changed(); });
  void openNamed(hash);
  addEventListener("hashchange", () => void openNamed(location.hash));
  wide.observe(document.documentElement);
  setInterval(changed, 1000);
  void follow({ row: onRow, view: onView, back: () => redrawSoon(0) });
}

void start();
