/**
 * Chat channels over WebSocket (RFC 6455) [P]: binary messages whose bytes, joined, are the same stream as over TCP. Text
 * is refused, nothing is compressed, and a message has a bound of its own.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import { noiseProfile } from '../profile/noise-profile.ts';
import { noiseFailure, StreamRefused, type NoiseFailure } from './failure.ts';

export interface WebSocketLimits {
  /** The longest message; by default a frame of the profile's longest and its length. */
  readonly maxMessage?: number;
}

/** Takes an upgrade of an HTTP server; `taken` gets the stream, or is not called where the request was no WebSocket's. */
export type TakeUpgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  taken: (stream: Duplex) => void,
) => void;

/** For an HTTP server's `upgrade` event. Which path and origin are right is for the caller. */
export function createUpgrade(limits: WebSocketLimits = {}): TakeUpgrade {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, ...commonOptions(limits) });
  return (request, socket, head, taken) => {
    server.handleUpgrade(request, socket, head, (webSocket) => taken(streamOf(webSocket)));
  };
}

/** Connects to `ws:` or `wss:`; the signal bounds how long that may take. Redirects are not followed. */
export function connectWebSocket(
  url: URL,
  signal: AbortSignal,
  limits: WebSocketLimits = {},
): Promise<{ readonly kind: 'connected'; readonly stream: Duplex } | NoiseFailure> {
  if (signal.aborted) return Promise.resolve(noiseFailure('aborted'));
  const { promise, resolve } = Promise.withResolvers<
    { readonly kind: 'connected'; readonly stream: Duplex } | NoiseFailure
  >();
  const webSocket = new WebSocket(url, { followRedirects: false, ...commonOptions(limits) });
  const abort = (): void => {
    resolve(noiseFailure('aborted'));
    webSocket.terminate();
  };
  signal.addEventListener('abort', abort, { once: true });
  webSocket.on('error', () => resolve(noiseFailure('stream-error')));
  webSocket.once('open', () => {
    signal.removeEventListener('abort', abort);
    resolve({ kind: 'connected', stream: streamOf(webSocket) });
  });
  webSocket.once('close', () => signal.removeEventListener('abort', abort));
  return promise;
}

function commonOptions(limits: WebSocketLimits): {
  readonly maxPayload: number;
  readonly perMessageDeflate: false;
  readonly skipUTF8Validation: true;
} {
  const maxPayload = limits.maxMessage ?? noiseProfile.maxFrame + noiseProfile.frameLengthBytes;
  return { maxPayload, perMessageDeflate: false, skipUTF8Validation: true };
}

function streamOf(webSocket: WebSocket): Duplex {
  const stream = createWebSocketStream(webSocket);
  // Until the channel listens, an error has nobody to go to.
  stream.on('error', () => undefined);
  webSocket.on('message', (_data, isBinary) => {
    if (!isBinary) stream.destroy(new StreamRefused('text-frame'));
  });
  return stream;
}
