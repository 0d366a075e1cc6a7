/** A user's end of the chat channel whose events a test can see and hold up. */
import type { Health } from '../../src/core/network.ts';
import { createChatClient } from '../../src/interop/client/chat-client.ts';
import type { ChatClient, ChatClientTimes, Incoming } from '../../src/interop/client/client.ts';
import { createClientCounts, type ClientCounts } from '../../src/interop/client/counts.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { Address } from '../../src/interop/node/address.ts';
import { newCurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import { createNoiseCounts, type NoiseCounts } from '../../src/interop/noise/failure.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { ChatServer } from './chat-server.ts';

export const login: Login = { integrator: 12, user: '10853634039893' };
export const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhQGV4YW1wbGUub3JnIn0.c2lnbmF0dXJl';
export const bob: Address = { kind: 'pair', user: '77', server: 'lid' };
export const fastTimes: ChatClientTimes = { handshake: 5_000, answer: 5_000, ping: 5_000, again: [10, 40] };

/** What the client has told, in order. */
export interface Told {
  readonly states: { readonly health: Health; readonly why: string | undefined }[];
  readonly stanzas: Incoming[];
  began: number;
  drained: number;
}

export interface ChatEnd extends AsyncDisposable {
  readonly client: ChatClient;
  readonly told: Told;
  readonly noise: NoiseCounts;
  readonly troubles: ClientCounts;
}

export interface ChatEndOptions {
  readonly times?: Partial<ChatClientTimes>;
  readonly stanza?: (stanza: Incoming) => Promise<void>;
  readonly began?: () => Promise<void>;
  readonly token?: () => Promise<string>;
  readonly connect?: ChatServer['connect'];
}

export function chatEnd(server: ChatServer, options: ChatEndOptions = {}): ChatEnd {
  const told: Told = { states: [], stanzas: [], began: 0, drained: 0 };
  const noise = createNoiseCounts();
  const troubles = createClientCounts();
  const client = createChatClient({
    login,
    staticKey: newCurveKeyPair().privateKey,
    roots: server.roots,
    readReceipts: true,
    token: options.token ?? (async () => token),
    connect: options.connect ?? server.connect,
    counts: noise,
    troubles,
    times: { ...fastTimes, ...options.times },
    events: {
      stanza: async (stanza) => {
        await options.stanza?.(stanza);
        told.stanzas.push(stanza);
      },
      changed: (health, why) => void told.states.push({ health, why }),
      began: async () => {
        told.began += 1;
        await options.began?.();
      },
      drained: () => void (told.drained += 1),
    },
  });
  return { client, told, noise, troubles, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** A message with nothing in it but its name. */
export function message(id: string, more: Partial<MessageStanza> = {}): MessageStanza {
  return {
    kind: 'message',
    id,
    from: undefined,
    to: undefined,
    participant: undefined,
    recipient: undefined,
    time: undefined,
    type: 'text',
    notify: undefined,
    offline: undefined,
    edit: undefined,
    sealed: [],
    body: undefined,
    unavailable: false,
    ...more,
  };
}

/** Until it is so; fails after five seconds. */
export async function until(what: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!what()) {
    if (performance.now() > end) throw new Error(`not so in time: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
