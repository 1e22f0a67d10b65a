// What is under the pointer, as lines of text beside it.
import type { View } from 'vega';

let box: HTMLElement | undefined;

export function showTooltips(view: View): void {
  view.tooltip((_handler, event, _item, value: unknown) => {
    box ??= makeBox();
    const lines = linesOf(value);
    box.hidden = lines.length === 0;
    if (box.hidden) return;
    box.replaceChildren(...lines.flatMap(([name, text]) => [cell('dt', name), cell('dd', text)]));
    const { clientX, clientY } = event;
    const { offsetWidth, offsetHeight } = box;
    box.style.left = `${Math.max(0, Math.min(clientX + 12, innerWidth - offsetWidth - 4))}px`;
    box.style.top = `${Math.max(0, Math.min(clientY + 12, innerHeight - offsetHeight - 4))}px`;
  });
}

export function hideTooltip(): void {
  if (box) box.hidden = true;
}

function makeBox(): HTMLElement {
  const made = document.createElement('dl');
  made.id = 'tooltip';
  made.hidden = true;
  document.body.append(made);
  return made;
}

function cell(name: 'dt' | 'dd', text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** Vega gives an object of names and values, or one value. */
function linesOf(value: unknown): (readonly [string, string])[] {
  if (value === null || value === undefined || value === '') return [];
  if (typeof value !== 'object') return [['', JSON.stringify(value)]];
  return Object.entries(value).map(([name, item]) => [
    name,
    typeof item === 'object' ? JSON.stringify(item) : String(item),
  ]);
}
