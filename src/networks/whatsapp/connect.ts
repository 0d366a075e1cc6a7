/** Opens the stream to the chat channel, as its address says. */
import type { Duplex } from 'node:stream';
import { connectTcp } from '../../interop/noise/tcp.ts';
import { connectWebSocket } from '../../interop/noise/websocket.ts';

const usualPort = 443;

/** Rejects where there is no connection. */
export function connector(address: string): (signal: AbortSignal) => Promise<Duplex> {
  const url = new URL(address);
  return async (signal) => {
    const connected =
      url.protocol === 'tcp:'
        ? await connectTcp({ host: bare(url.hostname), port: Number(url.port || usualPort) }, signal)
        : await connectWebSocket(url, signal);
    if (connected.kind === 'failed') throw new Error(`no connection: ${connected.text}`);
    return connected.stream;
  };
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
