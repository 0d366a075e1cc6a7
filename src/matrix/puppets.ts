import { serverOf, type MatrixUserId, type NetworkId } from '../core/ids.ts';
import { type Failed } from '../core/outcome.ts';
import type {
  PuppetChoice,
  PuppetDesk,
  PuppetRecord,
  PuppetSealing,
  PuppetState,
  PuppetStore,
} from '../core/puppet.ts';
import type { Log } from '../core/task.ts';
import type { Requester } from './client.ts';
import type { Guests, Lender, Speechless, Standing } from './crypto/guests.ts';
import { path } from './path.ts';
import { errcodeOf, type Credential, type Masquerade } from './request.ts';

/** How far double puppeting is offered to a user: not at all, by a token of theirs, or without their doing anything. */
export type PuppetLevel = 'none' | 'token' | 'automatic';

/** The bridge as a user of the homeserver who is none of its own. */
export interface Puppet extends Masquerade {
  readonly credential: Credential;
}

/** What a user is told of their puppet. `unheard`: it cannot speak in encrypted rooms. */
export type PuppetNews =
  | { readonly kind: 'lost' }
  | { readonly kind: 'missed'; readonly network: NetworkId }
  | { readonly kind: 'unheard'; readonly why: Speechless };

export interface PuppetsOptions {
  readonly domain: string;
  /** The as_token of the registration that covers the homeserver's users. */
  readonly asToken: string | undefined;
  /** The device that the bridge has on the account of a user whom it acts as by the registration. */
  readonly deviceId: string;
  readonly deviceName: string;
  readonly levelOf: (user: MatrixUserId) => PuppetLevel;
  /** Tells a user something in their management room; the same id shows once. */
  readonly tell: (user: MatrixUserId, id: string, what: PuppetNews) => Promise<undefined | Failed>;
  /** The bridge's own devices on users' accounts, where it encrypts. */
  readonly guests: Pick<Guests, 'hindrance' | 'settle'> | undefined;
  readonly log: Log;
  readonly now: () => number;
}

/** For so long the registration is not used after the homeserver did not know it: chats go on without it. */
const REST_MS = 60_000;

/** As whom of the users the bridge may act, and by what. */
export class Puppets implements PuppetDesk, Lender {
  readonly #client: Requester;
  readonly #store: PuppetStore;
  readonly #options: PuppetsOptions;
  #restsUntil = 0;

  constructor(client: Requester, store: PuppetStore, options: PuppetsOptions) {
    this.#client = client;
    this.#store = store;
    this.#options = options;
  }

