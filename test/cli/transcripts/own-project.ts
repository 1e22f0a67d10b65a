// A project of our own with odd values and a history: two branches that were merged, a commit that only a tag reaches, changes that are
// not committed, and experiments of all states.
import { copiesHere, type Here } from '../here.ts';
import { fixTimes, inGit, type Git } from './fixed.ts';

const LONG = 'word '.repeat(60).trim();

const PARAMS = `prep: {size: 3, name: "a, b"}
train:
  lr: 0.1
  layers: [8, 16]
  opt: {name: adam, eps: 1.0e-08, nesterov: false}
seed: 9007199254740993
ratio: 1.0
tiny: 1.0e-05
nothing: null
lines: "one\\ntwo"
quote: 'say "hi" | pipe, \\ comma'
letters: naïve 日本 🙂
long: ${LONG}
inf: .inf
nan: .nan
neg: -0.0
empty: ''
map: {}
list: []
a.b: 1
a: {b: 2}
day: 2024-05-06
`;

const PIPELINE = `vars:
  - {extra: 1, shared: {deep: "x|y"}}
params: [more.yaml, odd.json]
metrics: [report.json, scores]
plots:
  - curve.csv: {x: step, y: loss, title: Loss}
  - bars: {x: name, y: {curve.csv: acc}}
data:
- path: data/raw
- path: labels.csv
  desc: By hand, 2024
stages:
  prep:
    desc: |
      Sorts what was measured
      and counts it
    cmd:
      - sh scripts/prep.sh
      - wc -l < clean/00.csv > summary.txt
    deps: [data/raw, labels.csv, scripts/prep.sh]
    params: [prep.size, more.yaml: [size], odd.json:]
    outs: [clean, summary.txt]
  train:
    matrix: {lr: [0.1, 1.0e-05], fold: [1, 2, 3]}
    cmd: sh scripts/train.sh \${item.lr} \${item.fold} m/\${key}.json
    deps: [clean, scripts/train.sh]
    params: [train]
    metrics: ['m/\${key}.json']
  score:
    foreach:
      alpha: {depth: {n: 1}, tags: [x, y]}
      beta: {depth: {n: 2}}
      gamma: {}
    do:
      cmd: sh scripts/score.sh \${key}
      deps: [scripts/score.sh, summary.txt]
      params: ['train.opt.e*', sub/params.yaml: [size]]
      metrics: ['s/\${key}/one.yaml': {cache: false}, 's/\${key}/two.yaml']
  keep:
    cmd: mkdir -p kept && cp summary.txt kept/last && cp summary.txt "kept/$(cat summary.txt | tr -d ' ').txt"
    deps: [summary.txt]
    outs: [kept: {persist: true}]
  moved:
    cmd: cp summary.txt moved.txt
    deps: [summary.txt]
    outs: [moved.txt]
  gone:
    cmd: mkdir left && cp summary.txt left/a && echo left > left/b
    deps: [summary.txt]
    outs: [left]
  curve:
    cmd: cp curves/curve.csv curve.csv
    deps: [curves]
    outs: [curve.csv]
  count:
    cmd: echo \${seed} \${extra} '\${shared.deep}' > count.txt
    outs: [count.txt]
  last:
    wdir: sub/inside
    cmd: cat ../../summary.txt > ../last.txt && echo done
    deps: [../../summary.txt]
    outs: [../last.txt: {cache: false}]
`;

