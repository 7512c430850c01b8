// Colours of the plots, read from the style sheet so that light, dark and print agree with the rest of the page.

export interface Ink { text: string; muted: string; grid: string; band: string; line: string; lines: string[]; mark: string; hatch: string; alarm: string; pane: string }

let probe: HTMLElement | null = null;

/** A custom property as the colour it comes to in the present scheme. */
function colour(name: string): string {
  probe ??= document.body.appendChild(document.createElement("i"));
  probe.hidden = true;
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

export function ink(): Ink {
  return {
    text: colour("--ink"), muted: colour("--muted"), grid: colour("--grid"), band: colour("--band"), line: colour("--leak"),
    lines: Array.from({ length: 8 }, (_, k) => colour(`--line-${k + 1}`)), mark: colour("--mark"), hatch: colour("--hatch"),
    alarm: colour("--alarm"), pane: colour("--pane"),
  };
}
