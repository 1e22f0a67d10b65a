// A repository of DVC: a matrix, data in a sub-folder with its own pipeline, two commits, changes, and an experiment.
import { copiesHere } from '../here.ts';
import { fixTimes, inGit } from './fixed.ts';

const FILES: Readonly<Record<string, string>> = {
  '.dvc/config': '[core]\n    remote = box\n[\'remote "box"\']\n    url = box\n',
  '.dvc/.gitignore': '/config.local\n/tmp\n/cache\n/pipe\n/box\n',
  'dvc.yaml': `vars: [more.yaml]
metrics: [all.json]
params: [sub/params.yaml]
plots:
  - curve.csv: {x: step, y: loss}
stages:
  prep:
    cmd: mkdir -p clean/in && cp raw/a.csv clean/a.csv && cp raw/a.csv clean/in/b.csv && echo \${size} > clean/size
    deps: [raw]
    params: [lr]
    outs: [clean]
  train:
    matrix: {model: [a, b], depth: [1, 2]}
    cmd: mkdir -p m && echo '{"auc":' 0.\${item.depth}, '"model":' '"\${item.model}"}' > m/\${key}.json && echo \${item.depth} > \${key}.bin
    deps: [clean/size]
    outs: ['\${key}.bin']
    metrics: ['m/\${key}.json': {cache: false}]
  drop:
    cmd: cp clean/size drop.txt
    deps: [clean]
    outs: [drop.txt: {desc: Goes away, labels: [x], meta: {a: 1}}]
`,
  'params.yaml': 'lr: 0.1\nname: "x | y"\n',
  'more.yaml': 'size: 3\n',
  'all.json': '{"sum": 10, "none": null, "ratio": 0.333333333}\n',
  'curve.csv': 'step,loss\n1,0.5\n2,0.25\n',
  'raw/a.csv': 'a,b\n1,2\n',
  'raw/in/b.csv': 'row\n'.repeat(300),
  'one.txt': 'one\n',
  'sub/dvc.yaml':
    'stages:\n  inner: {cmd: cp ../one.txt two.txt, deps: [../one.txt], params: [k], outs: [two.txt]}\n',
  'sub/params.yaml': 'k: {deep: [1, 2]}\n',
  '.gitignore':
    '/clean\n/a-1.bin\n/a-2.bin\n/b-1.bin\n/b-2.bin\n/b-3.bin\n/a-3.bin\n/drop.txt\n/raw\n/one.txt\n',
  'sub/.gitignore': '/two.txt\n',
};

export const dvcProject = copiesHere(FILES, async (here) => {
  const { out, write, read, remove, root } = here;
  const git = inGit(root);
  git('init', '-q', '-b', 'main');
  await out(0, 'add', '-q', 'raw', 'one.txt', '--desc', 'Measured');
  await out(0, 'repro', '-q', '-j', '1');
  git('add', '-A');
  git('commit', '-qm', 'First');
  git('tag', 'v1');
  await out(0, 'push', '-q');
  const pipeline = read('dvc.yaml');
  write('dvc.yaml', pipeline.slice(0, pipeline.indexOf('  drop:')).replace('[1, 2]}', '[2, 3]}'));
  write('params.yaml', 'lr: 0.2\nname: "x | y"\n');
  write('all.json', '{"sum": 12, "ratio": 0.25}\n');
  write('raw/c.csv', 'new\n');
  await out(0, 'add', '-q', 'raw');
  fixTimes(here);
  await out(0, 'repro', '-q', '-j', '1');
  git('add', '-A');
  git('commit', '-qm', 'Second');
  await out(0, 'exp', 'run', 'big', '-q', '-j', '1', '-S', 'lr=1e-05');
  write('one.txt', 'two\n');
  write('raw/in/b.csv', 'row\n');
  remove('a-3.bin');
  write('stray', '');
  fixTimes(here);
});
