/** A user's connection to the host with what hangs on it: keys, sessions, what is taken in and what is sent. */
import type { Duplex } from 'node:stream';
import { openSignal, type Signal, type SignalParty } from '../../src/crypto/signal/signal.ts';
import { task } from '../../src/core/task.ts';
import { askKeys } from '../../src/interop/client/ask-keys.ts';
import { createChatClient } from '../../src/interop/client/chat-client.ts';
import type {
  ChatClient,
  ChatClientEvents,
  ChatClientTimes,
  Incoming,
  Outgoing,
} from '../../src/interop/client/client.ts';
import { connectTcp } from '../../src/interop/noise/tcp.ts';
import { connectWebSocket } from '../../src/interop/noise/websocket.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk } from '../../src/interop/talk/talk.ts';
import type { Database } from './database.ts';
import type { PassingEvent } from './event.ts';
import { takeIn } from './inbox.ts';
import { Outbox } from './outbox.ts';
import type { Provider } from './provider.ts';
import { SessionStore } from './session-store.ts';
import type { UserStore } from './user-store.ts';

export interface LinkOptions {
  readonly provider: Provider;
  readonly store: UserStore;
  readonly now: () => number;
  readonly times: Partial<ChatClientTimes>;
  readonly passing: (event: PassingEvent) => void;
  readonly dismissed: () => void;
  /** Is told of each stanza before it is sent, and before one that came is taken in. */
  readonly watch?: ((way: 'in' | 'out', stanza: Incoming | Outgoing) => void) | undefined;
}

/** There is to be one of these for each database, because it keeps what is done on a session in turn. */
const signals = new WeakMap<Database, Signal>();

/** All that is needed while a user is enlisted, under one login. */
export interface Link extends AsyncDisposable {
  readonly talk: Talk;
  readonly party: SignalParty;
  readonly client: ChatClient;
  readonly outbox: Outbox;
}

/** One's own keys and sessions, which are there before anybody is enlisted. */
export function partyOf({ provider, store, now }: Omit<LinkOptions, 'times' | 'passing'>): SignalParty {
  const { database } = provider;
  const signal =
    signals.get(database) ?? openSignal({ store: new SessionStore(database), limits: signalLimits, now });
  signals.set(database, signal);
  return signal.party({ network: 'partner', user: store.identifier });
}

/** Makes it for an enlisted user; it rests until its client is woken. */
export function openLink(options: LinkOptions): Link {
  const { provider, store, now, times } = options;
  const { login } = store;
  if (login === undefined) throw new Error('The user is not enlisted.');
  const host = provider.host();
  const party = partyOf(options);
  const talk: Talk = createTalk({ party, keysOf: (of) => askKeys(client, of) });
  const events = eventsOf(options, () => link);
  const client = createChatClient({
    ...{ login, staticKey: store.staticKey, readReceipts: true, times, now, events },
    roots: host.roots.map(({ serial, key }) => ({
      serial,
      key: Uint8Array.from(Buffer.from(key, 'base64')),
    })),
    token: () => provider.tokenFor(store.identifier),
    connect: (signal) => connect(host.chat_url, signal),
  });
  const needs = { store, talk, log: provider.log, now };
  const send: ChatClient['send'] = (stanza) => {
    options.watch?.('out', stanza);
    return client.send(stanza);
  };
  const outbox = new Outbox({ ...needs, send });
  const link: Link = {
    ...{ talk, party, client, outbox },
    [Symbol.asyncDispose]: async () => {
      const stopped = outbox.stop();
      await client[Symbol.asyncDispose]();
      await stopped;
    },
  };
  return link;
}

function eventsOf(options: LinkOptions, link: () => Link): ChatClientEvents {
  const { store, now, passing, dismissed, provider } = options;
  const refill = (count: number): void =>
    void task(provider.log, 'refill prekeys', () => upload(link(), count));
  return {
    stanza: (stanza) => {
      const { talk, outbox } = link();
      options.watch?.('in', stanza);
      const deliver = (): void => outbox.deliver();
      return takeIn(stanza, { store, talk, deliver, keysLeft: refill, passing, now });
    },
    changed: (health, why) => {
      passing({
        kind: 'link',
        state: health.kind,
        why: why ?? ('reason' in health ? health.reason : undefined),
      });
      if (why === 'dismissed') dismissed();
    },
    began: async () => {
      const { client, outbox } = link();
      const answer = await client.ask({ kind: 'count-keys' });
      if (answer.kind === 'key-count') await upload(link(), answer.count);
      void client.send({
        ...{ kind: 'presence', from: undefined, to: undefined, last: undefined },
        ...{ type: 'available', name: store.name },
      });
      outbox.deliver();
    },
    drained: () => passing({ kind: 'mailbox-read' }),
  };
}

/** Gives the server one's keys, with one-time prekeys where it has few. The same again until it has said that it has them. */
async function upload({ talk, client }: Pick<Link, 'talk' | 'client'>, atServer: number): Promise<void> {
  const keys = await talk.keys.upload(atServer);
  if ('kind' in keys) return;
  const { registration, identity, signed, prekeys } = keys;
  const answer = await client.ask({ kind: 'upload-keys', registration, identity, signed, prekeys });
  if (answer.kind === 'done')
    await talk.keys.uploaded({ signed: signed.id, prekeys: prekeys.map(({ id }) => id) });
}

async function connect(address: string, signal: AbortSignal): Promise<Duplex> {
  const url = new URL(address);
  const connected =
    url.protocol === 'tcp:'
      ? await connectTcp({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }, signal)
      : await connectWebSocket(url, signal);
  if (connected.kind === 'failed') throw new Error(connected.reason);
  return connected.stream;
}
