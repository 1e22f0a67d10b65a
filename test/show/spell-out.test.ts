// What others wrote is shown with everything spelled out that a terminal would act on, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyText } from '../any-text.ts';
import { printedLine, safeOutput, spelledLines, spelledOut } from '../../src/show/show.ts';

const ESCAPE = '\u001b';
const COLOURS = new RegExp(`${ESCAPE}\\[[\\d;:]*m`, 'g');

test('controls, directions and what takes no room are spelled out', () => {
  assert.equal(spelledOut('a\nb\r\tc'), 'a\\nb\\r\\tc');
  assert.equal(spelledOut('\u001b]0;title\u0007\u007f\u009b2K'), '\\u001b]0;title\\u0007\\u007f\\u009b2K');
  assert.equal(
    spelledOut('\u202eexe.\u2066x\u200b\u2028\ufeff\u00ad\u3164'),
    '\\u202eexe.\\u2066x\\u200b\\u2028\\ufeff\\u00ad\\u3164',
  );
  assert.equal(spelledOut('x\u200dy x\ufe0f \u{e0041} \ud800'), 'x\\u200dy x\\ufe0f \\udb40\\udc41 \\ud800');
  assert.equal(spelledLines('a\u001b\nb'), 'a\\u001b\nb');
});

test('ordinary texts of any script stay as they are', () => {
  for (const text of ['é e\u0301 日本', '👩‍🔬 👍🏽 ❤️ 1️⃣', 'می‌خواهم', 'क्‍ष', 'C:\\temp', '→ ─ ×'])
    assert.equal(spelledOut(text), text);
});

test('JSON that passes the way out stays the same value', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      assert.equal(JSON.parse(safeOutput(JSON.stringify({ text }, null, 2), false)).text, text);
    }),
  );
});

test('nothing that passes the way out moves a cursor, whatever it is', () => {
  const hostile = fc.string({
    unit: fc.constantFrom('\u001b', '[', ']', ';', '8', '3', '1', 'm', 'K', '\u009b', '\u202e', '\r', '\n'),
  });
  fc.assert(
    fc.property(hostile, (text) => {
      assert.doesNotMatch(safeOutput(text, false), /[^\n\x20-\x7e]/);
      const coloured = safeOutput(text, true).replace(COLOURS, '');
      assert.doesNotMatch(coloured, /[^\n\x20-\x7e]/);
      assert.doesNotMatch(printedLine(text, false), /[^\x20-\x7e]/);
    }),
  );
});

test('what a stage prints keeps its colours where they are wanted, but hides nothing', () => {
  const line = '\u001b[1;32mok\u001b[0m\t\u001b[38;5;8mgrey \u001b[2K\u001b[8mhidden';
  assert.equal(printedLine(line, false), 'ok    grey \\u001b[2K\\u001b[8mhidden');
  assert.equal(
    printedLine(line, true),
    '\u001b[1;32mok\u001b[0m    \u001b[38;5;8mgrey \\u001b[2K\\u001b[8mhidden\u001b[0m',
  );
});
