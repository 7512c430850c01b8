// What people say: acknowledgements, evidence, hatch reports and decisions, each through a small form and the API.
// The server signs for the centre of the token and has the last word; its refusal is shown in its own words.

import { post, Refused } from "./api";
import { h, type Child } from "./dom";
import { CLASSES, nameOf } from "./status";
import { setSound, sounds } from "./sound";
import type { Advice, Alarm, Decision, Me, View } from "./types";
import { state } from "./state";
import { sentence } from "./words";

type Values = Record<string, string>;

/** A modal form; `send` may throw what the server refused. Enter sends, Escape leaves. */
function form(title: string, why: string, fields: Child[], button: string, send: (values: Values) => Promise<unknown>): void {
  const error = h("p", { class: "refused", role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "form-h" }) as HTMLDialogElement;
  const body = h("form", { method: "dialog", onsubmit: (event: SubmitEvent) => {
    event.preventDefault();
    const values = Object.fromEntries([...new FormData(event.target as HTMLFormElement)].map(([k, v]) => [k, String(v).trim()]));
    send(values).then(() => dialog.close(), (reason: unknown) => {
      error.textContent = reason instanceof Refused ? [sentence(reason.message), reason.remedy].filter(Boolean).join(". ") : String(reason);
    });
  } },
    h("h2", { id: "form-h" }, title), why && h("p", { class: "why" }, why), ...fields, error,
    h("p", { class: "buttons" }, h("button", { type: "submit", class: "go" }, button),
      h("button", { type: "button", onclick: () => dialog.close() }, "Leave ", h("kbd", {}, "Esc"))));
  dialog.append(body);
  show(dialog);
}

function show(dialog: HTMLDialogElement): void {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  dialog.showModal();
}

const field = (name: string, label: string, input: HTMLElement): HTMLElement => {
  input.setAttribute("name", name);
  return h("label", {}, h("span", {}, label), input);
};
const text = (name: string, label: string, needed = false, value = ""): HTMLElement =>
  field(name, label, h("input", { type: "text", maxlength: "2000", required: needed, value, autocomplete: "off" }));
const choose = (name: string, label: string, options: [string, string][]): HTMLElement =>
  field(name, label, h("select", {}, ...options.map(([value, words]) => h("option", { value }, words))));
const kept = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));

// --- alarms -----------------------------------------------------------------------------------------------------------

const HOURS: [string, string][] = [["1", "1 hour"], ["4", "4 hours"], ["8", "8 hours"], ["24", "24 hours"]];

export function sayAlarm(alarm: Alarm, action: string, view: View): void {
  const fields: Child[] = [
    action === "own" ? text("owner", "Owner", true, alarm.owner ?? "") : null,
    action === "shelve" ? choose("hours", "Shelve for", HOURS) : null,
    text("comment", "Comment", action === "comment"),
  ];
  form(`${sentence(action)}: ${alarm.class}`, alarm.text, fields, sentence(action), ({ hours, ...rest }) => {
    const from = Date.parse(view.time_utc ?? "") || Date.now(); // the watch's own time: a replay shelves in its past
    const until = hours ? { until_utc: new Date(from + Number(hours) * 3_600_000).toISOString() } : {};
    return post(`alarms/${encodeURIComponent(alarm.incident)}/actions`, { action, ...kept(rest), ...until });
  });
}

// --- evidence, hatches, decisions -------------------------------------------------------------------------------------

/** What each kind of evidence asks; `number` fields come in the unit named and go out in SI. */
const EVIDENCE: Record<string, { words: string; fields: ("compartment" | "hatch" | "toward" | "level_db" | "speed_cm_s")[] }> = {
  found: { words: "The hole was found", fields: ["compartment"] },
  not_found: { words: "Searched, nothing found", fields: ["compartment"] },
  report: { words: "Somebody noticed something", fields: ["compartment"] },
  ultrasound: { words: "Ultrasound heard", fields: ["compartment", "level_db"] },
  silence: { words: "Listened, quiet", fields: ["compartment"] },
  flow: { words: "Air moves through a hatch", fields: ["hatch", "toward", "speed_cm_s"] },
  tea_leaves: { words: "Something light drifted there", fields: ["compartment"] },
};

