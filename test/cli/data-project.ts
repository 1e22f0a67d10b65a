// A project with a file, folders and a stage that reads one of them: data that can be added.
import { execFileSync } from 'node:child_process';
import { copiesHere } from './here.ts';

export const STAGES =
  'stages:\n  use: {cmd: cat raw/a.csv > used.txt, deps: [raw/a.csv], outs: [used.txt]}\n';

const FILES = {
  'pipeline.yaml': STAGES,
  'raw/a.csv': 'a\n',
  'raw/b.csv': 'bb\n',
  'one.txt': 'one',
  'sub/x': '',
};

export const project = copiesHere(FILES, async ({ root }) => {
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: root });
  await Promise.resolve();
});