const FILES: Readonly<Record<string, string>> = {
  'pipeline.yaml': PIPELINE,
  'params.yaml': PARAMS,
  'more.yaml': 'size: 5\ntrain: {lr: 7, opt: {name: sgd}}\n',
  'odd.json': '{"big": 12345678901234567890, "neg": -0.0, "small": 1e-05, "none": null, "yes": true}\n',
  'report.json':
    '{"all": 0.123456789, "deep": {"a": 1, "b": null, "c": "t"}, "a.b": 1, "a": {"b": 2}, "list": [1, 2], "huge": 9007199254740993, "inf": Infinity, "nan": NaN}\n',
  'scores/x.yaml': 'loss: 0.5\nsame: 1\n',
  'scores/in/y.toml': 'loss = 0.25\nname = "a | b, c"\n',
  'scripts/prep.sh': `rm -rf clean; mkdir -p clean/deep
for i in 0 1 2 3 4 5 6 7 8 9 10 11; do sort data/raw/a.csv > clean/$(printf %02d $i).csv; echo $i >> clean/$(printf %02d $i).csv; done
cp labels.csv clean/deep/labels.csv; cp labels.csv 'clean/deep/naïve, "q" | 日.txt'
`,
  'scripts/train.sh': `mkdir -p m
grep -q 'eps: 13' params.yaml && { echo 'loss is NaN' >&2; exit 3; }
case $2 in 2) echo "{\\"loss\\": \${1}, \\"acc\\": 0.$2, \\"note\\": \\"a, b\\"}" ;; 3) echo '{"loss": NaN, "extra": {"only": 5}}' ;;
*) echo "{\\"loss\\": \${1}5, \\"acc\\": 0.$2}" ;; esac > "$3"
echo "trained $1 $2"; echo warned >&2
`,
  'scripts/score.sh': `mkdir -p s/$1; echo "f1: 0.5
key: $1" > s/$1/one.yaml
test $1 = beta && echo "f1: 0.75" > s/$1/two.yaml || echo "f2: 1.0" > s/$1/two.yaml
`,
  'curves/curve.csv': 'step,loss,acc,name\n1,3.5,0.1,a\n2,2.25,0.4,"b, c"\n3,1.0,0.5,d\n',
  'data/raw/a.csv': 'c\nb\na\n',
  'data/raw/in/b.csv': 'row\n'.repeat(400),
  'labels.csv': 'x,y\n1,2\n',
  'sub/pipeline.yaml': `stages:
  inner:
    cmd: |
      echo \${lr} > inner.txt
      echo '{"lr": \${lr}}' > inner.json
    deps: [../summary.txt]
    params: [lr]
    outs: [inner.txt]
    metrics: [inner.json: {cache: false}]
`,
  'sub/params.yaml': 'lr: 0.01\nsize: 9\n',
  'sub/inside/.gitkeep': '',
  '.gitignore':
    '/cache\n/clean\n/summary.txt\n/m\n/s/*/two.yaml\n/kept\n/moved.txt\n/copied.txt\n/left\n/curve.csv\n/count.txt\n/sub/inner.txt\n/data/raw\n/labels.csv\n/tick.txt\n/dice.txt\n/new\n',
};

export const ownProject = copiesHere(FILES, async (here) => {
  const git = inGit(here.root);
  git('init', '-q', '-b', 'main');
  await here.out(0, 'add', '-q', 'data/raw', 'labels.csv');
  await here.out(0, 'repro', '-q', '-j', '1');
  git('add', '-A');
  git('commit', '-qm', 'First: "all" | of it');
  git('tag', 'v1');
  await makeHistory(here, git);
  await changeWorkspace(here);
  await makeExperiments(here, git);
  fixTimes(here);
});

