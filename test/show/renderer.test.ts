import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test from 'node:test';
import { makeRenderer, type RendererOptions } from '../../src/show/show.ts';
import { ran, runEnd, runStart, start } from './events.ts';

class Stream extends EventEmitter {
  text = '';
  columns = 80;
  rows = 24;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

function shown(options: Partial<RendererOptions>): { text: string; stream: Stream } {
  const stream = new Stream();
  const renderer = makeRenderer({
    stream: stream as unknown as RendererOptions['stream'],
    tty: false,
    json: false,
    quiet: false,
    verbose: false,
    colour: false,
    github: false,
    estimate: () => undefined,
    now: () => 0,
    ...options,
  });
  for (const event of [runStart(1), start('a'), ran('a', 1), runEnd({ ran: 1 }, 1)]) renderer.event(event);
  renderer.end();
  return { text: stream.text, stream };
}

test('JSON for programs, whatever else is asked for', () => {
  const lines = shown({ json: true, tty: true, quiet: true }).text.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { type: string }).type),
    ['run-start', 'start', 'ran', 'run-end'],
  );
});

test('plain lines in a pipe; on a terminal the display, unless it is to be quiet', () => {
  assert.equal(shown({}).text, 'start    a  new\nran      a  1.0 s\n1 ran, 1.0 s\n');
  assert.match(shown({ tty: true }).text, /^ran {6}a {2}1\.0 s {2}new/);
  assert.equal(shown({ tty: true, quiet: true }).text, '');
});

test('the display leaves no listener behind', () => {
  const before = ['exit', 'SIGTSTP'].map((name) => process.listenerCount(name));
  const { stream } = shown({ tty: true });
  assert.equal(stream.listenerCount('resize'), 0);
  assert.deepEqual(
    ['exit', 'SIGTSTP'].map((name) => process.listenerCount(name)),
    before,
  );
});
