// `executor: command`: a batch system that the project describes by four commands. The one of these tests starts jobs as processes of
// this machine, and does what each test says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace, runPipe, startPipe, type TestWorkspace } from '../workspace.ts';

/** The id of a job is that of its process. */
const SCRIPTS = {
  'batch/submit': `#!/bin/sh
env | grep ^PIPE_JOB_ | sort > batch/asked
CUDA_VISIBLE_DEVICES=3,5 setsid sh "$PIPE_JOB_SCRIPT" </dev/null >/dev/null 2>&1 &
echo welcome to the cluster
echo $!
`,
  'batch/poll': `#!/bin/sh
for id in $PIPE_JOBS; do
  if [ -e batch/says ]; then echo "$id $(cat batch/says)"
  elif ps -o stat= -p $id | grep -qv Z; then echo "$id running node7"
  else echo "$id done"; fi
done
`,
  'batch/cancel': `#!/bin/sh
echo "$PIPE_SIGNAL $PIPE_JOBS" >> batch/cancelled
kill -s $PIPE_SIGNAL $PIPE_JOBS || true
`,
};
const CONFIG = `config:
  executor: command
  command: {submit: batch/submit, poll: batch/poll, cancel: batch/cancel}
`;

const withStages = (
  t: TestContext,
  stages: string,
  files: Readonly<Record<string, string>> = {},
): TestWorkspace =>
  makeWorkspace(t, { ...SCRIPTS, 'pipeline.yaml': `${CONFIG}stages:\n${stages}`, ...files });

/** Those that the journal knows the end of. */
const submissions = (workspace: TestWorkspace): number =>
  workspace.read('cache/state/jobs/command/jobs.jsonl').split('"submitted"').length - 1;

const isAlive = (pid: string): boolean =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const wasTaken = (workspace: TestWorkspace): boolean => existsSync(workspace.path('pipeline.lock'));

