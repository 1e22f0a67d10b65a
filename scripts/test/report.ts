// What the test runner prints after its own report: the ten slowest tests, and why tests were skipped. Where the fixtures are
// present (PIPE_FIXTURES), a skipped test fails the run: everything that it needs should be there.
// PIPE_TEST_FAILURES names a file to which it adds what failed, for a summary of several runs.
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inspect } from 'node:util';
import type { TestEvent } from 'node:test/reporters';

interface Slow {
  readonly name: string;
  readonly seconds: number;
}

const SHOWN = 10;
const failures = process.env['PIPE_TEST_FAILURES'];

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const slow: Slow[] = [];
  const skipped: string[] = [];
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.nesting > 0) continue;
    const file = data.file === undefined ? '' : relative(process.cwd(), data.file);
    const name = `${data.name} (${file})`;
    if (type === 'test:fail' && failures !== undefined)
      appendFileSync(failures, `${name}\n${inspect(data.details.error.cause ?? data.details.error)}\n\n`);
    if (data.skip !== undefined && data.skip !== false)
      skipped.push(`${name}: ${data.skip === true ? 'no reason given' : data.skip}`);
    // A file that declares tests is reported like a test of its own.
    else if (data.name !== data.file) slow.push({ name, seconds: data.details.duration_ms / 1000 });
  }
  slow.sort((a, b) => b.seconds - a.seconds);
  yield '\nslowest:\n';
  for (const { name, seconds } of slow.slice(0, SHOWN))
    yield `${seconds.toFixed(1).padStart(7)} s  ${name}\n`;
  if (skipped.length === 0) return;
  yield `\nskipped (${skipped.length}):\n`;
  for (const line of skipped) yield `  ${line}\n`;
  if (process.env['PIPE_FIXTURES'] === undefined) return;
  yield 'PIPE_FIXTURES is set: a skipped test is a failure.\n';
  process.once('exit', () => (process.exitCode = 1));
}
