// Starts commands from a small process, where the system allows that: a fork of this one costs several times as much, by its memory.
// forker-script.ts says what the two write to each other.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants as files, existsSync, openSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import type { Exit, Usage } from '../event.ts';
import { FORKER } from './forker-script.ts';
import { isPassedOn, type PlainCommand } from './plain-command.ts';
import type { ShellCommand, StartedCommand } from './start-command.ts';

const PERL = '/usr/bin/perl';
/** Numbers of the system calls setsid, pidfd_open, dup3, wait4, pipe2, close and openat: Perl has no words for them, or slow ones. */
const CALLS: { readonly [arch: string]: readonly number[] } = {
  x64: [112, 434, 292, 61, 293, 3, 257],
  arm64: [157, 434, 24, 260, 59, 57, 56],
};
/** At a time: select(2), by which the forker waits, takes 1,024 descriptors. */
const MOST = 200;

const NO_PLAIN: PlainCommand = { words: [], files: [] };

/** Descriptors of the end of a pipe that is read. */
interface Pipe {
  /** In the forker. */
  readonly there: number;
  /** In this process. */
  readonly here: number;
}

/** Of one command: output, error, progress. Empty without a free descriptor. */
type Pipes = readonly Pipe[];

interface Running {
  pid?: number;
  /** The system did not execute it. */
  isRefused: boolean;
  used?: Usage;
  /** Others of its group run after its end. */
  hasGroup: boolean;
  readonly onStarted: () => void;
  /** Gets undefined for one that was not executed. */
  readonly onEnded: (exit: Exit | undefined) => void;
}

/**
 * @param env what most commands have: with each only what differs is sent. @param stdin whether they read our standard input.
 * @returns undefined where the system has no Perl, or another kernel.
 */
