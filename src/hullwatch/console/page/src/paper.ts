// What stands at the edges of every printed sheet: which ship, which moment, which record, which sheet of how many.

import { momentShown, state } from "./state";
import { clockOf, dateOf } from "./words";

const sheet = new CSSStyleSheet(); // made through the object model: the content security policy allows no style element

/** CSS text of a string that may hold anything. */
const quoted = (text: string): string => `"${[...text].map((c) => (/[\w .,:()-]/.test(c) ? c : `\\${c.codePointAt(0)!.toString(16)} `)).join("")}"`;

export function paper(): void {
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  addEventListener("beforeprint", edges);
  matchMedia("print").addEventListener("change", edges);
}

/** Kept up to date, since a browser that prints without being asked says so too late. */
export function edges(): void {
  const view = state.view;
  if (!view) return;
  const shown = momentShown(view);
  const at = shown === null ? "" : `${dateOf(shown)} ${clockOf(shown)} UTC`;
  const head = state.clock?.head, rows = state.clock?.seq ?? view.head_seq ?? view.seq;
  const made = view.reconstructed ? "RECONSTRUCTED DATA" : "";
  sheet.replaceSync(`@page {
    @top-left { content: ${quoted(`Hullwatch: ${view.title ?? view.vehicle}`)} }
    @top-center { content: ${quoted(made)}; font-weight: 700 }
    @top-right { content: ${quoted(`${state.past === null ? "as known at" : "what was known at"} ${at}, row ${view.seq}`)} }
    @bottom-left { content: ${quoted(head ? `record of ${rows} rows, head ${head}` : "the record's head hash is not known to this page")} }
    @bottom-right { content: "page " counter(page) " of " counter(pages) }
  }`);
}
