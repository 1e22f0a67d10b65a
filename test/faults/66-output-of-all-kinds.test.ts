import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

const FLOOD = 100 << 20;
/** Megabytes that the engine may take whatever its stages print. */
const MEMORY = 200;

test('100 MB without a line end, bytes that are no text, a closed output: bounded memory, all of it in the log', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('loud') });
  const run = puppets.start(workspace.root, ['repro', '-q']);
  const { end } = watchRun(run);
  const loud = await puppets.next('loud');
  await loud.tell({ do: 'flood', bytes: FLOOD });
  await loud.tell({ do: 'print', text: '\u{fffd}\x00\x1b[2J\n', stream: 'stderr' });
  await loud.tell({ do: 'close', stream: 'stdout' });
  await loud.tell({ do: 'write', path: 'loud.txt', text: 'done' });
  const peak = peakMemory(run.pid!);
  await loud.tell({ do: 'exit', code: 0 });
  const { code, output } = await end;
  assert.equal(code, 0, output);
  if (peak !== undefined) assert.ok(peak < MEMORY, `${peak} MB`);
  const logs = workspace.path('cache/logs/loud');
  const [log] = readdirSync(logs);
  assert.ok(statSync(`${logs}/${log}`).size >= FLOOD);
});

test('a reader that does not read makes us wait, not grow; one that goes away does not end the run', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('loud') });
  const run = puppets.start(workspace.root, ['repro', '-j1', '-v']);
  const ended = new Promise<number | null>((resolve) => run.on('exit', resolve));
  const loud = await puppets.next('loud');
  const flooded = loud.tell({ do: 'flood', bytes: 1 << 20 });
  await new Promise((resolve) => run.stdout!.once('readable', resolve));
  run.stdout!.destroy();
  await flooded;
  await loud.tell({ do: 'write', path: 'loud.txt', text: 'done' });
  await loud.tell({ do: 'exit', code: 0 });
  assert.equal(await ended, 0);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
});

/** In MB; undefined where the system has no /proc. */
function peakMemory(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) / 1024;
}