async function makeHistory(here: Here, git: Git): Promise<void> {
  const { out, write, read } = here;
  const edit = (file: string, ...pairs: readonly (readonly [string, string])[]): void =>
    write(
      file,
      pairs.reduce((text, [from, to]) => {
        if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
        return text.replace(from, to);
      }, read(file)),
    );
  // A branch of its own, merged below; and a commit that only a tag reaches.
  git('checkout', '-q', '-b', 'side');
  write(
    'report.json',
    '{"all": 0.5, "deep": {"a": 3, "c": "u"}, "side": true, "inf": 3, "nan": 2, "huge": 9007199254740995}\n',
  );
  git('commit', '-qam', 'Side');
  git('checkout', '-q', '--detach');
  write('scores/x.yaml', 'loss: 0.125\n');
  git('commit', '-qam', 'Lost');
  git('tag', '-am', 'Only here', 'lost');
  git('checkout', '-q', 'main');
  edit(
    'params.yaml',
    ['size: 3', 'size: 4'],
    ['[8, 16]', '[8, 32]'],
    ['nothing: null', 'nothing: 0'],
    ['seed: 9007199254740993', 'seed: 9007199254740995'],
    ['day: 2024-05-06\n', 'fresh: {deep: [1, {x: 2}]}\n'],
  );
  edit(
    'pipeline.yaml',
    ['  moved:\n    cmd: cp summary.txt moved.txt', '  copied:\n    cmd: cp summary.txt copied.txt'],
    ['outs: [moved.txt]', 'outs: [copied.txt]'],
    ['fold: [1, 2, 3]', 'fold: [1, 2]'],
    ['{lr: [0.1, 1.0e-05]', '{lr: [0.1, 0.25]'],
    [
      'wdir: sub/inside\n    cmd: cat ../../summary.txt > ../last.txt && echo done\n    deps: [../../summary.txt]\n    outs: [../last.txt',
      'wdir: sub\n    frozen: true\n    cmd: cat ../summary.txt > last.txt && echo done\n    deps: [../summary.txt]\n    outs: [last.txt',
    ],
  );
  const text = read('pipeline.yaml');
  write('pipeline.yaml', `${text.slice(0, text.indexOf('  gone:'))}${text.slice(text.indexOf('  curve:'))}`);
  edit('curves/curve.csv', ['3,1.0,0.5,d', '3,1.5,0.5,d\n4,1.25,,e']);
  edit(
    'scripts/prep.sh',
    ['10 11', '10'],
    [
      "cp labels.csv 'clean",
      "mv clean/00.csv clean/first.csv; cp clean/first.csv clean/00.csv; mv clean/deep/labels.csv clean/renamed.csv; cp labels.csv 'clean",
    ],
  );
  write('scores/x.yaml', 'loss: 0.5\nmore: 2\n');
  // The order in which stages run depends on how long they took.
  fixTimes(here);
  await out(0, 'repro', '-q', '-j', '1');
  git('add', '-A');
  git('commit', '-qm', 'Second');
  git('merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
  git('tag', 'v2');
  git('update-ref', 'refs/remotes/origin/far', 'side');
}

async function changeWorkspace(here: Here): Promise<void> {
  const { write, read, remove, out } = here;
  write(
    'pipeline.yaml',
    `${read('pipeline.yaml')}  tick: {cmd: 'echo \${tick} > tick.txt', outs: [tick.txt]}\n  dice: {cmd: cp secret dice.txt, outs: [dice.txt]}\n  never: {cmd: sh never.sh, deps: [never.sh], outs: [new], always_changed: true}\n`,
  );
  write('never.sh', 'echo tried; exit 4\n');
  for (let tick = 1; tick <= 3; tick += 1) {
    write('params.yaml', `${read('params.yaml').replace(/^tick: .*\n/m, '')}tick: ${tick}\n`);
    await out(0, 'repro', '-q', '-j', '1', 'tick');
  }
  // The same inputs give other results.
  for (const secret of ['one', 'other, longer']) {
    write('secret', secret);
    await here.both(0, 'repro', '-q', '-j', '1', '-f', 'dice');
  }
  // Runs beside which others are old, without the time to run them.
  const history = read('cache/state/history.jsonl');
  const last = history.trimEnd().split('\n').at(-1)!;
  const more = Array.from({ length: 20 }, (_, index) =>
    last.replace(/"run":"[^"]*"/, `"run":"more-${index}"`),
  );
  write('cache/state/history.jsonl', `${history.trimEnd()}\n${more.join('\n')}\n`);
  await out(1, 'repro', '-q', '-j', '1', 'never');
  write('more.yaml', 'size: 6\ntrain: {lr: 7, opt: {name: sgd, nesterov: true}}\n');
  write('data/raw/c.csv', 'new\n');
  remove('copied.txt');
  remove('clean/03.csv');
  write('clean/04.csv', 'by hand\n');
  write('clean/six.csv', read('clean/06.csv'));
  remove('clean/06.csv');
  write('untracked, "q".txt', 'x');
  write('sub/untracked', 'x');
}

/** Done, failed, interrupted, running elsewhere; of two commits, with and without changes; in groups and alone. */
async function makeExperiments({ out, at, write, read }: Here, git: Git): Promise<void> {
  const run = ['exp', 'run', '-q', '-j', '1'];
  await out(1, ...run, 'grid', '-S', 'train.lr=0.2,10', '-S', 'train.opt.eps=1e-3,13', '-t', 'train@0.1-2');
  await out(0, ...run, 'gr', '-S', 'prep.name=it is "x" | y_z', '-t', 'count');
  await at('sub').out(0, ...run, 'inner', '-S', 'params.yaml:lr=5', '-t', 'inner');
  await out(0, ...run, 'grid-10', '-S', 'extra=2', '-S', 'seed=12345678901234567890', '-t', 'count');
  const changed = ['params.yaml', 'more.yaml', 'pipeline.yaml'].map((file) => [file, read(file)] as const);
  git('stash', '-q');
  await out(
    0,
    ...run,
    'clean',
    '-S',
    '+added.key=[1, 2]',
    '-S',
    '~tiny',
    '-t',
    'count',
    '-t',
    'train@0.25-1',
  );
  git('stash', 'pop', '-q');
  for (const [file, text] of changed) if (read(file) !== text) throw new Error(`${file} is not as it was`);
  // As the process that runs it wrote it; one was killed, the other is on another machine.
  let states = ['ran', 'known', 'failed'];
  const running = read('cache/exps/grid-1.json')
    .replace(/(\n  "state": )"done"/, '$1"running"')
    .replace(/\n  "group": .*/, '')
    .replace(/(\n  "ended": .*)/, '')
    .replace(/(\n  "metrics": )\{[^]*?\n  \}/, '$1{}')
    .replace(/(\n {6}"state": )"\w+"/g, (_whole, key: string) => `${key}"${states.shift() ?? 'waiting'}"`);
  states = [];
  for (const [name, runner] of [
    ['killed', ''],
    ['far', '\n  "runner": {"pid": 1, "host": "another"},'],
  ] as const)
    write(`cache/exps/${name}.json`, running.replace(/\n  "name": .*/, `\n  "name": "${name}",${runner}`));
}
