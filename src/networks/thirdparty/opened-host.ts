/** A host at work: its doors are open, and what has to be done by the clock is done. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Rounds } from '../../core/rounds.ts';
import { task } from '../../core/task.ts';
import { openSigningKeys } from '../../interop/identity/signing-keys.ts';
import { prepareSocket } from '../../interop/noise/tcp.ts';
import { identityProfile } from '../../interop/profile/identity-profile.ts';
import type { GoneWhy } from './accounts.ts';
import { Door } from './door.ts';
import { enlisting } from './enlisting.ts';
import type { HostParts } from './host-parts.ts';
import { formers } from './host-records.ts';
import type { HostListener } from './host.ts';
import type { ServerKeys } from './server-keys.ts';
import { sessionMaker } from './session-maker.ts';
import { Tellings } from './telling.ts';
import { Waking } from './waking.ts';

const day = 86_400_000;
/** For the keys of push tokens. */
const keyPolicy = {
  rotateAfterMs: 30 * day,
  leadMs: identityProfile.keyLeadMs,
  tokenLifeMs: identityProfile.pushTokenLifeMs,
  skewMs: identityProfile.clockSkewMs,
};
const tellAgainMs = 5_000;

export class OpenedHost implements AsyncDisposable {
  readonly #parts: HostParts;
  readonly #server: Server | undefined;
  readonly #door: Door;
  readonly #waking: Waking;
  readonly #tellings: Tellings;
  readonly #rounds: readonly Rounds[];
  readonly #tellRounds: Rounds;

  static async open(parts: HostParts, listener: HostListener, serverKeys: ServerKeys): Promise<OpenedHost> {
    const { options, log, now, accounts } = parts;
    const keys = await openSigningKeys(options.signingKeys, { policy: keyPolicy, log, now });
    await accounts.load();
    const waking = new Waking({ ...parts, ask: options.ask, keys });
    const host = new OpenedHost(parts, listener, serverKeys, waking);
    await host.#openDoors(keys);
    return host;
  }

  private constructor(parts: HostParts, listener: HostListener, serverKeys: ServerKeys, waking: Waking) {
    this.#parts = parts;
    this.#waking = waking;
    const { keeping, accounts, counts, limits, log, options } = parts;
    this.#tellings = new Tellings(keeping, accounts, listener);
    this.#tellRounds = new Rounds({ log, name: 'tell of accounts', round: () => this.#tellRound() });
    const sweeping = new Rounds({
      ...{ log, name: 'sweep accounts and mail' },
      round: async () => {
        await this.sweep();
        return limits.sweepEveryMs;
      },
    });
    this.#rounds = [this.#tellRounds, sweeping];
    const admit = sessionMaker({ parts, listener, waking, remove: (user, why) => this.remove(user, why) });
    this.#door = new Door({ responder: () => serverKeys.responder(), admit, counts, limits, log });
    this.#server = options.chat === undefined ? undefined : createServer();
  }

  get port(): number | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  }

  /** Somebody has mail: it goes over now, or their provider is told. */
  mailFor(user: string, isPushed: boolean): void {
    const session = this.#parts.sessions.of(user);
    if (session !== undefined) session.poke();
    else if (isPushed) void task(this.#parts.log, 'push', () => this.#wake(user));
  }

  /** Takes an account away, with its connection, and tells the listener. */
  async remove(
    user: string,
    why: GoneWhy,
    stays?: Parameters<HostParts['accounts']['remove']>[2],
  ): Promise<void> {
    const { accounts, sessions, mailbox, counts, log } = this.#parts;
    const gone = await accounts.remove(user, why, stays);
    if (gone === undefined) return;
    counts.add(`gone-${why}`);
    mailbox.forget(user);
    // Who asked for it has an answer coming first.
    if (why !== 'deleted') sessions.close(user, 'removed');
    await this.#tellings.tell(user).catch((error: unknown) => {
      log.warn({ err: error }, 'that an account is gone was not taken over yet');
      this.#tellRounds.poke();
    });
  }

  async sweep(): Promise<void> {
    const { accounts, mailbox, sessions, limits, now, keeping } = this.#parts;
    for (const user of sessions.users()) await accounts.seen(user);
    const before = now() - limits.unseenMs;
    for await (const user of accounts.all()) {
      const account = await accounts.ofUser(user);
      if (account !== undefined && account.seenAt < before)
        await this.remove(
          user,
          'unseen',
          ({ seenAt }) => seenAt >= before || sessions.of(user) !== undefined,
        );
    }
    await mailbox.sweep();
    await keeping.records.sweep(keeping.network, 'given', before);
    await keeping.records.sweep(keeping.network, formers, now() - limits.formerMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { web, sessions } = this.#parts;
    web.close();
    const closed = this.#server?.listening === true ? once(this.#server, 'close') : undefined;
    this.#server?.close();
    await Promise.all([this.#door[Symbol.asyncDispose](), sessions.stop(), closed]);
    await Promise.all(this.#rounds.map((rounds) => rounds[Symbol.asyncDispose]()));
    await this.#waking[Symbol.asyncDispose]();
  }

  async #openDoors(keys: Awaited<ReturnType<typeof openSigningKeys>>): Promise<void> {
    const { options, web, log } = this.#parts;
    const enlist = enlisting({
      ...this.#parts,
      tellings: this.#tellings,
      tellAgain: () => this.#tellRounds.poke(),
    });
    if (this.#server !== undefined && options.chat !== undefined) {
      this.#server.on('connection', (socket) =>
        this.#door.take(prepareSocket(socket), socket.remoteAddress ?? ''),
      );
      this.#server.listen(options.chat);
      await once(this.#server, 'listening');
      this.#server.on('error', (error) =>
        log.error({ err: error }, 'the listener of the chat channel failed'),
      );
    }
    web.open({ enlist, keys, door: this.#door });
    for (const rounds of this.#rounds) rounds.poke();
    void task(log, 'push for mail that waits', () => this.#wakeAll());
  }

  async #tellRound(): Promise<number | undefined> {
    const { log } = this.#parts;
    const isLeft = await this.#tellings.tellAll((error) =>
      log.warn({ err: error }, 'what happened to an account was not taken over yet'),
    );
    return isLeft ? tellAgainMs : undefined;
  }

  async #wake(user: string): Promise<void> {
    const account = await this.#parts.accounts.ofUser(user);
    const isOpen = account !== undefined && (await this.#parts.providers.isOpen(account.login.integrator));
    if (isOpen) this.#waking.wake(account);
  }

  /** Nothing of pushes is kept, so whoever has mail is pushed for again. */
  async #wakeAll(): Promise<void> {
    for await (const user of this.#parts.mailbox.owners()) this.mailFor(user, true);
  }
}
