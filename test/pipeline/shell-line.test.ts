// Lines of a command that are run by themselves although they were written as parts of one script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canRead, commandsOf, faultOfLine } from '../../src/pipeline/pipeline.ts';
import { errorText, problemsOf, withProject } from './project-folder.ts';

const pipeline = (cmd: string): string =>
  `stages:\n  a:\n    cmd: |\n${cmd
    .split('\n')
    .map((line) => `      ${line}\n`)
    .join('')}`;

test('what is certainly no command of its own', () => {
  for (const line of ['echo a \\', 'echo a && \\', 'echo "a" \\', 'echo \\\\\\'])
    assert.deepEqual(faultOfLine(line), { certain: true, what: 'ends in a backslash' }, line);
  for (const line of ['cat <<EOF', 'cat > x <<-EOF', "cat << 'E O F' | sort", 'cat <<"EOF"', 'cat <<\\EOF'])
    assert.deepEqual(faultOfLine(line), { certain: true, what: 'opens a here-document' }, line);
});

test('what a shell is asked about, and refuses', () => {
  const broken = [
    "echo 'a", 'echo "a', 'echo it\'s', 'echo $(date', 'echo `date', 'if true; then', 'fi', 'else', 'for i in 1 2', 'do echo',
    'done', 'while read x', 'case $x in', 'esac', '(cd x', ')', '{ echo', '}', 'f() {', 'echo a |', 'echo a &&', '|| echo', '; x',
  ]; // prettier-ignore
  for (const line of broken) {
    assert.deepEqual(faultOfLine(line), { certain: false }, line);
    assert.equal(canRead('/bin/sh', line), false, line);
  }
});

test('what is a command is never found fault with, and seldom asked about', () => {
  const good = [
    'python train.py --lr 0.1', 'if [ -f x ]; then echo a; fi', 'for i in 1 2; do echo $i; done', 'while read x; do echo $x; done < f',
    'case $x in a) echo;; *) exit 1;; esac', "echo 'a\\'", "echo 'it' \"it's\"", 'echo a\\\\', '# not \\', 'echo a # it\'s', 'echo $((1 << 2))',
    'cat <<< "$x"', '(cd x && make)', '{ echo a; }', "find . -exec rm {} \\;", 'echo ${x#a}', "awk '{print $1}' f | sort", 'echo "$(cat "a b")"',
    'sleep 1 &', "sed 's/(/x/' f", "echo $'it\\'s'", "echo '<<EOF'", 'echo "a <<b"', 'echo "say \\"it\'s\\""', 'f() { echo; }', '[ 1 = 1 ] || exit 1', 'if ! x; then y; fi',
  ]; // prettier-ignore
  for (const line of good) assert.equal(faultOfLine(line), undefined, line);
  for (const line of ['echo if then', 'echo do', 'echo \\('])
    assert.ok(canRead('/bin/sh', line) && faultOfLine(line)?.certain !== true, line);
});

test('a shell that does not know -n, or is not there, refuses nothing', () => {
  for (const shell of ['/bin/false', '/nowhere/bash', '/usr/bin/fish'])
    assert.equal(canRead(shell, 'fi'), true);
});

test('in pipeline.yaml such a line is an error, with its place and the ways out', () => {
  assert.equal(
    errorText({ 'pipeline.yaml': pipeline('mkdir -p x\npython train.py \\\n  --lr 1') }),
    `error[split-command]: line 2 of the command ends in a backslash, but each line runs separately
  → pipeline.yaml:5:7
  5 |       python train.py \\
    |       ^
  help: make the text an item of a list (\`cmd:\` and below it \`- |\`), which runs as one script; or write it on one line, without backslashes at line ends`,
  );
  assert.deepEqual(
    problemsOf({ 'pipeline.yaml': pipeline('if true; then\n  echo a\nfi') }).map(({ title, place }) => [
      title,
      place?.line,
    ]),
    [['line 1 of the command is not a complete command, but each line runs separately', 4]],
  );
  // Each stage has a shell of its own, of which this one cannot be asked.
  const stage = (more: string): string => `{${more}cmd: "if true; then\\necho a\\nfi"}`;
  assert.deepEqual(
    problemsOf({
      'pipeline.yaml': `stages:\n  a: ${stage('')}\n  b: ${stage('env: {SHELL: /none}, ')}\n  c: ${stage('')}\n`,
    }).map(({ place }) => place?.line),
    [2, 4],
  );
});

test('the members of a group are told of once, whatever their values', () => {
  const text =
    'stages:\n  a:\n    foreach: [1, 2, 3]\n    do:\n      cmd: |\n        echo ${item} \\\n          b\n';
  assert.deepEqual(
    problemsOf({ 'pipeline.yaml': text }).map(({ place }) => place?.line),
    [6],
  );
});

test('in dvc.yaml it is a warning, since DVC runs it', () => {
  const warnings = withProject(
    { 'dvc.yaml': pipeline('cat <<EOF\nhello\nEOF') },
    (project) => project.warnings,
  );
  assert.deepEqual(
    warnings.map(({ code, title, place }) => [code, title, place?.file, place?.line]),
    [
      [
        'split-command',
        'line 1 of the command opens a here-document, but each line runs separately',
        'dvc.yaml',
        4,
      ],
    ],
  );
});

test('the ways out work: an item of a list, and a folded line', () => {
  const list = 'stages:\n  a:\n    cmd:\n    - |\n      if true; then\n        echo a\n      fi\n';
  const folded = 'stages:\n  a:\n    cmd: >-\n      python train.py\n      --lr 1\n';
  for (const text of [list, folded])
    assert.equal(
      withProject({ 'pipeline.yaml': text }, ({ stages }) => commandsOf(stages[0]!).length),
      1,
    );
});

test('a line end inside of an expanded flag ends no line, that of a plain value does', () => {
  const params = 'opt: {note: "a\\nb", n: 1}\nscript: "echo x\\necho y"\n';
  const cmd = 'cmd: |\n      run ${opt} \\${HOME}\n      ${script}\n';
  for (const file of ['pipeline.yaml', 'dvc.yaml']) {
    const files = { [file]: `stages:\n  d:\n    ${cmd}`, 'params.yaml': params };
    const [stage] = withProject(files, ({ stages }) => stages);
    assert.deepEqual(commandsOf(stage!), ["run --note 'a\nb' --n 1 ${HOME}", 'echo x', 'echo y']);
    assert.equal(stage!.cmd, "run --note 'a\nb' --n 1 ${HOME}\necho x\necho y\n");
  }
});
