import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/*
 * Ports that the system hands out by itself are no use to a server that is stopped and started again: while it is away,
 * another process may get its port, or a connection may go out from it. These lie below them (Linux begins at 32768). A
 * process takes a block of them by listening on the block's first port for as long as it lives, so test files that run at
 * the same time have different ones.
 */
const FIRST = 20_000;
const BLOCK = 64;
const BLOCKS = 190;

/** The ports of the block that have not been handed out yet. */
let left: number[] = [];
let taking: Promise<void> | undefined;

/** A TCP port on 127.0.0.1 that nothing listens on, and that no running process was given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = left.shift();
    if (port === undefined) {
      taking ??= takeBlock().finally(() => (taking = undefined));
      await taking;
      continue;
    }
    const probe = await listen(port);
    if (probe === undefined) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

async function takeBlock(): Promise<void> {
  const start = process.pid % BLOCKS;
  for (let turn = 0; turn < BLOCKS; turn++) {
    const first = FIRST + ((start + turn) % BLOCKS) * BLOCK;
    const held = await listen(first);
    if (held === undefined) continue;
    held.unref();
    left = Array.from({ length: BLOCK - 1 }, (_, n) => first + 1 + n);
    return;
  }
  throw new Error('All blocks of ports are taken.');
}

/** Undefined where somebody listens there already. */
function listen(port: number): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') resolve(undefined);
    else reject(error);
  });
  server.listen(port, '127.0.0.1', () => {
    resolve(server);
  });
  return promise;
}
