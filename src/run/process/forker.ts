// Starts commands from a small process, where the system allows that: a fork of this one costs several times as much, by its memory.
// forker-script.ts says what the two write to each other.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { assignments, valueOf, type Environment, type Variables } from './environment.ts';
import { FORKER } from './forker-script.ts';
import { isPassedOn, type PlainCommand } from './plain-command.ts';
import type { StreamName } from './printed.ts';
import { RunningCommand } from './running-command.ts';
import { asShellSets, OF_SHELL } from './shell-variables.ts';
import type { ShellCommand, StartedCommand } from './start-command.ts';

const PERL = '/usr/bin/perl';
/**
 * The layout of an event of epoll in Perl's words, and the numbers of the system calls setsid, pidfd_open, dup3, wait4, pipe2, close,
 * openat, read, epoll_create1, epoll_ctl, epoll_pwait, clone and execve: Perl has no words for them, or slow ones.
 */
const CALLS: { readonly [arch: string]: readonly (string | number)[] } = {
  x64: ['Llx4', 112, 434, 292, 61, 293, 3, 257, 0, 291, 233, 281, 56, 59],
  arm64: ['Lx4lx4', 157, 434, 24, 260, 59, 57, 56, 63, 20, 21, 22, 220, 221],
};
/** At a time: each takes four descriptors of the forker. */
const MOST = 200;

const STREAMS: { readonly [number: string]: StreamName } = { 1: 'stdout', 2: 'stderr', 3: 'progress' };
const [NUL, LINE_END, OUTPUT] = [0, 10, 0x6f];

/**
 * @param run its id, by which its processes are found. @param inherited what all commands inherit: with each only the rest is sent.
 * @param stdin whether they read our standard input.
 * @returns undefined where the system has no Perl, or another kernel.
 */