export function openForker(env: ShellCommand['env'], stdin: boolean): Forker | undefined {
  const calls = process.platform === 'linux' ? CALLS[process.arch] : undefined;
  if (!calls || !existsSync(PERL)) return undefined;
  const child = spawn(PERL, ['-e', FORKER, ...calls.map(String)], {
    detached: true,
    cwd: '/',
    // Processes of a dead run are found by it. Nothing else may decide how Perl works.
    env: { PIPE_RUN_ID: env['PIPE_RUN_ID'] },
    stdio: [stdin ? 'inherit' : 'ignore', 'ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  return child.pid === undefined ? refuse(child) : new Forker(child, env);
}

/** Without a free descriptor, for example: where the command is started from here the reason is reported. */
function refuse(child: ChildProcess): undefined {
  child.on('error', () => {});
}

export class Forker {
  readonly #child: ChildProcess;
  readonly #requests: Writable;
  readonly #reports: Socket;
  readonly #env: ShellCommand['env'];
  /** A shell would pass the environment on as it is. */
  readonly #passesAll: boolean;
  readonly #pipes: Pipes[] = [];
  readonly #waiting: ((pipes: Pipes) => void)[] = [];
  readonly #running = new Map<string, Running>();
  readonly #ended: Promise<void>;
  #isOver = false;
  #isClosing = false;
  #count = 0;
  /** Of the reports: a line without its end. */
  #rest = '';

  constructor(child: ChildProcess, env: ShellCommand['env']) {
    this.#child = child;
    this.#env = env;
    this.#passesAll = assignments(env).every(isPassedOn);
    // The types know five.
    const [, , , , requests, reports] = child.stdio as readonly unknown[];
    this.#requests = requests as Writable;
    this.#reports = reports as Socket;
    this.#reports.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#requests.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        this.#end();
        resolve();
      });
    });
    this.#hold();
    this.#send(['e', ...assignments(env)]);
  }

  /** @returns undefined where it must be started otherwise. */
  async start(command: ShellCommand): Promise<StartedCommand | undefined> {
    const { shell, args, cwd, env } = command;
    const changes = changesBetween(this.#env, env);
    const { words, files } = (this.#passesAll && changes.every(isPassedOn) && command.plain) || NO_PLAIN;
    const request = [cwd, ...[[shell, ...args], words, files].flatMap(counted), ...changes];
    if (request.some((field) => field.includes('\0'))) return undefined;
    if (this.#isOver || this.#running.size + this.#waiting.length >= MOST) return undefined;
    const pipes = this.#pipes.shift() ?? (await this.#nextPipes());
    if (pipes.length === 0) return undefined;
    const id = String((this.#count += 1));
    const exit = Promise.withResolvers<Exit | undefined>();
    const started = Promise.withResolvers<void>();
    const running: Running = {
      isRefused: false,
      hasGroup: true,
      onStarted: started.resolve,
      onEnded: exit.resolve,
    };
    this.#running.set(id, running);
    this.#hold();
    this.#send(['s', id, String(pipes[0]!.there), ...request]);
    await started.promise;
    const streams = pipes.map(({ here }) => new Socket({ fd: here, readable: true, writable: false }));
    const [stdout, stderr, progress] = streams;
    const open = (): Pipes => pipes.filter((_, index) => !streams[index]!.destroyed);
    return {
      pid: running.pid,
      exit: exit.promise,
      used: () => running.used,
      hasGroup: () => running.hasGroup,
      output: { stdout, stderr, progress },
      held: () => open().map(({ here }) => readlinkSync(`/proc/self/fd/${here}`)),
    };
  }

  /** Resolves when the process has ended. */
  async close(): Promise<void> {
    // Its end comes after the end of its reports: without both, this process could end before, as if all were well.
    this.#isClosing = true;
    this.#hold();
    this.#requests.end();
    await this.#ended;
    for (const pipes of this.#pipes.splice(0)) closeAll(pipes);
  }

  #nextPipes(): Promise<Pipes> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#hold();
    });
  }

  #send(fields: readonly string[]): void {
    const body = fields.join('\0');
    this.#requests.write(`${Buffer.byteLength(body)}\n${body}`);
  }

  /** This process waits for what runs, and for nothing else. */
  #hold(): void {
    const isNeeded = this.#isClosing || this.#running.size + this.#waiting.length > 0;
    for (const part of [this.#child, this.#reports])
      if (isNeeded) part.ref();
      else part.unref();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line.split('\0'));
    this.#hold();
  }

  #take([what, first = '', ...more]: readonly string[]): void {
    if (what === 'd') return this.#takePipes(this.#open(first === '' ? [] : [first, ...more]));
    const running = this.#running.get(first);
    if (!running) return;
    if (what === 'p') running.pid = Number(more[0]);
    if (what === 'x') running.isRefused = true;
    if (what === 'q' || (what === 'x' && running.pid === undefined)) {
      this.#running.delete(first);
      if (what === 'q') {
        running.used = { cpu: Number(more[1]) / 1e6, memory: Number(more[2]) * 1024 };
        running.hasGroup = more[3] !== '0';
      }
      running.onEnded(running.isRefused ? undefined : exitOf(Number(more[0])));
    }
    running.onStarted();
  }

  #takePipes(pipes: Pipes): void {
    const take = this.#waiting.shift();
    if (take) take(pipes);
    else this.#pipes.push(pipes);
  }

  #open(descriptors: readonly string[]): Pipes {
    const pipes: Pipe[] = [];
    try {
      for (const there of descriptors) {
        const path = `/proc/${this.#child.pid}/fd/${there}`;
        pipes.push({ there: Number(there), here: openSync(path, files.O_RDONLY | files.O_NONBLOCK) });
      }
      return pipes;
    } catch {
      // No free descriptor, or no access to /proc.
      closeAll(pipes);
      return [];
    }
  }

  /** What ran then is ended by whoever waits for it. */
  #end(): void {
    this.#isOver = true;
    for (const take of this.#waiting.splice(0)) take([]);
    for (const running of this.#running.values()) {
      running.onEnded({
        kind: 'lost',
        message: 'the process that had started it, which something outside of pipe ended',
      });
      running.onStarted();
    }
    this.#running.clear();
  }
}

function closeAll(pipes: Pipes): void {
  for (const { here } of pipes) closeSync(here);
}

const counted = (fields: readonly string[]): readonly string[] => [String(fields.length), ...fields];

type Environment = ShellCommand['env'];

function assignments(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}

/** A variable that is only in the first is a name alone. */
function changesBetween(from: Environment, to: Environment): string[] {
  const removed = Object.keys(from).filter((name) => from[name] !== undefined && to[name] === undefined);
  const set = Object.entries(to).filter(([name, value]) => value !== undefined && from[name] !== value);
  return [...removed, ...set.map(([name, value]) => `${name}=${value}`)];
}

// Some have two names, of which the first is the usual one.
const signals = new Map(
  Object.entries(constants.signals)
    .map(([name, number]) => [number, name] as const)
    .toReversed(),
);

/** @param status as wait(2) gives it. */
function exitOf(status: number): Exit {
  const signal = status & 0x7f;
  if (signal === 0) return { kind: 'code', code: status >> 8 };
  return { kind: 'signal', signal: signals.get(signal) ?? `signal ${signal}` };
}
