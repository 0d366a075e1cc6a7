/** An enlisted user's connection: the chat client, the talk on it, and what is owed to the server when it begins. */
import type { Duplex } from 'node:stream';
import type { MatrixUserId } from '../../core/ids.ts';
import type { EventSink, Health } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import { Tasks } from '../../core/tasks.ts';
import type { SignalParty } from '../../crypto/signal/signal.ts';
import type { ChatClient, ChatClientOptions, Outgoing } from '../../interop/client/client.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { SaidFacts } from '../../interop/message/said-facts.ts';
import type { SaidFiles } from '../../interop/message/said-files.ts';
import type { Address } from '../../interop/node/address.ts';
import type { PinnedRoot } from '../../interop/noise/certificate.ts';
import type { Answer } from '../../interop/stanza/answer.ts';
import type { Asking } from '../../interop/stanza/asking.ts';
import type { KeyBundle } from '../../interop/stanza/keys.ts';
import type { Talk, TalkIdentity } from '../../interop/talk/talk.ts';
import { ownAddress, type Person } from './ids.ts';
import type { Identities } from './identities.ts';
import type { PartnerCounts } from './counts.ts';
import { Inbound } from './inbound.ts';
import type { Persons } from './persons.ts';

/** What makes the two ends of the interop layer; tests may give others. */
export interface Makers {
  readonly client: (options: ChatClientOptions) => ChatClient;
  readonly talk: (parts: {
    readonly party: SignalParty;
    readonly keysOf: (who: Address) => Promise<KeyBundle | Failed>;
  }) => Talk;
}

/** What all connections share. */
export interface ConnectionCommon {
  readonly make: Makers;
  readonly roots: readonly PinnedRoot[];
  readonly readReceipts: boolean;
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly times: ChatClientOptions['times'];
  readonly counts: PartnerCounts;
  readonly sink: EventSink;
  readonly persons: Persons;
  readonly identities: Identities;
  readonly saidFiles: SaidFiles;
  readonly kept: (user: MatrixUserId, person: Person, id: string, padded: Uint8Array) => void;
  readonly log: Log;
  readonly now: () => number;
}

export interface ConnectionOptions {
  readonly user: MatrixUserId;
  readonly login: Login;
  readonly staticKey: Uint8Array;
  readonly party: SignalParty;
  readonly token: () => Promise<string>;
  readonly changed: (health: Health, why: 'dismissed' | 'replaced' | undefined) => void;
  readonly drained: () => void;
  readonly unwanted: () => void;
  /** What comes is acknowledged and dropped: the account is about to be deleted. */
  readonly deaf?: boolean;
}

const mostSaid = 1_000;

export class Connection implements AsyncDisposable {
  readonly login: Login;
  readonly talk: Talk;
  /** What was said on it, for what is asked for again. */
  readonly said = new SaidFacts(mostSaid);
  readonly #common: ConnectionCommon;
  readonly #options: ConnectionOptions;
  readonly #client: ChatClient;
  readonly #inbound: Inbound;
  readonly #tasks: Tasks;
  readonly #waiting = new Set<() => void>();
  #isReachable = false;

