/** Puts encryption together for the Matrix side. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, EngineOptions } from '../../crypto/megolm/engine.ts';
import type { MatrixUserId, RoomId } from '../../core/ids.ts';
import type { Failed } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import type { Stores } from '../../core/stores.ts';
import type { Log } from '../../core/task.ts';
import { Tasks } from '../../core/tasks.ts';
import { text } from '../../texts/catalogue.ts';
import type { Accounts } from '../accounts.ts';
import type { Requester } from '../client.ts';
import type { MatrixConfig } from '../config.ts';
import type { GhostIds } from '../ghost-id.ts';
import { Membership } from '../membership.ts';
import { Acquaintances } from './acquaintances.ts';
import { deviceRequests } from './device-requests.ts';
import { EncryptedRooms } from './encrypted-rooms.ts';
import { guestPrefix, Guests } from './guests.ts';
import { Identities } from './identities.ts';
import { RoomBook } from './room-book.ts';
import { Sealer } from './sealer.ts';
import { Watcher } from './watcher.ts';

export interface CryptoSideDeps {
  readonly config: MatrixConfig;
  /** Absent where the bridge is not to work in encrypted rooms. */
  readonly engine: Engine | undefined;
  readonly client: Requester;
  readonly accounts: Accounts;
  readonly stores: Pick<Stores, 'portals' | 'users'>;
  readonly ghostIds: GhostIds;
  readonly bot: MatrixUserId;
  readonly isOwn: (userId: string) => boolean;
  readonly log: Log;
}

const longestPollMs = 30_000;
/** How often it is looked whether the bridge still speaks for those on whose accounts it has a session. */
const guestRoundMs = 600_000;
const guestAgainMs = 30_000;
/** A stop waits so long for the homeserver to take down how old the keys are. */
const markMs = 2_000;

/** All of encryption that the Matrix side sees. */
export class CryptoSide implements AsyncDisposable {
  readonly book: RoomBook;
  readonly rooms: EncryptedRooms;
  readonly sealer: Sealer;
  readonly identities: Identities | undefined;
  readonly guests: Guests | undefined;
  readonly watcher: Watcher | undefined;
  /** By which the engine asks the homeserver. */
  readonly requests: EngineOptions['request'];
  readonly #deps: CryptoSideDeps;
  readonly #tasks: Tasks;
  readonly #stop = new AbortController();

  constructor(deps: CryptoSideDeps) {
    const { config, engine, client, accounts, bot, isOwn, log } = deps;
    this.#deps = deps;
    this.#tasks = new Tasks(log);
    this.requests = deviceRequests(client, async (user, deviceId) =>
      isOwn(user) ? 'own' : ((await this.guests?.credentialOf(user, deviceId)) ?? 'none'),
    );
    this.book = new RoomBook({
      ...{ client, bot, isOwn },
      onEncrypted: (room) => this.#background('an encrypted room', () => this.#prepare(room)),
      onLeft: (room) => this.sealer.left(room),
    });
    if (engine !== undefined) {
      const { deviceId, botDisplayName: deviceName } = config.appservice;
      this.identities = new Identities({ engine, accounts, deviceId, deviceName, isOwn, log });
      this.guests = makeGuests(deps, engine);
      this.watcher = makeWatcher(deps, engine);
    }
    this.rooms = new EncryptedRooms(client, this.book, config.encryption, this.identities, log);
    this.sealer = new Sealer({
      ...{ engine, bot, isOwn, book: this.book, identities: this.identities, guests: this.guests },
      required: config.encryption.require,
      watches: watchesOf(deps, this.watcher),
    });
  }