/** Asks first what one wants to say. */
export function say(view: View): void {
  const dialog = h("dialog", { "aria-labelledby": "say-h" }) as HTMLDialogElement;
  const go = (next: () => void): (() => void) => () => { dialog.close(); next(); };
  dialog.append(h("h2", { id: "say-h" }, "Say something"), h("p", { class: "why" }, `As ${state.me?.name ?? "?"}${state.me?.centre ? `, signed by ${state.me.centre}` : ""}.`), h("ul", { class: "choices" },
    ...Object.entries(EVIDENCE).map(([kind, one]) => h("li", {}, h("button", { type: "button", onclick: go(() => sayEvidence(kind, view)) }, one.words))),
    h("li", {}, h("button", { type: "button", onclick: go(() => sayHatch(view)) }, "A hatch is open or closed")),
    h("li", {}, h("button", { type: "button", onclick: go(() => sayDecision(view, null)) }, "Propose a decision"))),
  h("p", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Leave ", h("kbd", {}, "Esc"))));
  show(dialog);
}

function rooms(view: View): [string, string][] {
  return view.map.compartments.map((c) => [c.id, `${c.id}: ${c.name}`]);
}
const hatches = (view: View): [string, string][] =>
  view.map.hatches.map((one) => [one.id, `${one.id} (${one.open ? "open" : "closed"} now)`]);

function sayEvidence(kind: string, view: View): void {
  const one = EVIDENCE[kind]!;
  const inputs = one.fields.map((name) => ({
    compartment: () => choose("compartment", "Where", rooms(view)), hatch: () => choose("hatch", "Hatch", hatches(view)),
    toward: () => choose("toward", "Air moves toward", rooms(view)), level_db: () => text("level_db", "Level over the noise there, dB", true),
    speed_cm_s: () => text("speed_cm_s", "Speed, cm/s", true),
  })[name]());
  form(one.words, "It is weighed with everything else and stays in the record.", [...inputs, text("note", "Note")], "Put it into the record",
    ({ note, ...values }) => {
      const observed: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(values)) {
        if (name === "speed_cm_s") observed.speed_m_s = Number(value.replace(",", ".")) / 100;
        else observed[name] = name === "level_db" ? Number(value.replace(",", ".")) : value;
      }
      return post("evidence", { kind, observed, note: note ?? "" });
    });
}

export function sayHatch(view: View): void {
  form("A hatch is open or closed", "The crew's word stands where telemetry says nothing.",
    [choose("hatch", "Hatch", hatches(view)), choose("open", "It is", [["false", "closed"], ["true", "open"]]), text("note", "Note")],
    "Report it", ({ hatch, open, note }) =>
      post(`hatches/${encodeURIComponent(hatch ?? "")}/report`, { open: open === "true", note: note ?? "" }));
}

export function sayDecision(view: View, advice: Advice | null): void {
  const centres = view.centres.map(nameOf);
  const boxes = h("fieldset", {}, h("legend", {}, "In force when these have agreed"),
    ...centres.map((centre) => h("label", { class: "check" }, h("input", { type: "checkbox", name: `needs:${centre}`, value: centre, checked: true }), centre)));
  form("Propose a decision", "Every centre named must agree before it is in force.",
    [text("what", "What is to be done", true, advice?.next ?? ""), centres.length > 0 && boxes], "Propose it", (values) => post("decisions", {
      what: values.what, action: advice ? { shut: advice.shut ?? [], open: advice.opened ?? [] } : null,
      needs: centres.length > 0 ? centres.filter((centre) => values[`needs:${centre}`]) : null, // none known: the server names them
    }));
}

export function sayAnswer(decision: Decision, agree: boolean): void {
  form(agree ? "Agree" : "Refuse", decision.what, [text("why", "Why", !agree)], agree ? "Agree" : "Refuse", ({ why }) =>
    post(`decisions/${encodeURIComponent(decision.decision)}/answers`, { agree, why: why ?? "" }));
}

// --- keys and sound ---------------------------------------------------------------------------------------------------

export function help(keys: [string, string][], me: Me | null, soundChanged: () => void): void {
  const dialog = h("dialog", { class: "help", "aria-labelledby": "help-h" }) as HTMLDialogElement;
  dialog.append(h("h2", { id: "help-h" }, "Keys"),
    h("dl", { class: "keys" }, ...keys.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)))),
    h("fieldset", {}, h("legend", {}, "Sound when a class is raised"), ...CLASSES.map((name) => h("label", { class: "check" },
      h("input", { type: "checkbox", checked: sounds[name], onchange: (e: Event) => {
        setSound(name, (e.target as HTMLInputElement).checked);
        soundChanged();
      } }), name))),
    h("p", { class: "why" }, me?.role === "operator" ? `You are ${me.name ?? "an operator"}${me.centre ? `; what you enter is signed by ${me.centre}` : ""}.`
      : "To acknowledge or say something, open this page with #token=… at the end of its address."),
    h("p", { class: "buttons" }, h("button", { type: "button", class: "go", onclick: () => dialog.close() }, "Close ", h("kbd", {}, "Esc"))));
  show(dialog);
}
