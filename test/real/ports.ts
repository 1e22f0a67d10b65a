// Ports of this machine for servers of the suites, which run beside each other and in several processes.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below those that Linux gives to connections, which could take one before its server does. */
const PORTS = { first: 20_000, last: 32_000 };

export const freePort = (): Promise<number> => freePorts(1);

/** @returns the first of several that follow each other, which no other test takes while this process lives. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(PORTS.first, PORTS.last - count);
    const all = Array.from({ length: count }, (_, index) => first + index);
    const claims = await Promise.all(all.map((port) => listen({ path: `\0pipe-test-port-${port}` })));
    const isFree = claims.every(Boolean) && (await Promise.all(all.map(answersNowhere))).every(Boolean);
    if (isFree) return first;
    for (const claim of claims) claim?.close();
  }
}

async function answersNowhere(port: number): Promise<boolean> {
  const server = await listen({ port, host: '127.0.0.1' });
  if (!server) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** @returns a server that does not keep the process; undefined where another one has the address. */
function listen(address: { path: string } | { port: number; host: string }): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(undefined));
    server.listen(address, () => resolve(server));
  });
}