  /** As soon as the homeserver is there the bot gets its keys, and changes of devices are watched. */
  begin(): void {
    const { identities } = this;
    if (identities === undefined) return;
    this.watcher?.start();
    this.#background('keys of the bot', () => this.#insist(() => this.#identifyBot()));
    this.#background('keys of an earlier store', () =>
      this.#insist(() => identities.renew(this.#stop.signal)),
    );
    this.#background('sessions on accounts of users', () => this.#tendGuests());
  }

  /** At once and then from time to time: whoever may no longer be spoken for has the bridge's session taken away. */
  async #tendGuests(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const failed = await this.guests?.sweep(signal);
      await until(failed === undefined ? guestRoundMs : guestAgainMs, signal);
    }
  }

  async #identifyBot(): Promise<undefined | Failed> {
    const { accounts, bot, config } = this.#deps;
    const failed = await accounts.make(bot, config.appservice.botDisplayName);
    return failed ?? this.rooms.identify(bot);
  }

  /** Whether what is sent into a portal's or management room has to be encrypted. */
  async isEncrypted(room: RoomId): Promise<boolean | Failed> {
    const portal = await this.#deps.stores.portals.byRoom(room);
    const user = portal === undefined ? this.#deps.bot : this.#speakerIn(portal);
    const facts = await this.book.facts(room, this.#deps.accounts.as(user ?? this.#deps.bot));
    return facts.kind === 'failed' ? facts : facts.encryption !== undefined;
  }

  /** All keys of an account go: those of one of the bridge's own, and what the bridge has on that of a user. */
  async erase(user: MatrixUserId): Promise<undefined | Failed> {
    return (await this.identities?.erase(user)) ?? this.guests?.erase(user);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.watcher?.[Symbol.asyncDispose]();
    await this.#tasks.done();
    // While the homeserver can still be asked.
    await Promise.race([this.#deps.engine?.mark(), sleep(markMs, undefined, { ref: false })]);
  }

  /** Whoever opens what is said there has keys before somebody speaks. */
  async #prepare(room: RoomId): Promise<void> {
    const portal = await this.#deps.stores.portals.byRoom(room);
    const managed = portal === undefined ? await this.#deps.stores.users.byManagementRoom(room) : undefined;
    const user = portal === undefined ? managed && this.#deps.bot : this.#speakerIn(portal);
    const failed = user && (await this.rooms.identify(user));
    if (failed !== undefined)
      this.#deps.log.warn(
        { reason: failed.reason, err: failed.cause },
        'an encrypted room has to wait for keys',
      );
  }

  #speakerIn(portal: Portal): MatrixUserId | undefined {
    return portal.kind === 'group'
      ? this.#deps.bot
      : this.#deps.ghostIds.userId({ network: portal.key.network, remote: portal.remote });
  }

  /** Until it is done or the bridge stops. */
  async #insist(work: () => Promise<undefined | Failed>): Promise<void> {
    const { signal } = this.#stop;
    for (let pause = 1_000; !signal.aborted; pause = Math.min(pause * 2, 60_000)) {
      if ((await work()) === undefined) return;
      await until(pause, signal);
    }
  }

  #background(name: string, work: () => Promise<unknown>): void {
    void this.#tasks.run(name, work);
  }
}

function makeWatcher({ config, client, accounts, bot, log }: CryptoSideDeps, engine: Engine): Watcher {
  const { requestTimeoutMs } = config.homeserver;
  const { botDisplayName } = config.appservice;
  return new Watcher({
    ...{ client, engine, as: accounts.as(bot), log },
    ensureBot: () => accounts.make(bot, botDisplayName),
    pollMs: Math.min(longestPollMs, Math.ceil(requestTimeoutMs / 2)),
  });
}

function makeGuests({ config, client, stores, log }: CryptoSideDeps, engine: Engine): Guests {
  const { id, deviceId, botDisplayName: name } = config.appservice;
  return new Guests({
    ...{ engine, client, log, prefix: guestPrefix(deviceId, id) },
    nameFor: async (user) =>
      text((await stores.users.get(user))?.language ?? 'en', 'puppet.session', { name }),
    signedOnly: config.encryption.strategy === 'signed-devices',
  });
}

function watchesOf(
  { config, client, accounts, bot, stores, engine }: CryptoSideDeps,
  watcher: Watcher | undefined,
): Acquaintances['watches'] {
  if (watcher === undefined || engine === undefined) return async () => false;
  const membership = new Membership(client);
  const { fresh: believedMs } = config.encryption;
  const known = new Acquaintances({
    engine,
    watcher,
    membership,
    users: stores.users,
    bot: accounts.as(bot),
    believedMs,
  });
  return (facts, readers) => known.watches(facts, readers);
}

function until(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