export function openForker(run: string, inherited: Variables, stdin: boolean): Forker | undefined {
  const calls = process.platform === 'linux' ? CALLS[process.arch] : undefined;
  if (!calls || !existsSync(PERL)) return undefined;
  const [event, ...numbers] = calls.map(String);
  const child = spawn(PERL, ['-e', FORKER, event!, run, ...numbers], {
    detached: true,
    cwd: '/',
    // Nothing else may decide how Perl works. Without the run's id: processes that have it are ended. What Perl does not link to at its
    // start it would link to in each copy of itself.
    env: { LD_BIND_NOW: '1' },
    stdio: [stdin ? 'inherit' : 'ignore', 'ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  return child.pid === undefined ? refuse(child) : new Forker(child, inherited);
}

/** Without a free descriptor, for example: where the command is started from here the reason is reported. */
function refuse(child: ChildProcess): undefined {
  child.on('error', () => {});
}

export class Forker {
  readonly #child: ChildProcess;
  readonly #requests: Socket;
  readonly #reports: Socket;
  readonly #inherited: Variables;
  /** Names of variables that are sent with each command, since some commands have values of their own. */
  readonly #apart = new Set<string>();
  /** A shell would pass the environment on as it is. */
  readonly #passesAll: boolean;
  readonly #running = new Map<string, RunningCommand>();
  readonly #ended: Promise<void>;
  #isOver = false;
  #isClosing = false;
  /** This process waits for it. */
  #isHeld = true;
  #count = 0;
  /** The first part of a report. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(child: ChildProcess, inherited: Variables) {
    this.#child = child;
    this.#inherited = inherited;
    this.#passesAll = assignments(inherited).every(isPassedOn);
    // The types know five.
    const [, , , , requests, reports] = child.stdio as readonly unknown[];
    this.#requests = requests as Socket;
    this.#reports = reports as Socket;
    this.#reports.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#requests.on('error', () => {});
    // Its guard has the other end, too.
    this.#requests.unref();
    const parts = [[child, 'exit'] as const, [this.#reports, 'close'] as const];
    const ends = parts.map(([part, end]) => new Promise((resolve) => part.once(end, resolve)));
    this.#ended = Promise.all(ends).then(() => this.#end());
    this.#hold();
    this.#setApart(OF_SHELL);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** @returns undefined where it must be started otherwise. */
  async start(command: ShellCommand): Promise<StartedCommand | undefined> {
    const { shell, args, cwd, env } = command;
    if (env.inherited !== this.#inherited) return undefined;
    this.#setApart(Object.keys(env.own));
    const plain = this.#plainOf(command);
    const differing = Object.keys(plain?.variables ?? {});
    const both = [...this.#apart].filter((name) => !differing.includes(name));
    const request = [
      cwd,
      valueOf(env, 'PATH') ?? '',
      ...counted([shell, ...args]),
      ...counted(plain?.words ?? []),
      ...counted(plain?.files ?? []),
      ...counted(assigned(env, differing)),
      ...counted(assignments(plain?.variables ?? {})),
      ...assigned(env, both),
    ];
    if (request.some((field) => field.includes('\0'))) return undefined;
    if (this.#isOver || this.#running.size >= MOST) return undefined;
    const id = String((this.#count += 1));
    const running = new RunningCommand(() => this.#send(['c', id]));
    this.#running.set(id, running);
    this.#hold();
    this.#send(['s', id, ...request]);
    await running.started;
    return running;
  }

  /** Nothing of the run is left to be ended. Resolves when the process has ended. */
  async close(): Promise<void> {
    // Its end comes after the end of its reports: without both, this process could end before, as if all were well.
    this.#isClosing = true;
    this.#hold();
    this.#send(['d']);
    this.#requests.end();
    await this.#ended;
  }

  /** The command without a shell, and the variables that a shell would change. */
  #plainOf({ plain, shell, cwd, env }: ShellCommand): (PlainCommand & { variables: Variables }) | undefined {
    if (!plain || !this.#passesAll || !Object.keys(env.own).every(isPassedOn)) return undefined;
    const variables = asShellSets(env, shell, cwd);
    return variables && { ...plain, variables };
  }

  #setApart(names: readonly string[]): void {
    const before = this.#apart.size;
    for (const name of names) this.#apart.add(name);
    if (this.#apart.size === before) return;
    const common = Object.entries(this.#inherited).filter(([name]) => !this.#apart.has(name));
    this.#send(['e', ...assignments(Object.fromEntries(common))]);
  }

  #send(fields: readonly string[]): void {
    const body = fields.join('\0');
    this.#requests.write(`${Buffer.byteLength(body)}\n${body}`);
  }

  /** This process waits for what runs, and for nothing else. */
  #hold(): void {
    const isNeeded = this.#isClosing || this.#running.size > 0;
    if (isNeeded === this.#isHeld) return;
    this.#isHeld = isNeeded;
    for (const part of [this.#child, this.#reports])
      if (isNeeded) part.ref();
      else part.unref();
  }

  #read(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (let at = data.indexOf(LINE_END); at !== -1; at = data.indexOf(LINE_END, from)) {
      const end = at + 1 + Number(data.toString('latin1', from, at));
      if (end > data.length) break;
      this.#take(data.subarray(at + 1, end));
      from = end;
    }
    this.#rest = data.subarray(from);
    this.#hold();
  }

  #take(report: Buffer): void {
    if (report[0] === OUTPUT) return this.#takeText(report);
    const [what, id = '', ...more] = report.toString().split('\0');
    const running = this.#running.get(id);
    if (!running) return;
    if (what === 'p') running.takeStart(Number(more[0]));
    if (what === 'x') running.takeRefusal();
    if (what === 'q') running.takeEnd(more.map(Number));
    if (what === 'z') running.takeClosing(more);
    if (running.isClosed) this.#running.delete(id);
  }

  #takeText(report: Buffer): void {
    const id = report.indexOf(NUL) + 1;
    const stream = report.indexOf(NUL, id) + 1;
    const text = report.indexOf(NUL, stream) + 1;
    const running = this.#running.get(report.toString('latin1', id, stream - 1));
    running?.takeText(STREAMS[report.toString('latin1', stream, text - 1)]!, report.subarray(text));
  }

  /** What ran then is ended by whoever waits for it. */
  #end(): void {
    this.#isOver = true;
    for (const running of this.#running.values()) running.lose();
    this.#running.clear();
  }
}

const counted = (fields: readonly string[]): readonly string[] => [String(fields.length), ...fields];

const assigned = (env: Environment, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => {
    const value = valueOf(env, name);
    return value === undefined ? [] : [`${name}=${value}`];
  });
