// A stage's command that does what the test says, one order at a time. Usage: node puppet-child.ts NAME, with the test's
// socket in PUPPETS.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

export type Order =
  | { readonly do: 'print'; readonly text: string; readonly stream?: 'stdout' | 'stderr' }
  /** Prints so many bytes without a line end. */
  | { readonly do: 'flood'; readonly bytes: number }
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  | { readonly do: 'close'; readonly stream: 'stdout' | 'stderr' }
  | { readonly do: 'ignore'; readonly signals: readonly NodeJS.Signals[] }
  /** Done when the signal, which is ignored, has arrived. */
  | { readonly do: 'hear'; readonly signal: NodeJS.Signals }
  /** Starts another puppet that leaves the process group and keeps our output open. */
  | { readonly do: 'daemon'; readonly name: string; readonly env?: 'kept' | 'empty' }
  /** Starts another puppet in the same group. */
  | { readonly do: 'fork'; readonly name: string }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'die'; readonly signal: NodeJS.Signals };

const path = process.env['PUPPETS']!;
const socket = connect(path);
socket.on('error', () => process.exit(99));
socket.write(`${JSON.stringify({ name: process.argv[2], pid: process.pid })}\n`);
/** Resolves when the signal arrives for the first time. */
const heard = new Map<NodeJS.Signals, Promise<void>>();
createInterface({ input: socket }).on('line', async (line) => {
  const order = JSON.parse(line) as Order;
  if (order.do === 'hear') await heard.get(order.signal);
  else obey(order);
  socket.write('"done"\n');
});

function obey(order: Exclude<Order, { readonly do: 'hear' }>): void {
  switch (order.do) {
    case 'print':
      writeAll(order.stream === 'stderr' ? 2 : 1, Buffer.from(order.text));
      return;
    case 'flood': {
      const piece = Buffer.alloc(1 << 20, 'x');
      for (let left = order.bytes; left > 0; left -= piece.length)
        writeAll(1, left < piece.length ? piece.subarray(0, left) : piece);
      return;
    }
    case 'write':
      mkdirSync(dirname(order.path), { recursive: true });
      writeFileSync(order.path, order.text);
      return;
    case 'close':
      closeSync(order.stream === 'stdout' ? 1 : 2);
      return;
    case 'ignore':
      for (const signal of order.signals)
        heard.set(signal, new Promise((resolve) => process.on(signal, () => resolve())));
      return;
    case 'daemon':
    case 'fork':
      spawn(process.execPath, [import.meta.filename, order.name], {
        stdio: 'inherit',
        detached: order.do === 'daemon',
        env: order.do === 'daemon' && order.env === 'empty' ? { PUPPETS: path } : process.env,
      }).unref();
      return;
    case 'die':
      process.kill(process.pid, order.signal);
      return;
    case 'exit':
      process.exit(order.code);
  }
}

/** The pipe may be full for a while. */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
