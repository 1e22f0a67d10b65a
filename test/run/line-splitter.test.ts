// Lines out of a stream: nothing is lost, however the bytes are cut and however long a line is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitLines } from '../../src/run/run.ts';

/** The lines, those that came in parts put together; and the longest part. */
function split(chunks: readonly Buffer[]): { lines: string[]; longest: number } {
  const lines: string[] = [];
  let open = false;
  let longest = 0;
  const splitter = splitLines((line, more) => {
    longest = Math.max(longest, line.length);
    if (open) lines[lines.length - 1] += line;
    else lines.push(line);
    open = more;
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  assert.equal(open, false, 'the last part is said to be the last');
  return { lines, longest };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

test('a long line comes whole, in parts of bounded size', () => {
  for (const end of ['', '\n', '\r\n', '\r']) {
    const long = '@'.repeat(200 * 1024);
    const whole = Buffer.from(`a\n${long}${end}`);
    for (const chunks of [[whole], cut(whole, [70_000, 140_000, whole.length - 1])]) {
      const { lines, longest } = split(chunks);
      assert.deepEqual(lines, ['a', long]);
      assert.ok(longest <= 16 * 1024);
    }
  }
});

test('a part ends at a character', () => {
  const text = `x${'😀'.repeat(20_000)}`;
  const parts: string[] = [];
  const splitter = splitLines((line) => parts.push(line));
  splitter.push(Buffer.from(text));
  splitter.end();
  assert.ok(parts.length > 1 && parts.every((part) => part.isWellFormed()));
  assert.equal(parts.join(''), text);
});

test('the lines are those of the text, wherever the chunks are cut', () => {
  const unit = fc.constantFrom('a', 'é', '😀', '\n', '\r', '\r\n', 'b'.repeat(9000));
  fc.assert(
    fc.property(fc.string({ unit }), fc.array(fc.nat()), (text, places) => {
      const expected = text.split(/\r\n|\n|\r/);
      if (expected.at(-1) === '') expected.pop();
      assert.deepEqual(split(cut(Buffer.from(text), places)).lines, expected);
    }),
  );
});
