// A port of this machine for a server of a test.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { TestContext } from 'node:test';

/** Until the test ends. @returns the address, without a scheme. */
export async function listen(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}
