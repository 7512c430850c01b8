// What people say: acknowledgements, evidence, hatch reports and decisions, each through a small form and the API.
// The server signs for the centre of the token and has the last word; its refusal is shown in its own words.

import { evidenceKinds, post, Refused } from "./api";
import { h, type Child } from "./dom";
import { CLASSES, nameOf } from "./status";
import { setSound, sounds } from "./sound";
import type { Advice, Alarm, Decision, EvidenceField, EvidenceKind, Me, View } from "./types";
import { state } from "./state";
import { sentence } from "./words";

type Values = Record<string, string>;

/** Something is wrong with what was typed into one field; it is not sent. */
class Fault extends Error {
  constructor(readonly field: string, words: string) {
    super(words);
  }
}

/** A modal form; `send` may throw what the server refused. Enter sends, Escape leaves. */
function form(title: string, why: string, fields: Child[], button: string, send: (values: Values) => Promise<unknown>): void {
  const error = h("p", { class: "refused", role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "form-h" }) as HTMLDialogElement;
  const body = h("form", { method: "dialog", novalidate: true, onsubmit: (event: SubmitEvent) => {
    event.preventDefault();
    complain(dialog, error, "", "");
    const given = new FormData(event.target as HTMLFormElement);
    const values = Object.fromEntries([...new Set(given.keys())].map((k) => [k, given.getAll(k).map((v) => String(v).trim()).join(",")]));
    missing(dialog).then(() => send(values)).then(() => dialog.close(), (reason: unknown) => {
      const words = reason instanceof Refused ? [sentence(reason.message), reason.remedy].filter(Boolean).join(". ")
        : reason instanceof Error ? reason.message : String(reason);
      complain(dialog, error, reason instanceof Refused || reason instanceof Fault ? reason.field : "", words);
    });
  } },
    h("h2", { id: "form-h" }, title), why && h("p", { class: "why" }, why), ...fields, error,
    h("p", { class: "buttons" }, h("button", { type: "submit", class: "go" }, button),
      h("button", { type: "button", onclick: () => dialog.close() }, "Leave ", h("kbd", {}, "Esc"))));
  dialog.append(body);
  show(dialog);
}

/** Refuses when a field that is needed is empty. */
async function missing(dialog: HTMLElement): Promise<void> {
  for (const input of dialog.querySelectorAll<HTMLInputElement>("[required]")) {
    if (!input.value.trim()) throw new Fault(input.name, "This is needed");
  }
}

