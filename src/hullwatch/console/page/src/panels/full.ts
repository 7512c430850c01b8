// What the screen keeps behind a click, for paper, where nothing can be clicked: the verdict, what else, the plan in full.

import { h } from "../dom";
import type { View } from "../types";
import { firstOf, percent, sentence } from "../words";
import { furtherOf } from "./answers";
import { panel, told } from "./parts";

export function inFull(view: View): HTMLElement[] {
  const b = view.banner, i = told(view), advice = i?.advice;
  if (!i) return [];
  const aside = [...b.set_aside].sort((one, other) => other.probability - one.probability);
  const sheets = [
    b.detail && panel("full-verdict", "The verdict in full", h("p", {}, `${b.words} ${b.detail}`)),
    aside.length > 0 && panel("full-else", "What else it could be, and why it was set aside",
      h("ul", { class: "cards" }, ...aside.map((one) => h("li", {}, h("b", {}, `${sentence(one.cause)}, ${percent(one.probability)}: `), `${sentence(one.why)}.`)))),
    advice && panel("full-next", "The next step in full", h("p", { class: "step" }, sentence(advice.next ?? advice.refused ?? "")),
      ...furtherOf(advice, firstOf(advice.why)[1])),
  ];
  return sheets.filter((one): one is HTMLElement => {
    if (one instanceof HTMLElement) one.classList.add("on-paper");
    return one instanceof HTMLElement;
  });
}
