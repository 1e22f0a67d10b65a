// What the suites with a real Slurm share: a cluster for each, runs in it, and what stages say of themselves.
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { after, afterEach, before, type TestContext } from 'node:test';
import { makeWorkspace, runPipe, startPipe, type Event, type TestWorkspace } from '../../workspace.ts';
import { startCluster, type Cluster, type ClusterOptions } from './cluster.ts';

export interface Repro {
  readonly code: number | null;
  readonly events: readonly Event[];
  readonly stderr: string;
  /** The stages of the events of a type, sorted. */
  of(type: string): readonly string[];
}

/** A command that goes on; what is left of it ends with the test. */
export interface Begun {
  readonly pid: number;
  /** What it printed so far, both streams. */
  printed(): string;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface ClusterOfSuite extends Omit<Cluster, 'stop'> {
  /** `repro --json`, whatever becomes of it. */
  readonly repro: (workspace: TestWorkspace, ...args: readonly string[]) => Promise<Repro>;
  /** Waits until no job is in the queue: one whose result is there stays for a moment. Fails where one is left. */
  readonly noJobs: () => Promise<void>;
  readonly begin: (t: TestContext, workspace: TestWorkspace, ...args: readonly string[]) => Begun;
}

/** Starts before the tests of a file and ends after them. */
export function ofCluster(options?: ClusterOptions): ClusterOfSuite {
  let cluster: Cluster | undefined;
  before(async () => {
    cluster = await startCluster(options);
  });
  // Where it could not start, the reason is shown by `before`.
  after(() => cluster?.stop());
  // What a failed test left would hold up the next.
  afterEach(() => {
    const left = cluster?.jobs() ?? [];
    if (left.length > 0) cluster!.slurm('scancel', '--quiet', ...left);
  });
  return {
    get env() {
      return cluster!.env;
    },
    do: (...args) => cluster!.do(...args),
    jobs: () => cluster!.jobs(),
    slurm: (...args) => cluster!.slurm(...args),
    noJobs: () => until(() => cluster!.jobs().length === 0),
    begin(t, workspace, ...args) {
      const child = startPipe(workspace.root, args, cluster!.env);
      t.after(() => child.kill('SIGKILL'));
      let printed = '';
      for (const stream of [child.stdout!, child.stderr!])
        stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
      return {
        pid: child.pid!,
        printed: () => printed,
        kill: (signal) => void child.kill(signal),
        ended: once(child, 'close').then(([code]) => code as number | null),
      };
    },
    async repro(workspace, ...args) {
      const { code, stdout, stderr } = await runPipe(
        workspace.root,
        ['repro', '--json', ...args],
        cluster!.env,
      );
      return resultOf(code, stdout, stderr);
    },
  };
}

export function resultOf(code: number | null, stdout: string, stderr: string): Repro {
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
  const of = (type: string): string[] =>
    events
      .filter((event) => event.type === type)
      .map(({ stage }) => stage!)
      .sort();
  return { code, events, stderr, of };
}

export const failure = ({ events }: Repro): string => {
  const failed = events.find(({ type }) => type === 'failed') as { problem?: { title: string } } | undefined;
  return failed?.problem?.title ?? 'nothing failed';
};

/** How often each stage began, as the stages say themselves. */
export function starts(workspace: TestWorkspace): ReadonlyMap<string, number> {
  const lines = existsSync(workspace.path('starts'))
    ? workspace.read('starts').split('\n').filter(Boolean)
    : [];
  return new Map([...Map.groupBy(lines, (line) => line)].map(([line, all]) => [line, all.length]));
}

export const config = 'config: {executor: slurm, gitignore: false}\n';

export const single = (t: TestContext, stage: string): TestWorkspace =>
  makeWorkspace(t, { 'pipeline.yaml': `${config}stages:\n  one: ${stage}\n` });

const PATIENCE_MS = 40_000;

/** Looks again and again: what it waits for comes from other processes. */
export async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !isSo();) {
    if (Date.now() > end) throw new Error(`it never became so: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