/** Says what is wrong next to the field it is wrong with, and goes there; below the form where no field is named. */
function complain(dialog: HTMLElement, error: HTMLElement, name: string, words: string): void {
  for (const old of dialog.querySelectorAll("[aria-invalid]")) {
    old.removeAttribute("aria-invalid");
    const kept = (old.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== "fault").join(" ");
    if (kept) old.setAttribute("aria-describedby", kept);
    else old.removeAttribute("aria-describedby");
  }
  dialog.querySelector("#fault")?.remove();
  error.textContent = "";
  const place = name === "" ? null : dialog.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"], fieldset[data-name="${CSS.escape(name)}"]`);
  if (place === null) {
    error.textContent = words;
    return;
  }
  place.setAttribute("aria-invalid", "true");
  place.setAttribute("aria-describedby", `fault ${place.getAttribute("aria-describedby") ?? ""}`.trim());
  place.after(h("p", { class: "refused", id: "fault", role: "alert" }, words));
  (place.matches("fieldset") ? place.querySelector<HTMLElement>("input") : place)?.focus();
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

/** Asks first what one wants to say; the kinds of evidence and their fields are those the server names. */
export async function say(view: View): Promise<void> {
  const kinds = await evidenceKinds().catch(() => []);
  const dialog = h("dialog", { "aria-labelledby": "say-h" }) as HTMLDialogElement;
  const go = (next: () => void): (() => void) => () => { dialog.close(); next(); };
  const choice = (words: string, next: () => void): HTMLElement => h("li", {}, h("button", { type: "button", onclick: go(next) }, words));
  dialog.append(h("h2", { id: "say-h" }, "Say something"), h("p", { class: "why" }, `As ${state.me?.name ?? "?"}${state.me?.centre ? `, signed by ${state.me.centre}` : ""}.`), h("ul", { class: "choices" },
    ...kinds.map((one) => choice(one.words, () => sayEvidence(one, view))),
    choice("A hatch is open or closed", () => sayHatch(view)),
    crewOf(view).length > 0 ? choice("Somebody is in a compartment", () => sayCrew(view)) : null,
    choice("Propose a decision", () => sayDecision(view, null))),
  h("p", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Leave ", h("kbd", {}, "Esc"))));
  show(dialog);
}

function rooms(view: View): [string, string][] {
  return view.map.compartments.map((c) => [c.id, `${c.id}: ${c.name}`]);
}
const hatches = (view: View): [string, string][] =>
  view.map.hatches.map((one) => [one.id, `${one.id} (${one.open ? "open" : "closed"} now)`]);

function sayEvidence(one: EvidenceKind, view: View): void {
  const inputs = one.fields.map((asked) => observedInput(asked, view));
  form(one.words, `${sentence(one.meaning)}. It is weighed with everything else and stays in the record.`,
    [...inputs, when(view), text("note", "Note")], "Put it into the record", async ({ note, time_utc, ...values }) => {
      const observed = Object.fromEntries(one.fields.map((asked) => [asked.name, observedValue(asked, values[asked.name] ?? "")])
        .filter(([, value]) => value !== null));
      return post("evidence", { kind: one.kind, observed, note: note ?? "", time_utc: time_utc || null });
    });
  const hatch = document.querySelector<HTMLSelectElement>("dialog select[name=hatch]");
  const toward = document.querySelector<HTMLSelectElement>("dialog select[name=toward]");
  if (!hatch || !toward) return;
  const sides = (): void => { // air moves toward one of the two sides of the hatch
    const ends: string[] = view.map.hatches.find((known) => known.id === hatch.value)?.between ?? [];
    toward.replaceChildren(...rooms(view).filter(([id]) => ends.includes(id)).map(([value, words]) => h("option", { value }, words)));
  };
  hatch.addEventListener("change", sides);
  sides();
}

const when = (view: View): HTMLElement => hinted(text("time_utc", "When it was seen, UTC"), "time_utc",
  `empty for now; else as in ${(view.time_utc ?? "2030-05-06T08:00").slice(0, 16)}Z`);

/** The input of a field, with its unit in the label and what it may hold below it. */
function observedInput(asked: EvidenceField, view: View): HTMLElement {
  const words = `${asked.words}${asked.unit ? `, ${asked.unit}` : ""}${asked.needed ? "" : " (if known)"}`;
  if (asked.holds === "compartment") return choose(asked.name, words, rooms(view));
  if (asked.holds === "hatch") return choose(asked.name, words, hatches(view));
  if (asked.holds === "switch") return choose(asked.name, words, [["", "not said"], ["true", "yes"], ["false", "no"]]);
  if (asked.holds === "compartments") {
    return h("fieldset", { "data-name": asked.name }, h("legend", {}, words), ...rooms(view).map(([id, name]) =>
      h("label", { class: "check" }, h("input", { type: "checkbox", name: asked.name, value: id }), name)));
  }
  if (asked.holds === "spot") return text(asked.name, words);
  const count = asked.lengths?.length === 1 && asked.lengths[0] === 1 ? "" : `${asked.lengths?.join(" or ")} numbers, each `;
  return hinted(text(asked.name, words, asked.needed), asked.name, `${count}${asked.low} to ${asked.high} ${asked.unit ?? ""}`.trim());
}

function hinted(label: HTMLElement, name: string, words: string): HTMLElement {
  label.querySelector("input")?.setAttribute("aria-describedby", `hint-${name}`);
  label.append(h("small", { id: `hint-${name}` }, words));
  return label;
}

/** What goes out for a field: SI, or null where nothing was said. */
function observedValue(asked: EvidenceField, typed: string): unknown {
  if (asked.holds === "compartments") {
    if (!typed) throw new Fault(asked.name, "Name the compartments that were shut off together");
    return typed.split(",");
  }
  if (!typed) return null;
  if (asked.holds === "switch") return typed === "true";
  if (asked.holds !== "number") return typed;
  const several = !(asked.lengths ?? [1]).includes(1) || /[\s;]/.test(typed) || (asked.lengths ?? [1]).length > 1;
  // a comma is the decimal sign of half the world, and parts three numbers for the other half
  const parts = several ? typed.split(/[\s;]+|,\s*/).filter(Boolean) : [typed.replace(",", ".")];
  const numbers = parts.map(Number);
  if (!(asked.lengths ?? [1]).includes(numbers.length)) throw new Fault(asked.name, `${asked.lengths?.join(" or ")} number${asked.lengths?.[0] === 1 ? "" : "s"}, as in ${asked.lengths?.includes(3) ? "0.3, -2.1, 0.4" : "12.5"}`);
  for (const number of numbers) {
    if (!Number.isFinite(number)) throw new Fault(asked.name, `“${typed}” is not a number`);
    if (number < (asked.low ?? -Infinity) || number > (asked.high ?? Infinity)) throw new Fault(asked.name, `${number} is not from ${asked.low} to ${asked.high} ${asked.unit ?? ""}`);
  }
  const out = numbers.map((number) => number * (asked.si ?? 1));
  return asked.lengths?.includes(3) ? out : out[0];
}

export function sayHatch(view: View): void {
  form("A hatch is open or closed", "The watch follows it, unless telemetry or the pressures contradict it: then both are shown.",
    [choose("hatch", "Hatch", hatches(view)), choose("open", "It is", [["false", "closed"], ["true", "open"]]), text("note", "Note")],
    "Report it", ({ hatch, open, note }) =>
      post(`hatches/${encodeURIComponent(hatch ?? "")}/report`, { open: open === "true", note: note ?? "" }));
}

const crewOf = (view: View): string[] =>
  [...new Set(view.map.compartments.flatMap((c) => [...(c.people ?? []), ...(c.here ?? [])]))].sort();

function sayCrew(view: View): void {
  const boxes = h("fieldset", { "data-name": "people" }, h("legend", {}, "Who"), ...crewOf(view).map((name) =>
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "people", value: name }), name)));
  form("Somebody is in a compartment", "The plan counts them there from now on.", [boxes, choose("compartment", "Where", rooms(view)), text("note", "Note")],
    "Report it", async ({ people, compartment, note }) => {
      if (!people) throw new Fault("people", "Choose at least one");
      return post("crew/report", { people: people.split(","), compartment, note: note ?? "" });
    });
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