void suite('executor: command', { concurrency: true }, () => {
  test('stages run as jobs, get what they ask for, and their results count as those of local runs', async (t) => {
    const workspace = withStages(
      t,
      `  one:
    cmd: [cat in > one, 'echo said; echo "{\\"done\\": 1}" >&$PIPE_PROGRESS_FD', 'echo $WHO $PIPE_STAGE > who', 'printf "%s\\n" $CUDA_VISIBLE_DEVICES "$PIPE_RESOURCES" > gpus']
    deps: [in]
    outs: [one, who, gpus]
    env: {WHO: me}
    resources: {cpus: 2.5, memory: 1G, gpus: 'a100:2'}
    timeout: 1m
  two: {cmd: 'echo two >> runs; [ $(wc -l < runs) -gt 1 ] || sh "$PIPE_JOB_SCRIPT"; cat one one > two; echo $CUDA_VISIBLE_DEVICES >> two', deps: [one], outs: [two], env: {CUDA_VISIBLE_DEVICES: '5'}}
  here: {cmd: echo $$ > here, outs: [here], executor: local}
`,
      { in: 'text\n' },
    );
    const first = await workspace.repro();
    assert.deepEqual(first.ran, ['here', 'one', 'two']);
    assert.deepEqual([workspace.read('two'), workspace.read('who')], ['text\ntext\n5\n', 'me one\n']);
    assert.equal(workspace.read('runs'), 'two\n', 'a second job for the same attempt runs nothing');
    const [gpus, resources] = workspace.read('gpus').split('\n');
    assert.deepEqual([gpus, (JSON.parse(resources!) as { gpus: unknown }).gpus], ['3,5', ['3', '5']]);
    const states = first.events
      .filter(({ type }) => type === 'job')
      .map(({ stage, state }) => [stage, state]);
    assert.deepEqual(states, [
      ['one', 'queued'],
      ['one', 'running'],
      ['two', 'queued'],
      ['two', 'running'],
    ]);
    assert.ok(first.events.some(({ type, line }) => type === 'output' && line === 'said'));
    assert.ok(first.events.some(({ type }) => type === 'progress'));
    assert.deepEqual((await workspace.repro()).ran, []);
    workspace.write('in', 'other\n');
    assert.deepEqual((await workspace.repro('one')).ran, ['one']);
    const asked = workspace.read('batch/asked');
    for (const line of ['CPUS=3', 'MEMORY=1024', 'GPUS=2', 'GPU_TYPE=a100', 'SECONDS=70', 'STAGE=one'])
      assert.ok(asked.split('\n').includes(`PIPE_JOB_${line}`), `${line} in\n${asked}`);
    workspace.write('in', 'text\n');
    assert.deepEqual((await workspace.repro()).ran, [], 'the run cache has it');
    assert.match((await workspace.expect(0, 'history', '--json')).stdout, /"job":\{"id":"\d+"/);
    assert.deepEqual(readdirSync(workspace.path('cache/state/jobs/command')), ['done']);
  });

  test('a job that fails, is lost, or is refused says how', async (t) => {
    const cases: readonly (readonly [
      stage: string,
      files: Readonly<Record<string, string>>,
      message: RegExp,
    ])[] = [
      ['{cmd: exit 3}', {}, /failed: exit code 3/],
      ['{cmd: sleep 30, timeout: 0.2}', {}, /not done after its timeout of 0.2 s/],
      [
        '{cmd: exit 1}',
        { 'batch/submit': '#!/bin/sh\necho no such queue >&2; exit 4' },
        /did not accept the job: `submit` ended with 4: no such queue/,
      ],
      [
        '{cmd: exit 1}',
        { 'batch/submit': '#!/bin/sh\necho two words' },
        /`submit` printed no id, but 'two words'/,
      ],
      ['{cmd: "true", wdir: nowhere}', {}, /the folder of the stage does not exist/],
    ];
    await Promise.all(
      cases.map(async ([stage, files, message]) => {
        const workspace = withStages(t, `  one: ${stage}\n`, files);
        assert.match((await workspace.expect(1, 'repro')).stdout, message);
      }),
    );
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': 'stages:\n  one: {cmd: "true", executor: command}\n',
    });
    assert.match((await workspace.expect(1, 'repro')).stderr, /batch-undeclared/);
    workspace.write('pipeline.yaml', 'stages:\n  one: {cmd: "true", executor: moon}\n');
    assert.match((await workspace.expect(1, 'repro')).stderr, /expected local, slurm, command, got "moon"/);
    const submit = workspace.path('bin/sbatch');
    workspace.write('bin/sbatch', '#!/bin/sh\necho "sbatch: error: no such node" >&2; exit 1\n');
    chmodSync(submit, 0o755);
    const slurm = (cpus: number): string => `{cmd: "true", executor: slurm, resources: {cpus: ${cpus}}}`;
    workspace.write('pipeline.yaml', `stages:\n  one: ${slurm(1)}\n  two: ${slurm(200)}\n`);
    const { code, stderr } = await runPipe(workspace.root, ['repro'], {
      PATH: `${dirname(submit)}${delimiter}${process.env['PATH']}`,
    });
    assert.equal(code, 1);
    for (const name of ['one', 'two'])
      assert.match(stderr, new RegExp(`Slurm can never run the stage '${name}': no such node`));
  });

  test('`max_jobs` of the commands holds for stages that name the executor themselves', async (t) => {
    const workspace = withStages(
      t,
      "  s: {matrix: {n: [1, 2]}, cmd: 'touch s-${item.n}', outs: ['s-${item.n}'], executor: command}\n" +
        '  old: {cmd: "true", executor: slurm, frozen: true}\n',
    );
    workspace.write(
      'pipeline.yaml',
      workspace
        .read('pipeline.yaml')
        .replace('  executor: command\n', '')
        .replace('command: {', 'command: {max_jobs: 1, '),
    );
    workspace.write('batch/submit', SCRIPTS['batch/submit'].replace('\n', '\nls s-* >> batch/before\n'));
    // Slurm, which is not here, is not asked about a stage that never runs.
    await workspace.repro();
    assert.equal(
      workspace.read('batch/before'),
      's-1\n',
      'the first had ended when the second was submitted',
    );
  });

  test('a lost job is repeated without `retry`, once nothing of it runs any more', async (t) => {
    const workspace = withStages(
      t,
      '  one: {cmd: "echo $$ >> starts; rm -f batch/says; [ $(wc -l < starts) = 2 ] || { echo lost its node > batch/says; sleep 30; }; touch one", outs: [one]}\n',
    );
    workspace.write('batch/says', 'queued');
    const run = await workspace.repro();
    assert.deepEqual(run.events.filter(({ type }) => type === 'start').length, 2);
    const starts = workspace.read('starts').trim().split('\n');
    assert.deepEqual(starts.map(isAlive), [false, false]);
  });

  testInWhole('what the batch system says of the end of a job is named', async (t) => {
    const workspace = withStages(
      t,
      '  one: {cmd: "echo failed out-of-memory at 2 GiB > batch/says; sleep 30"}\n',
    );
    assert.match((await workspace.expect(1, 'repro')).stdout, /its job \d+ ended: out-of-memory at 2 GiB/);
  });

  test('after kill -9 the next run takes over what was submitted, and nothing runs twice', async (t) => {
    const workspace = withStages(
      t,
      '  one: {cmd: "echo x >> starts; until [ -e go ]; do sleep 0.05; done; echo made > one", outs: [one]}\n',
    );
    const run = startPipe(workspace.root, ['repro']);
    await until(() => existsSync(workspace.path('starts')));
    run.kill('SIGKILL');
    await once(run, 'close');
    workspace.write('go', '');
    assert.deepEqual((await workspace.repro()).ran, ['one']);
    assert.deepEqual([workspace.read('starts'), workspace.read('one')], ['x\n', 'made\n']);
  });

  test('a result that was changed while no run watched is not taken for that of the job', async (t) => {
    const workspace = withStages(t, '  one: {cmd: "echo x >> starts; echo made > one", outs: [one]}\n');
    const run = startPipe(workspace.root, ['repro']);
    await until(() => existsSync(workspace.path('starts')));
    // Stopped, it does not see the end of the job.
    run.kill('SIGSTOP');
    await until(
      () => readdirSync(workspace.path('cache/state/jobs/command/done')).length === 1 || wasTaken(workspace),
    );
    run.kill('SIGKILL');
    await once(run, 'close');
    if (wasTaken(workspace)) return t.diagnostic('the run was faster');
    workspace.write('one', 'by hand\n');
    assert.deepEqual((await workspace.repro()).ran, ['one']);
    assert.deepEqual([workspace.read('starts'), workspace.read('one')], ['x\nx\n', 'made\n']);
  });

  test('a job for other inputs, of a stage that runs here now, or of one that is gone, is ended first', async (t) => {
    const stages = (text: string, more = ''): string =>
      `  one: {cmd: "echo ${text} >> starts; [ ${text} = b ] || sleep 30; echo ${text} > one", outs: [one]}
  two: {cmd: "echo >> others; [ -e go ] || sleep 30; touch two", outs: [two]${more}}\n`;
    const gone = '  gone: {cmd: "echo >> last; sleep 30", outs: [gone]}\n';
    const workspace = withStages(t, stages('a') + gone);
    const run = startPipe(workspace.root, ['repro']);
    const begun = ['starts', 'others', 'last'];
    await until(
      () => begun.every((file) => existsSync(workspace.path(file))) && submissions(workspace) === 3,
    );
    run.kill('SIGKILL');
    await once(run, 'close');
    workspace.write('go', '');
    workspace.write('pipeline.yaml', `${CONFIG}stages:\n${stages('b', ', executor: local')}`);
    assert.deepEqual((await workspace.repro()).ran, ['one', 'two']);
    assert.equal(workspace.read('one'), 'b\n');
    assert.match(workspace.read('batch/cancelled'), /^(?:TERM \d+\n){3}$/);
  });

  test('Ctrl-C ends the jobs; a closed terminal leaves them', async (t) => {
    const workspace = withStages(
      t,
      '  one: {cmd: "echo x >> starts; until [ -e go ]; do sleep 0.05; done; touch one", outs: [one]}\n',
    );
    const ended = async (signal: NodeJS.Signals): Promise<readonly [code: number, stdout: string]> => {
      const run = startPipe(workspace.root, ['repro']);
      let stdout = '';
      run.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      workspace.remove('starts');
      await until(() => existsSync(workspace.path('starts')));
      run.kill(signal);
      const [code] = (await once(run, 'close')) as [number];
      return [code, stdout];
    };
    const [code, stdout] = await ended('SIGINT');
    assert.equal(code, 130);
    const [, id] = /1 job was cancelled: (\d+)/.exec(stdout) ?? [];
    assert.match(workspace.read('batch/cancelled'), new RegExp(`^TERM ${id}$`, 'm'));
    assert.ok(!isAlive(id!), 'the job is gone');
    const [left, text] = await ended('SIGHUP');
    assert.equal(left, 129);
    assert.match(text, /1 job left running: \S+/);
    workspace.write('go', '');
    assert.deepEqual((await workspace.repro()).ran, ['one']);
    assert.equal(workspace.read('starts'), 'x\n');
  });

  testInWhole(
    'a system without a shared disk brings back results by `poll` and output by `log`',
    async (t) => {
      // "there" is another machine: its project and the folders of its jobs are elsewhere.
      const workspace = makeWorkspace(t, {
        'batch/submit': `#!/bin/sh
there=$PWD/there/$PIPE_JOB_NAME
mkdir -p $there/job $there/project
cp $PIPE_JOB_DIR/job.sh $PIPE_JOB_DIR/params.json $there/job
while IFS= read -r path; do mkdir -p "$there/project/$(dirname "$path")"; cp -R "$path" "$there/project/$path"; done < $PIPE_JOB_INPUTS
(cd /; PIPE_JOB_DIR=$there/job PIPE_JOB_ROOT=$there/project setsid sh $there/job/job.sh </dev/null >/dev/null 2>&1 &)
echo $PIPE_JOB_NAME
`,
        'batch/poll': `#!/bin/sh
for id in $PIPE_JOBS; do
  there=there/$id here=cache/state/jobs/command/$id
  cp $there/job/started $here/ 2>/dev/null
  if [ -e $there/job/result ]; then
    while IFS= read -r path; do [ -e "$there/project/$path" ] && cp -R "$there/project/$path" "$path"; done < $here/outputs
    cp $there/job/result $here/
    echo $id done
  else echo $id running; fi
done
`,
        'batch/log': '#!/bin/sh\ntail -c +$((PIPE_JOB_OFFSET + 1)) there/$PIPE_JOB/job/output\n',
        'pipeline.yaml': `config:
  executor: command
  command: {submit: batch/submit, poll: batch/poll, cancel: "false", log: batch/log}
stages:
  one: {cmd: "pwd; cat data/in > out/one; cat $PIPE_PARAMS_FILE; echo", deps: [data, out/.keep], params: [rate], outs: [out/one]}
`,
        'data/in': 'text\n',
        'out/.keep': '',
        'params.yaml': 'rate: 1\n',
      });
      const run = await workspace.repro();
      assert.deepEqual(run.ran, ['one']);
      assert.equal(workspace.read('out/one'), 'text\n');
      const printed = run.events.filter(({ type }) => type === 'output').map(({ line }) => line);
      assert.match(String(printed[0]), /\/there\/one\.[\w-]+\/project$/);
      assert.equal(printed[1], '{"params":{"params.yaml":{"rate":1}}}');
    },
  );
});
