// Builds elements from data and changes only what differs. Text goes in as text nodes and nothing is ever parsed as
// markup, so a compartment named "<img onerror=...>" is shown as just that.

export type Child = Node | string | number | null | undefined | false | Child[];
type Handler = (event: any) => void;
export type Props = Record<string, string | number | boolean | null | undefined | Handler | Record<string, string>>;

const SVG = "http://www.w3.org/2000/svg";
const HANDLERS = ["onclick", "oninput", "onchange", "onsubmit", "onkeydown", "ontoggle"] as const;

function fill(element: HTMLElement | SVGElement, props: Props, children: Child[]): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") (element as any)[name] = value;
    else if (typeof value === "object") {
      // Through the object model: the content security policy refuses style attributes.
      for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
}

function append(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && child !== false) {
      parent.appendChild(document.createTextNode(String(child)));
    }
  }
}

/** An HTML element. */
export function h(tag: string, props: Props = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  fill(element, props, children);
  return element;
}

/** An SVG element. */
export function s(tag: string, props: Props = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  fill(element, props, children);
  return element;
}

/**
 * Makes `old` look like `fresh` with the fewest changes, so that focus, open details, typed text and scroll stay.
 * An element with data-keep owns its inside (plots, sliders).
 */
export function morph(old: Node, fresh: Node): void {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
    (old as ChildNode).replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  const was = old as HTMLElement, is = fresh as HTMLElement;
  if (was.hasAttribute("data-keep")) return;
  attributes(was, is);
  for (const name of HANDLERS) if ((was as any)[name] !== (is as any)[name]) (was as any)[name] = (is as any)[name];
  morphChildren(was, is);
}

/** As `morph`, for the children only. */
export function morphChildren(was: Node, is: Node): void {
  const olds = [...was.childNodes], news = [...is.childNodes];
  news.forEach((node, k) => {
    const before = olds[k];
    if (before) morph(before, node);
    else was.appendChild(node);
  });
  for (const extra of olds.slice(news.length)) extra.remove();
}

function attributes(was: HTMLElement, is: HTMLElement): void {
  for (const { name } of [...was.attributes]) {
    // `open` belongs to the reader (details, dialogs), style goes through the object model below.
    if (name !== "style" && name !== "open" && !is.hasAttribute(name)) was.removeAttribute(name);
  }
  for (const { name, value } of [...is.attributes]) {
    if (name !== "style" && name !== "open" && was.getAttribute(name) !== value) was.setAttribute(name, value);
  }
  if (was.style.cssText !== is.style.cssText) was.style.cssText = is.style.cssText;
}

function keyOf(node: Node): string | null {
  return node instanceof Element ? node.getAttribute("data-key") : null;
}
