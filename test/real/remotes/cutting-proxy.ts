// A connection to a server that a test can disturb: cut after so many bytes, held up, slowed to a drip, or counted.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface CuttingProxy {
  readonly port: number;
  /** Bytes that clients have sent, and been sent, over all connections. */
  readonly sent: number;
  readonly received: number;
  /** Connections that were made. */
  readonly connections: number;
  /**
   * Called with each piece, in either direction; `cut` ends all connections, `hold` takes nothing more from that side of that
   * connection, ever, `drip` passes a byte now and then from here on.
   */
  watch: (proxy: { readonly sent: number; readonly received: number }) => 'pass' | 'cut' | 'hold' | 'drip';
}

const DRIP_MS = 50;

export async function startProxy(t: TestContext, target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const count = { sent: 0, received: 0, connections: 0 };
  const proxy: CuttingProxy = {
    port: (server.address() as AddressInfo).port,
    get sent() {
      return count.sent;
    },
    get received() {
      return count.received;
    },
    get connections() {
      return count.connections;
    },
    watch: () => 'pass',
  };
  server.on('connection', (client) => {
    count.connections += 1;
    const there = connect({ host: '127.0.0.1', port: target });
    const pass = (from: Socket, to: Socket, direction: 'sent' | 'received'): void => {
      sockets.add(from);
      let dripping: Buffer | undefined;
      const timer = setInterval(() => {
        if (!dripping || dripping.length === 0 || to.destroyed) return;
        to.write(dripping.subarray(0, 1));
        dripping = dripping.subarray(1);
      }, DRIP_MS);
      from.on('data', (piece: Buffer) => {
        count[direction] += piece.length;
        const order = proxy.watch(count);
        if (order === 'drip' || dripping) dripping = Buffer.concat([dripping ?? Buffer.alloc(0), piece]);
        else if (order === 'cut') for (const socket of sockets) socket.destroy();
        // What was read on would count with what later connections bring.
        else if (order === 'hold') from.pause();
        else if (order === 'pass' && !to.write(piece)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        clearInterval(timer);
        sockets.delete(from);
        to.destroy();
      });
    };
    pass(client, there, 'sent');
    pass(there, client, 'received');
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}
