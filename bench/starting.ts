// What it takes to start a run and its commands: commands that do nothing, that only wait, and one edit in a project of many stages.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFanOut } from './fan-out.ts';
import { memoryFolder, run, sideBySide, table, type Candidate } from './measure.ts';
import { node, pipe, type Peers } from './peers.ts';

export function starting(home: string, peers: Peers, rounds: number): string[] {
  const memory = memoryFolder() ?? join(home, 'starting');
  try {
    return [
      table('500 × `sleep 0`, -j8', sideBySide(sleepers(memory, peers, 500, 0), rounds), 'ninja'),
      table('32 × `sleep 1`, -j8', sideBySide(sleepers(memory, peers, 32, 1), rounds), 'make'),
      table('one edit at 1,000 stages', sideBySide(oneEdit(memory, false), rounds), NOTHING),
      table('the same, a stage reads all outputs', sideBySide(oneEdit(memory, true), rounds), NOTHING),
    ];
  } finally {
    rmSync(memory, { recursive: true, force: true });
  }
}

/** The same commands, of which none needs another, in a folder for each tool. */
function sleepers(home: string, peers: Peers, count: number, seconds: number): Candidate[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const sleep = `sleep ${seconds}`;
  const stages = numbers.map((n) => `  s${n}: {cmd: ${sleep}}\n`).join('');
  const names = numbers.map((n) => `s${n}`).join(' ');
  const builds = numbers.map((n) => `build s${n}: run\n`).join('');
  const tools = [
    { name: 'pipe', command: `${pipe} repro -q -j8`, file: 'pipeline.yaml', text: `stages:\n${stages}` },
    {
      name: 'ninja',
      command: 'ninja -j8',
      file: 'build.ninja',
      text: `rule run\n  command = ${sleep}\n${builds}`,
    },
    {
      name: 'make',
      command: 'make -r -s -j8',
      file: 'Makefile',
      text: `all: ${names}\n${names}:\n\t${sleep}\n`,
    },
  ] as const;
  return tools
    .filter(({ name }) => peers[name])
    .map(({ name, command, file, text }) => {
      const cwd = join(home, `${name}-${count}`);
      mkdirSync(cwd, { recursive: true });
      writeFileSync(join(cwd, file), text);
      return { name, command, cwd, env: { SHELL: '/bin/sh' } };
    });
}

const NOTHING = 'node -e 0';

/** The input of one of 1,000 stages is another before each run. @param joined one more stage reads all outputs. */
function oneEdit(home: string, joined: boolean): Candidate[] {
  const cwd = join(home, joined ? 'joined' : 'apart');
  makeFanOut(cwd, 1000, 'pipe');
  const file = join(cwd, 'pipeline.yaml');
  if (!joined) writeFileSync(file, readFileSync(file, 'utf8').split('  join:')[0]!);
  const env = { SHELL: '/bin/sh' };
  run({ name: 'first', command: `${pipe} repro -q`, cwd, env });
  let round = 0;
  const prepare = (): void => writeFileSync(join(cwd, 'in/500.txt'), `edited ${(round += 1)}\n`);
  return [
    { name: 'pipe', command: `${pipe} repro -q`, cwd, env, prepare },
    { name: NOTHING, command: `${node} -e 0`, cwd },
  ];
}
