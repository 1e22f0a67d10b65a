// A project with two commits, and changes that are not committed.
import { copiesHere } from './here.ts';
import { gitIn } from '../git.ts';

const FILES = {
  'pipeline.yaml': `stages:
  prep:
    cmd: mkdir d && cp raw.csv d/one && echo two > d/two && echo 2nd > d/zwei && echo x > old.txt && echo xy > older.txt
    deps: [raw.csv]
    outs: [d, old.txt, older.txt]
  train:
    matrix: {lr: [2, 1], seed: [0, 1]}
    cmd: 'echo "{\\"loss\\": \${item.lr}.25, \\"acc\\": \${item.lr}\${item.seed}}" > m-\${key}.json'
    params: [same, size]
    metrics: ["m-\${key}.json": {cache: false}]
  last:
    cmd: cat d/one > last.txt
    wdir: .
    deps: [d/one]
    outs: [last.txt]
metrics: [report.json]
params: [more.yaml]
`,
  'params.yaml': 'same: 0\nsize: 1\nunused: {deep: 0.5}\n',
  'more.yaml': 'm: [1, 2]\n',
  'report.json': '{"all": 0.123456789, "deep": {"a": 1, "b": null, "c": "t"}}\n',
  'raw.csv': 'a\nb\n',
  'sub/.gitkeep': '',
  '.gitignore': '/cache\n/d\n/old*.txt\n/last.txt\n/new*.txt\n/pages\n',
};

/** Two commits, `v1` and `main`, a branch `other` at the first, and changes that are not committed. */
export const project = copiesHere(FILES, async ({ root, out, read, write }) => {
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  await out(0, 'repro', '-q');
  git('add', '-A');
  git('commit', '-qm', 'First');
  git('tag', 'v1');
  git('branch', 'other');
  write(
    'pipeline.yaml',
    read('pipeline.yaml')
      .replace(
        'echo x > old.txt && echo xy > older.txt',
        'echo longer > new.txt && echo longest > newer.txt && mv d/two d/three && mv d/zwei d/drei',
      )
      .replace('outs: [d, old.txt, older.txt]', 'outs: [d, new.txt, newer.txt]')
      .replace('lr: [2, 1]', 'lr: [2, 3]')
      .replace('wdir: .', 'frozen: true'),
  );
  write('raw.csv', 'a\nb\nc\n');
  write('params.yaml', 'same: 0\nsize: 2\nadded: true\n');
  write('report.json', '{"all": 0.5, "deep": {"a": 3, "c": "u"}}\n');
  await out(0, 'repro', '-q');
  git('add', '-A');
  git('commit', '-qm', 'Second');
  write('report.json', '{"all": 0.25}\n');
  write('params.yaml', 'same: 0\nsize: 3\nadded: true\n');
});
