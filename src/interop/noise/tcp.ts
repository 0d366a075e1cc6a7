/** Chat channels over TCP. Servers use the sockets of `node:net` as they are, with `prepareSocket`. */
import { connect, type Socket } from 'node:net';
import { noiseFailure, type NoiseFailure } from './failure.ts';

const keepAliveMs = 60_000;

/** Small messages go at once; a connection whose far side has vanished is noticed by the system. */
export function prepareSocket(socket: Socket): Socket {
  return socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
}

/** Connects; the signal bounds how long that may take, and is not heard afterwards. */
export function connectTcp(
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<{ readonly kind: 'connected'; readonly stream: Socket } | NoiseFailure> {
  const { promise, resolve } = Promise.withResolvers<
    { readonly kind: 'connected'; readonly stream: Socket } | NoiseFailure
  >();
  if (signal.aborted) return Promise.resolve(noiseFailure('aborted'));
  const socket = prepareSocket(connect(target));
  const abort = (): void => {
    socket.destroy();
    resolve(noiseFailure('aborted'));
  };
  const fail = (): void => resolve(noiseFailure('stream-error'));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('error', fail);
  socket.once('connect', () => {
    signal.removeEventListener('abort', abort);
    // The channel listens for errors from its first moment, which is later than this one.
    resolve({ kind: 'connected', stream: socket });
  });
  socket.once('close', () => signal.removeEventListener('abort', abort));
  return promise;
}
