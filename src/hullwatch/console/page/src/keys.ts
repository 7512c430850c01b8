// Everything by keys. A single letter acts unless one is typing; `?` lists them all.

export interface Key { keys: string[]; shown: string; what: string; act(): void }

export function listen(all: Key[]): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const on = event.target as HTMLElement;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(on.tagName) && !(on instanceof HTMLInputElement && on.type === "range" && event.key.length === 1)) {
      if (event.key !== "Escape") return;
    }
    if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && on.closest(".scroll, [contenteditable]")) return;
    const name = event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key;
    const found = all.find((one) => one.keys.includes(name));
    if (!found) return;
    event.preventDefault();
    found.act();
  });
}
