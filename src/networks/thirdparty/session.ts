/**
 * One connection of a provider's user, from its `success` on: stanzas are taken one after the other, each acknowledged once
 * it is durable, and mail goes over beside that. Whatever goes wrong ends this connection and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { task, type Log } from '../../core/task.ts';
import type { TokenBucket } from '../../core/token-bucket.ts';
import { decodeNode } from '../../interop/node/decode.ts';
import { encodeNode } from '../../interop/node/encode.ts';
import type { Node } from '../../interop/node/node.ts';
import type { Channel } from '../../interop/noise/channel.ts';
import { streamErrors } from '../../interop/profile/session-profile.ts';
import { parseStanza, renderStanza, type Stanza } from '../../interop/stanza/stanza.ts';
import type { StreamErrorStanza } from '../../interop/stanza/session-ends.ts';
import type { KeptAccount } from './accounts.ts';
import { HandingOver } from './handing-over.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits } from './host-options.ts';
import type { Mailbox } from './mailbox.ts';
import { Patience } from './patience.ts';
import type { Taken, Taking } from './taking.ts';

export type Closing =
  | 'replaced'
  | 'removed'
  | 'shut-out'
  | 'silent'
  | 'unacknowledged'
  | 'broken'
  | 'failed'
  /** The host stops; not counted. */
  | 'stopping';

export interface SessionDeps {
  readonly channel: Channel;
  readonly account: KeptAccount;
  readonly mailbox: Mailbox;
  readonly taking: (session: Session) => Taking;
  /** Of the account, whatever connections it has had. */
  readonly rate: TokenBucket;
  readonly counts: HostCounts;
  readonly limits: HostLimits;
  readonly log: Log;
  readonly now: () => number;
}

export class Session {
  readonly account: KeptAccount;
  readonly #deps: SessionDeps;
  readonly #taking: Taking;
  readonly #mail: HandingOver;
  readonly #silence: Patience;
  readonly #rate: TokenBucket;
  readonly #ended = Promise.withResolvers<undefined>();
  #closing: Closing | undefined;
  #linger: NodeJS.Timeout | undefined;
  #broken = 0;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.account = deps.account;
    this.#taking = deps.taking(this);
    this.#mail = new HandingOver({
      ...{ mailbox: deps.mailbox, user: deps.account.login.user, counts: deps.counts },
      ...{ limits: deps.limits, log: deps.log },
      send: (stanza) => this.send(stanza),
      failed: (why) => this.close(why),
    });
    this.#silence = new Patience(deps.limits.silenceMs, () => this.close('silent'));
    this.#rate = deps.rate;
  }

  /** Resolves when the connection is gone and nothing that it brought is worked on. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  /** Begins the session, and takes what comes until it is over. Once. */
  async run(began: () => Promise<void>): Promise<void> {
    const { channel, now } = this.#deps;
    try {
      await this.send({ kind: 'success', time: Math.floor(now() / 1_000), location: undefined });
      await began();
      this.poke();
      for (;;) {
        this.#silence.renew();
        const received = await channel.receive();
        if (received.kind !== 'message') return;
        // Who is to go is not heard any more.
        if (this.#closing === undefined) await this.#take(received.body);
      }
    } finally {
      this.#silence.stop();
      clearTimeout(this.#linger);
      channel.abort();
      await this.#mail.stop();
      this.#ended.resolve(undefined);
    }
  }

  /** There is mail. */
  poke(): void {
    if (this.#closing === undefined) this.#mail.poke();
  }

  /** Whether it went out, or waits for the client to read. */
  async send(stanza: Stanza): Promise<boolean> {
    const encoded = encodeNode(renderStanza(stanza));
    if (encoded.kind === 'failed') throw new RangeError(encoded.text);
    return (await this.#deps.channel.send(encoded.bytes)).kind === 'sent';
  }

  takes(active: boolean): void {
    this.#mail.takes(active);
  }

  /** Tells the client why, and ends the connection: at once, or when the client has had time to read it. */
  close(why: Closing): void {
    if (this.#closing !== undefined) return;
    this.#closing = why;
    const { channel, counts, limits, log } = this.#deps;
    if (why !== 'stopping') counts.add(`session-closed-${why}`);
    this.#linger = setTimeout(() => channel.abort(), limits.lingerMs);
    void task(log, 'end a session', async () => {
      await this.send(farewells[why]);
      channel.end();
    });
  }

  async #take(body: Uint8Array): Promise<void> {
    const { counts, log } = this.#deps;
    const decoded = decodeNode(body);
    if (decoded.kind === 'failed') {
      counts.add(`node-${decoded.reason}`);
      this.close('broken');
      return;
    }
    const stanza = parseStanza(decoded.node);
    try {
      if (stanza.kind === 'ack') await this.#acknowledged(stanza);
      else await this.#inTurn(stanza, decoded.node);
    } catch (error) {
      log.warn({ err: error }, 'a stanza could not be taken; its connection ends');
      this.close('failed');
    }
  }

  async #acknowledged(ack: Extract<Stanza, { readonly kind: 'ack' }>): Promise<void> {
    const isMail = ack.of === 'message' || ack.of === 'receipt';
    if (await this.#mail.acknowledged(ack)) return;
    if (isMail) this.#deps.counts.add('ack-unknown');
    await this.#paced();
  }

  async #inTurn(stanza: ReturnType<typeof parseStanza>, node: Node): Promise<void> {
    await this.#paced();
    const taken =
      stanza.kind === 'failed' ? this.#taking.broken(stanza, node) : await this.#taking.take(stanza, node);
    await this.#answer(taken);
  }

  /** Who sends too much is read more slowly. */
  async #paced(): Promise<void> {
    const wait = this.#rate.take();
    if (wait === 0) return;
    this.#deps.counts.add('stanza-delayed');
    await sleep(wait);
    this.#rate.take();
  }

  async #answer(taken: Taken): Promise<void> {
    if (taken.answer !== undefined) await this.send(taken.answer);
    if (taken.then === 'broken') this.#broken += 1;
    if (this.#broken > this.#deps.limits.mostBroken) this.close('broken');
    if (taken.then === 'end') this.#deps.channel.end();
    if (taken.then === 'removed') this.close('removed');
  }
}

const { codes, ...words } = streamErrors;
const conflict = (type: string, code?: number): StreamErrorStanza => ({
  kind: 'stream-error',
  code,
  about: { kind: 'conflict', type },
});
const other = (code: number, tag?: string): StreamErrorStanza => ({
  kind: 'stream-error',
  code,
  about: { kind: 'other', tag },
});
const farewells: Readonly<Record<Closing, Stanza>> = {
  replaced: conflict(words.replaced),
  removed: conflict(words.removed, codes.removed),
  'shut-out': other(codes.unavailable),
  silent: { kind: 'stream-end' },
  unacknowledged: { kind: 'stream-end' },
  broken: other(codes.broken, words.notWellFormed),
  failed: other(codes.unavailable),
  stopping: { kind: 'stream-end' },
};
