// A simulated cluster: how much memory and time `pipe` needs for thousands of stages as jobs, beside 200 nodes that finish 50 of them a
// second. `sbatch`, `squeue`, `scancel` and `scontrol` are small scripts; this program is the nodes: it lets each job take its time and
// then writes what the job would have written. Nodes have a clock of their own: a node takes its next job at the moment at which the one
// before was due, however late this program came to it on a busy machine. Usage: node bench/cluster.ts [STAGES] [NODES] [SECONDS OF A JOB]
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const [stages = 10_000, nodes = 200, seconds = 4] = process.argv.slice(2).map(Number);
const repository = dirname(import.meta.dirname);
const root = mkdtempSync(join(tmpdir(), 'pipe-cluster-'));
const spool = join(root, 'spool');
const states = join(root, 'states');

const PROGRAMS = {
  // The last argument is the script; of an array, the script names those of its tasks.
  sbatch: `case "$*" in *--test-only*) exit 0 ;; esac
id=$(($(cat ${root}/last) + 1)); echo $id > ${root}/last
for script; do :; done
case "$*" in *--array=*) cp "$script" ${spool}/$id.new ;; *) echo "0) sh $script ;;" > ${spool}/$id.new ;; esac
case "$*" in *--array=*) echo array >> ${spool}/$id.new ;; esac
mv ${spool}/$id.new ${spool}/$id
echo $id`,
  // What was submitted and not looked at yet waits too.
  squeue: `cd ${spool}
for id in *; do
  case $id in '*' | *.new) ;; *)
    if grep -q ^array $id; then sed -n "s/^\\([0-9]*\\)) .*/\${id}_\\1|PENDING|None|/p" $id; else echo "$id|PENDING|None|"; fi ;;
  esac
done 2>/dev/null
cat ${states}`,
  scancel: 'true',
  scontrol: 'exit 1',
  sacct: 'exit 1',
};

interface SimulatedJob {
  readonly id: string;
  readonly dir: string;
  /** Milliseconds. */
  readonly submitted: number;
}

function prepare(): void {
  for (const folder of ['bin', 'spool', 'project/out']) mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(PROGRAMS))
    writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  writeFileSync(join(root, 'last'), '0\n');
  writeFileSync(states, '');
  writeFileSync(
    join(root, 'project/pipeline.yaml'),
    `config: {executor: slurm, gitignore: false, slurm: {max_jobs: ${2 * nodes}}}
stages:
  s:
    matrix: {n: "\${numbers}"}
    cmd: work \${item.n}
    outs: ["out/\${item.n}"]
`,
  );
  writeFileSync(
    join(root, 'project/params.yaml'),
    `numbers: [${Array.from({ length: stages }, (_, index) => index).join(', ')}]\n`,
  );
}

/** The submissions that came since the last look. */
const submissions = (): readonly string[] => readdirSync(spool).filter((name) => !name.includes('.'));

function jobsOf(ids: readonly string[]): readonly SimulatedJob[] {
  return ids.flatMap((id) => {
    const text = readFileSync(join(spool, id), 'utf8');
    const submitted = statSync(join(spool, id)).mtimeMs;
    const isArray = text.includes('\narray\n');
    return [...text.matchAll(/^(\d+)\) (?:exec )?sh '?([^'; ]+)'? ;;$/gm)].map(([, task, script]) => ({
      id: isArray ? `${id}_${task}` : id,
      dir: dirname(script!),
      submitted,
    }));
  });
}

/** As the script of a job: of two jobs for one attempt only the first runs, and of one that is over none. @returns whether this does. */
function start({ id, dir }: SimulatedJob): boolean {
  try {
    writeFileSync(join(dir, 'started'), `${id} node\n`, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function finish({ dir }: SimulatedJob): void {
  const [, number] = /\/s@(\d+)\.[^/]*$/.exec(dir)!;
  writeFileSync(join(root, 'project/out', number!), `${number}\n`);
  writeFileSync(join(dir, 'result'), 'code 0\n');
  writeFileSync(join(dirname(dir), 'done', dir.slice(dir.lastIndexOf('/') + 1)), '');
}

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Seconds of processor time, without that of its children. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

prepare();
const env = { ...process.env, PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter) };
const began = Date.now();
const pipe = spawn(process.execPath, [join(repository, 'bin/pipe.js'), 'repro', '-q'], {
  cwd: join(root, 'project'),
  env,
  stdio: 'inherit',
});
process.once('exit', () => pipe.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const waiting: SimulatedJob[] = [];
const running = new Map<SimulatedJob, number>();
/** When each node is free for another job. */
const free = Array.from({ length: nodes }, () => 0);
let [done, twice, memory, cpu] = [0, 0, 0, 0];
/** When the first job began and the last one ended. */
let [first, last] = [Infinity, 0];
const timer = setInterval(() => {
  const now = Date.now();
  const came = submissions();
  waiting.push(...jobsOf(came));
  for (const [job, until] of running) {
    if (now < until) continue;
    running.delete(job);
    finish(job);
    done += 1;
  }
  while (waiting.length > 0) {
    const node = free.indexOf(Math.min(...free));
    const begins = Math.max(free[node]!, waiting[0]!.submitted);
    if (begins > now) break;
    const job = waiting.shift()!;
    if (!start(job)) {
      twice += 1;
      continue;
    }
    const ends = begins + seconds * 1000;
    free[node] = ends;
    running.set(job, ends);
    first = Math.min(first, begins);
    last = ends;
  }
  const lines = [
    ...[...running.keys()].map(({ id }) => `${id}|RUNNING|None|node`),
    ...waiting.map(({ id }) => `${id}|PENDING|Resources|`),
  ];
  writeFileSync(`${states}.new`, lines.map((line) => `${line}\n`).join(''));
  renameSync(`${states}.new`, states);
  for (const id of came) rmSync(join(spool, id));
  memory = Math.max(memory, peakOf(pipe.pid!));
  cpu = Math.max(cpu, cpuOf(pipe.pid!));
}, 50);
pipe.once('exit', (code) => {
  clearInterval(timer);
  const ended = Date.now();
  const tenth = (value: number): number => Number(value.toFixed(1));
  console.log(
    JSON.stringify({
      code,
      stages,
      nodes,
      done,
      'submitted twice': twice,
      'to the first job s': tenth((first - began) / 1000),
      'completions/s of the nodes': tenth(done / ((last - first) / 1000)),
      'at best': tenth(nodes / seconds),
      'from the last job s': tenth((ended - last) / 1000),
      'peak MB': Math.round(memory),
      'CPU s': cpu,
      'CPU ms/stage': tenth((cpu * 1000) / stages),
    }),
  );
  rmSync(root, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
