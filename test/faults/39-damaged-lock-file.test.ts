import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../amount.ts';
import { copiesOf } from '../workspace.ts';

const pipeline =
  'stages:\n  a: {cmd: echo a > a.txt, outs: [a.txt]}\n  b: {cmd: echo b > b.txt, outs: [b.txt]}\n';

const made = copiesOf({ 'pipeline.yaml': pipeline }, (workspace) => workspace.repro());

const damages = [
  ['trailing garbage', (text: string) => `${text}%&/(\n`, /pipeline\.lock:\d+:/, /not valid YAML/],
  ['a line cut off', (text: string) => text.slice(0, -40), /pipeline\.lock:\d+:/, /damaged|not valid/],
  ['a stage twice', (text: string) => text.replace('  b:', '  a:'), /pipeline\.lock:\d+:/, /same key twice/],
  ['a newer schema', (text: string) => text.replace('pipe/1', 'pipe/2'), /pipeline\.lock:1:/, /newer pipe/],
  [
    "another program's schema",
    (text: string) => text.replace('pipe/1', '2.0'),
    /pipeline\.lock:1:/,
    /not a lock file of pipe/,
  ],
  [
    'no schema',
    (text: string) => text.replace(/^schema.*\n/, ''),
    /pipeline\.lock/,
    /not a lock file of pipe/,
  ],
  [
    'a digest cut short',
    (text: string) => text.replace(/(sha256: "?\w{60})\w{4}/, '$1'),
    /pipeline\.lock:\d+:/,
    /damaged/,
  ],
  [
    'misspelt stages',
    (text: string) => text.replace('\nstages:', '\nstage:'),
    /pipeline\.lock:2:1/,
    /did you mean 'stages'/,
  ],
  [
    'a key of its own',
    (text: string) => `${text}more: 1\n`,
    /pipeline\.lock:\d+:1/,
    /has no key 'more'[^]*update pipe/,
  ],
  [
    'a misspelt key of a stage',
    (text: string) => text.replace('    outs:', '    out:'),
    /pipeline\.lock:\d+:5/,
    /did you mean 'outs'/,
  ],
  [
    'a misspelt key of an output',
    (text: string) => text.replace('      size:', '      sise:'),
    /pipeline\.lock:\d+:7/,
    /did you mean 'size'/,
  ],
  ['merge-conflict markers', conflict, /pipeline\.lock:3:1/, /unresolved merge conflicts/],
] as const;
for (const [what, damage, line, message] of sampleOf(damages, 6)) {
  test(`a lock file with ${what}: an error with its line, and nothing is overwritten`, async (t) => {
    const workspace = await made(t);
    const damaged = damage(workspace.read('pipeline.lock'));
    workspace.write('pipeline.lock', damaged);
    for (const command of ['repro', 'status']) {
      const { stderr } = await workspace.expect(1, command);
      assert.match(stderr, line);
      assert.match(stderr, message);
      assert.equal(workspace.read('pipeline.lock'), damaged);
    }
  });
}

function conflict(text: string): string {
  const lines = text.split('\n');
  return [...lines.slice(0, 2), '<<<<<<< HEAD', ...lines.slice(2), '=======', '>>>>>>> other', ''].join('\n');
}

for (const [what, change] of [
  ['a byte-order mark', (text: string) => `\ufeff${text}`],
  ['the line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
  ['comments and blank lines', (text: string) => `# mine\n\n${text}`],
] as const) {
  test(`a lock file with ${what} is read as it is meant`, async (t) => {
    const workspace = await made(t);
    workspace.write('pipeline.lock', change(workspace.read('pipeline.lock')));
    assert.deepEqual((await workspace.repro()).ran, []);
  });
}
