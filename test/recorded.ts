// Whole views, compared with a text that was read by somebody when it was recorded.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** `PIPE_RECORD=1 node --test FILE` writes the texts again: read every line that changed before it is committed. */
const records = process.env['PIPE_RECORD'] === '1';

/** @param folder absolute. @param name of a file in its folder `recorded`. */
export function assertRecorded(folder: string, name: string, shown: string): void {
  const file = join(folder, 'recorded', name);
  if (records) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, shown);
    return;
  }
  const shownName = relative(dirname(import.meta.dirname), file);
  assert.equal(
    shown,
    readFileSync(file, 'utf8'),
    `is not as in ${shownName} (docs/testing.md, Recorded views)`,
  );
}

/** Characters of a line. */
const WIDTH = 140;

/** JSON with as much on a line as fits. */
export function laidOut(value: unknown, margin = ''): string {
  const flat = JSON.stringify(value) ?? 'undefined';
  if (typeof value !== 'object' || value === null || margin.length + flat.length <= WIDTH) return flat;
  const inner = `${margin}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => inner + laidOut(one, inner))
    : Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .map(([key, one]) => `${inner}${JSON.stringify(key)}: ${laidOut(one, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.join(',\n')}\n${margin}${close}`;
}