  /** How to act as the user, or `undefined` where that is off. No request is made. */
  async of(userId: MatrixUserId): Promise<Puppet | undefined> {
    const level = this.#levelOf(userId);
    if (level === 'none') return undefined;
    const choice = await this.#choiceOf(userId);
    if (choice.kind === 'off') return undefined;
    if (choice.kind === 'token')
      return { userId, deviceId: undefined, credential: { kind: 'token', token: choice.token } };
    const { asToken, deviceId, now } = this.#options;
    if (asToken === undefined || level !== 'automatic' || now() < this.#restsUntil) return undefined;
    return { userId, deviceId, credential: { kind: 'registration', token: asToken } };
  }

  async state(user: MatrixUserId): Promise<PuppetState> {
    const level = this.#levelOf(user);
    if (level === 'none') return { kind: 'off', why: 'not-offered' };
    const choice = await this.#choiceOf(user);
    if (choice.kind === 'off') return { kind: 'off', why: 'chosen' };
    const standing = await this.standing(user);
    if (standing.kind !== 'off')
      return { kind: 'on', by: standing.kind, encrypted: await this.#sealing(user, standing) };
    return { kind: 'off', why: choice.kind === 'lost' ? 'lost' : 'no-token' };
  }

  /** By what the bridge acts as a user, whether or not that fails at the moment. */
  async standing(user: MatrixUserId): Promise<Standing> {
    const level = this.#levelOf(user);
    const choice = await this.#choiceOf(user);
    if (level === 'none' || choice.kind === 'off') return { kind: 'off' };
    if (choice.kind === 'token') return { kind: 'token', token: choice.token };
    return (level === 'automatic' ? this.registration : undefined) ?? { kind: 'off' };
  }

  get registration(): Credential | undefined {
    const { asToken } = this.#options;
    return asToken === undefined ? undefined : { kind: 'registration', token: asToken };
  }

  async take(user: MatrixUserId, token: string): ReturnType<PuppetDesk['take']> {
    if (this.#levelOf(user) === 'none') return 'not-offered';
    const answer = await this.#client.request({
      method: 'GET',
      path: '/_matrix/client/v3/account/whoami',
      as: { userId: user, deviceId: undefined, credential: { kind: 'token', token } },
      attempts: 2,
    });
    if (answer.kind === 'failed') return isUnknown(answer) ? 'no-token' : answer;
    if (answer.body['user_id'] !== user) return 'another-user';
    await this.#put(user, { kind: 'token', token });
    return 'taken';
  }

  async choose(user: MatrixUserId, choice: 'on' | 'off'): Promise<void> {
    await this.#put(user, { kind: choice === 'on' ? 'default' : 'off' });
  }

  async copies(user: MatrixUserId): Promise<boolean> {
    return (await this.#store.get(user))?.copies === true;
  }

  async chooseCopies(user: MatrixUserId, copies: boolean): Promise<void> {
    await this.#store.put({ ...((await this.#store.get(user)) ?? this.#fresh(user)), copies });
  }

  /**
   * Looks at how an act as a puppet went. True where the homeserver does not take its token any more: the user is told
   * once, and things go on without the puppet.
   */
  async isLost(puppet: Puppet, result: { readonly kind: string } | Failed): Promise<boolean> {
    if (result.kind !== 'failed' || !('cause' in result) || !isUnknown(result)) return false;
    const { log, tell, now } = this.#options;
    if (puppet.credential.kind === 'registration') {
      this.#restsUntil = now() + REST_MS;
      log.error(
        { err: result.cause },
        'the homeserver does not know the registration for double puppeting: compare its tokens with the file that the homeserver has',
      );
      return true;
    }
    const record = await this.#store.get(puppet.userId);
    // Another token may have come since.
    if (record?.choice.kind !== 'token' || record.choice.token !== puppet.credential.token) return true;
    log.warn({ user: puppet.userId }, 'the token of a double puppet is no longer good');
    if ((await tell(puppet.userId, `puppet/lost/${record.since}`, { kind: 'lost' })) === undefined)
      await this.#store.put({ ...record, choice: { kind: 'lost' } });
    await this.#settle(puppet.userId);
    return true;
  }

  /** Something that a user wrote at their other client cannot be shown: they are told the first time, unless they chose it. */
  async missed(user: MatrixUserId, network: NetworkId): Promise<void> {
    await this.#tellOnce(user, { kind: 'missed', network });
  }

  /** The same for encrypted rooms, where the puppet could speak in others. */
  async unheard(user: MatrixUserId, why: Speechless): Promise<void> {
    await this.#tellOnce(user, { kind: 'unheard', why });
  }

  async #tellOnce(user: MatrixUserId, news: PuppetNews): Promise<void> {
    const record = (await this.#store.get(user)) ?? this.#fresh(user);
    if (record.told || record.choice.kind === 'off') return;
    const failed = await this.#options.tell(user, `puppet/${news.kind}/${record.since}`, news);
    if (failed === undefined) await this.#store.put({ ...record, told: true });
  }

  /** Gives the bridge its device on a user's account (MSC4190), where it acts by the registration. */
  async makeDevice({ userId, deviceId, credential }: Puppet): Promise<undefined | Failed> {
    if (deviceId === undefined) return undefined;
    const made = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/devices/${deviceId}`,
      as: { userId, deviceId: undefined, credential },
      body: { display_name: this.#options.deviceName },
    });
    return made.kind === 'failed' ? made : undefined;
  }

  #levelOf(user: MatrixUserId): PuppetLevel {
    return serverOf(user) === this.#options.domain ? this.#options.levelOf(user) : 'none';
  }

  async #choiceOf(user: MatrixUserId): Promise<PuppetChoice> {
    return (await this.#store.get(user))?.choice ?? { kind: 'default' };
  }

  async #put(user: MatrixUserId, choice: PuppetChoice): Promise<void> {
    await this.#store.put({ ...this.#fresh(user), copies: await this.copies(user), choice });
    await this.#settle(user);
  }

  /** The bridge's session on the account goes where it is none any more; what fails now is done from time to time. */
  async #settle(user: MatrixUserId): Promise<void> {
    const failed = await this.#options.guests?.settle(user);
    if (failed !== undefined)
      this.#options.log.warn(
        { reason: failed.reason, err: failed.cause },
        'a session on an account stays for now',
      );
  }

  async #sealing(userId: MatrixUserId, credential: Credential): Promise<PuppetSealing> {
    const { guests } = this.#options;
    if (guests === undefined) return 'no-encryption';
    return (await guests.hindrance({ userId, deviceId: undefined, credential })) ?? 'unverified';
  }

  #fresh(user: MatrixUserId): PuppetRecord {
    return { user, choice: { kind: 'default' }, told: false, copies: false, since: this.#options.now() };
  }
}

function isUnknown(failed: Failed): boolean {
  const code = errcodeOf(failed);
  return code === 'M_UNKNOWN_TOKEN' || code === 'M_MISSING_TOKEN';
}
