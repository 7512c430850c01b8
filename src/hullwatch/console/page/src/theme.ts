// Dark or light: as the system says, until chosen. Kept on this machine.

const KEY = "hullwatch-theme";
const ORDER = ["auto", "dark", "light"] as const;
type Theme = (typeof ORDER)[number];

function chosen(): Theme {
  const kept = localStorage.getItem(KEY) as Theme | null;
  return kept && ORDER.includes(kept) ? kept : "auto";
}

function apply(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const themeWord = (): string => ({ auto: "Auto", dark: "Dark", light: "Light" })[chosen()];

export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length]!;
  localStorage.setItem(KEY, next);
  apply(next);
}

apply(chosen());
