// Reads files: small ones at once, large ones in a few threads, so that the main thread stays free. Threads start with the
// first large file and do not keep the process alive.
import { closeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { openCopy, readWhole, type FileRead, type FileTask } from './file-task.ts';

/** Below this a thread costs more than it frees. */
export const LARGE_FILE = 4 << 20;

type Answer =
  | { readonly progress: number }
  | { readonly result: FileRead }
  | { readonly failed: Pick<NodeJS.ErrnoException, 'message' | 'code' | 'errno' | 'syscall' | 'path'> };

interface Waiting {
  readonly task: FileTask;
  readonly progress: (bytes: number) => void;
  readonly resolve: (result: FileRead) => void;
  readonly reject: (error: unknown) => void;
}

const THREADS = Math.min(4, availableParallelism());
const idle: Thread[] = [];
const queue: Waiting[] = [];
let started = 0;

interface Thread {
  read(waiting: Waiting): void;
}

/**
 * Reads (and copies) one file: at once where it is small, in a thread where it is large.
 * @param progress called with bytes read since the last call.
 */
export async function readFile(task: FileTask, progress?: (bytes: number) => void): Promise<FileRead> {
  if (task.copyTo === undefined) return read(task, progress);
  // Not by the thread: it could make the copy after a signal had it removed.
  const target = openCopy(task.copyTo, task.mode);
  try {
    return await read({ ...task, target }, progress);
  } finally {
    closeSync(target);
  }
}

async function read(task: FileTask, progress?: (bytes: number) => void): Promise<FileRead> {
  if (task.size <= LARGE_FILE && !task.written) {
    const result = readWhole(task);
    progress?.(result.bytes);
    return result;
  }
  let reported = 0;
  const result = await inThread(task, (bytes) => {
    reported += bytes;
    progress?.(bytes);
  });
  progress?.(result.bytes - reported);
  return result;
}

function inThread(task: FileTask, progress: (bytes: number) => void): Promise<FileRead> {
  return new Promise((resolve, reject) => {
    queue.push({ task, progress, resolve, reject });
    next();
  });
}

function next(): void {
  if (queue.length === 0) return;
  const thread = idle.pop() ?? (started < THREADS ? startThread() : undefined);
  thread?.read(queue.shift()!);
}

function readHere({ task, resolve, reject }: Waiting): void {
  try {
    // Who writes it would wait for itself.
    if (task.written) throw new Error('no thread could be started');
    resolve(readWhole(task));
  } catch (error) {
    reject(error);
  }
}

function startThread(): Thread {
  started += 1;
  const worker = new Worker(
    new URL(import.meta.url.endsWith('.ts') ? './file-worker.ts' : './file-worker.js', import.meta.url),
  );
  let current: Waiting | undefined;
  const thread: Thread = {
    read(waiting) {
      current = waiting;
      worker.ref();
      worker.postMessage(waiting.task, []);
    },
  };
  worker.on('message', (answer: Answer) => {
    const waiting = current!;
    if ('progress' in answer) {
      waiting.progress(answer.progress);
      return;
    }
    current = undefined;
    worker.unref();
    idle.push(thread);
    next();
    // A signal that came before the answer is heard first, then.
    setImmediate(() => {
      if ('result' in answer) waiting.resolve(answer.result);
      else waiting.reject(Object.assign(new Error(answer.failed.message), answer.failed));
    });
  });
  // Without descriptors or memory for a thread the file is read here.
  worker.on('error', () => {
    started -= 1;
    if (current) readHere(current);
    next();
  });
  return thread;
}
