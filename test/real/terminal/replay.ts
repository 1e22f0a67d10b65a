// A puppet: shows the events that a test sends it over a socket, one JSON object per line, exactly as a run would.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../../../src/run/run.ts';
import { makeRenderer } from '../../../src/show/show.ts';

const socket = createConnection(process.argv[2]!);
const renderer = makeRenderer({
  stream: process.stdout,
  tty: true,
  json: false,
  quiet: false,
  verbose: false,
  colour: true,
  github: false,
  estimate: () => undefined,
  now: () => performance.now() / 1000,
});
for await (const line of createInterface({ input: socket })) renderer.event(JSON.parse(line) as RunEvent);
renderer.end();