  constructor(common: ConnectionCommon, options: ConnectionOptions) {
    this.#common = common;
    this.#options = options;
    this.login = options.login;
    this.#tasks = new Tasks(common.log);
    const { make, roots, readReceipts, connect, times, counts, now } = common;
    this.talk = make.talk({ party: options.party, keysOf: (who) => this.#keysOf(who) });
    this.#inbound = this.#makeInbound();
    this.#client = make.client({
      ...{ login: options.login, staticKey: options.staticKey, token: options.token },
      ...{ roots, readReceipts, connect, now },
      ...(times === undefined ? {} : { times }),
      ...{ counts: counts.noise, troubles: counts.troubles },
      events: {
        stanza: async (stanza) => {
          if (options.deaf !== true) await this.#inbound.take(stanza);
        },
        changed: (health, why) => {
          for (const look of [...this.#waiting]) look();
          options.changed(health, why);
        },
        began: () => this.#began(),
        drained: () => options.drained(),
      },
    });
  }

  get health(): Health {
    return this.#client.health();
  }

  wake(): void {
    this.#client.wake();
  }

  rest(): Promise<void> {
    return this.#client.rest();
  }

  /** Waits for the connection to be up, at most so long. */
  async up(ms: number, signal?: AbortSignal): Promise<boolean> {
    this.#client.wake();
    if (this.health.kind === 'up') return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (this.health.kind === 'up') resolve(true);
    };
    const giveUp = (): void => resolve(false);
    const timer = setTimeout(giveUp, ms);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#waiting.add(look);
    look();
    if (signal?.aborted === true) giveUp();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  ask(asking: Asking): Promise<Answer | Failed> {
    return this.#client.ask(asking);
  }

  send(stanza: Outgoing): Promise<{ readonly kind: 'sent' } | Failed> {
    return this.#client.send(stanza);
  }

  /** A person has shown an identity, by a message that came or that is to go. */
  shown(person: Person, name: string, state: TalkIdentity): Promise<void> {
    const { user, party } = this.#options;
    return this.#common.identities.shown({ user, party, talk: this.talk }, person, name, state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    await this.#tasks.done();
  }

  #makeInbound(): Inbound {
    const { sink, persons, saidFiles, counts, kept, log, now } = this.#common;
    const { user, login, unwanted } = this.#options;
    return new Inbound({
      ...{ user, self: ownAddress(login), talk: this.talk, sink, persons, unwanted, log, now },
      ...{ saidFiles, said: this.said },
      counted: counts.happened,
      kept: (person, id, padded) => kept(user, person, id, padded),
      identityShown: (person, name, state) => this.shown(person, name, state),
      send: async (stanza) => {
        const sent = await this.send(stanza);
        if (sent.kind === 'failed')
          log.info({ reason: sent.reason, kind: stanza.kind }, 'an answer was not sent');
        return sent;
      },
      keysLow: async () => void this.#tasks.run('upload keys', () => this.#uploadKeys()),
    });
  }

  /** What fails here is done at the next connection: a user without keys at the server is still reached by what is there. */
  async #began(): Promise<void> {
    if (this.#options.deaf === true) return;
    void this.#tasks.run('begin connection', async () => {
      await this.#uploadKeys();
      await this.#beReachable();
    });
  }

  async #uploadKeys(): Promise<void> {
    const { log } = this.#common;
    const counted = await this.ask({ kind: 'count-keys' });
    if (counted.kind !== 'key-count') {
      log.warn({ reason: reasonOf(counted) }, 'prekeys at the server could not be counted');
      return;
    }
    const upload = await this.talk.keys.upload(counted.count);
    if ('kind' in upload) {
      log.error({ reason: upload.reason }, 'there are no keys to upload');
      return;
    }
    const { registration, identity, signed, prekeys } = upload;
    const asking: Asking =
      prekeys.length === 0
        ? { kind: 'rotate-signed-key', signed }
        : { kind: 'upload-keys', registration, identity, signed, prekeys };
    const answer = await this.ask(asking);
    if (answer.kind === 'failed') {
      log.warn({ reason: answer.reason, prekeys: prekeys.length }, 'keys were not uploaded');
      return;
    }
    await this.talk.keys.uploaded({ signed: signed.id, prekeys: prekeys.map(({ id }) => id) });
  }

  /** A user who has enabled the network lets people reach them [U]. */
  async #beReachable(): Promise<void> {
    if (this.#isReachable) return;
    const reachability = { enabled: true, integrators: [] };
    const answer = await this.ask({ kind: 'set-reachability', reachability });
    this.#isReachable = answer.kind !== 'failed' || answer.retry.kind === 'never';
  }

  async #keysOf(who: Address): Promise<KeyBundle | Failed> {
    const answer = await this.ask({ kind: 'fetch-keys', of: [who] });
    if (answer.kind === 'failed') return answer;
    const [one] = answer.kind === 'keys' ? answer.of : [];
    if (one === undefined) return failedForNow('network-refused');
    if (one.kind === 'keys') return one.keys;
    return one.error.code === 404 ? failedForGood('no-such-user') : failedForNow('user-unavailable');
  }
}

function reasonOf(answer: Answer | Failed): string {
  return answer.kind === 'failed' ? answer.reason : answer.kind;
}
