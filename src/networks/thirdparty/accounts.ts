/**
 * Who is enlisted: accounts by the user's number (53 random bits, never used again) and by a keyed digest of provider and
 * identifier. What is to be told of an account is kept with it, so that a crash loses no word.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { BoundedMap } from '../../core/bounded-map.ts';
import type { RecordChange } from '../../core/network-records.ts';
import { identifierTypes, type IdentifierType } from '../../interop/identity/identifier.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import type { EnlistmentRequest } from '../../interop/enlistment/request.ts';
import {
  accountCollections,
  allOwners,
  ofAccount,
  ofFormer,
  ofIdentifier,
  put,
  readKept,
  toBytes,
  toText,
  type Keeping,
} from './host-records.ts';
import type { Account } from './host.ts';
import { enlistedKeys, keysShape } from './kept-keys.ts';
import { tellingShape, type Telling } from './telling-shape.ts';

/** An account, and the key that its connections prove. */
export interface KeptAccount extends Account {
  readonly authKey: Uint8Array;
}

/** Without the key. */
export function publicAccount(kept: KeptAccount): Account {
  const { login, identifier, identifierType, name, enlistedAt, seenAt } = kept;
  return { login, identifier, identifierType, name, enlistedAt, seenAt };
}

/** Whom a verified token is about. */
export interface Person {
  readonly integrator: number;
  readonly identifierType: IdentifierType;
  readonly identifier: string;
}

export type EnlistedKeys = 'new' | 'same' | 'changed';
export type GoneWhy = 'deleted' | 'unseen' | 'removed';

const shape = z.object({
  integrator: z.int(),
  identifier: z.string(),
  identifierType: z.enum(identifierTypes),
  name: z.string().optional(),
  enlistedAt: z.int(),
  authKey: z.string(),
});

const cacheSize = 20_000;

export class Accounts {
  readonly #keeping: Keeping;
  readonly #key: Uint8Array;
  /** What is in the records; who changes them takes the entry out first. */
  readonly #known = new BoundedMap<string, KeptAccount>(cacheSize);
  /** Grows with every change, so that who read before it does not remember what it read. */
  #changes = 0;
  #count = 0;

  constructor(keeping: Keeping, key: Uint8Array) {
    this.#keeping = keeping;
    this.#key = key;
  }

  /** How many there are, once `load` has counted them. */
  get count(): number {
    return this.#count;
  }

  async load(): Promise<void> {
    this.#count = 0;
    const users = this.all();
    while ((await users.next()).done !== true) this.#count += 1;
  }

  /** The users of all accounts. */
  all(): AsyncGenerator<string, void, undefined> {
    return allOwners(this.#keeping, 'account');
  }

  async ofUser(user: string): Promise<KeptAccount | undefined> {
    const known = this.#known.get(user);
    if (known !== undefined) return known;
    const { network, records } = this.#keeping;
    const changes = this.#changes;
    const kept = await records.get(network, ofAccount('account', user, 'account'));
    if (kept === undefined) return undefined;
    const seen = await records.get(network, ofAccount('seen', user, 'seen'));
    const { authKey, name, integrator, ...rest } = readKept(shape, kept.value);
    const seenAt = Math.max(seen?.at ?? 0, rest.enlistedAt);
    const login = { integrator, user };
    const account = { ...rest, login, name, seenAt, authKey: toBytes(authKey) };
    if (changes === this.#changes) this.#known.set(user, account);
    return account;
  }

  async ofLogin({ integrator, user }: Login): Promise<KeptAccount | undefined> {
    const account = await this.ofUser(user);
    return account?.login.integrator === integrator ? account : undefined;
  }

  /** By an identifier in its normal form. */
  async ofIdentifier(integrator: number, identifier: string): Promise<KeptAccount | undefined> {
    const { network, records } = this.#keeping;
    const found = await records.get(network, ofIdentifier(this.#digest(integrator, identifier)));
    return found === undefined ? undefined : this.ofUser(readKept(z.string(), found.value));
  }

  /**
   * Gives a person their login, the same one where they are enlisted already, and takes over the keys. What the listener is
   * to be told is in `telling`; what it was not told before is told first.
   */
  async enlist(
    person: Person,
    request: EnlistmentRequest,
  ): Promise<{ readonly account: KeptAccount; readonly keys: EnlistedKeys }> {
    const digest = this.#digest(person.integrator, person.identifier);
    return this.#keeping.turns.alone(`enlist ${digest}`, async () => {
      const known = await this.ofIdentifier(person.integrator, person.identifier);
      const again =
        known && (await this.alone(known.login.user, () => this.#again(known.login.user, request)));
      return again ?? { account: await this.#add(person, digest, request), keys: 'new' };
    });
  }

  async #add(person: Person, digest: string, request: EnlistmentRequest): Promise<KeptAccount> {
    const { network, records, now } = this.#keeping;
    const at = now();
    const user = newUser();
    const gone = await records.get(network, ofFormer(digest));
    const former = gone === undefined ? {} : { former: readKept(z.string(), gone.value) };
    const account: KeptAccount = {
      ...{ login: { integrator: person.integrator, user }, identifier: person.identifier },
      ...{ identifierType: person.identifierType, name: undefined, enlistedAt: at, seenAt: at },
      authKey: request.authKey,
    };
    const changes = [
      this.#kept(account, at),
      put(ofIdentifier(digest), user, at),
      put(ofAccount('seen', user, 'seen'), null, at),
      put(ofAccount('keys', user, 'keys'), enlistedKeys(request), at),
      tellingOf({ kind: 'enlisted', user, keys: 'new', ...former }, at),
    ];
    const isNew = await this.#commit(user, changes, [
      { of: ofAccount('account', user, 'account'), is: 'absent' },
      { of: ofIdentifier(digest), is: 'absent' },
    ]);
    if (!isNew) throw new Error('an account was there that was not');
    this.#count += 1;
    return account;
  }

  async #again(
    user: string,
    request: EnlistmentRequest,
  ): Promise<{ readonly account: KeptAccount; readonly keys: EnlistedKeys } | undefined> {
    const { network, records, now } = this.#keeping;
    const known = await this.ofUser(user);
    if (known === undefined) return undefined;
    const at = now();
    const kept = await records.get(network, ofAccount('keys', user, 'keys'));
    const before = kept === undefined ? undefined : readKept(keysShape, kept.value);
    const isIdentity = before?.identity === toText(request.identityKey);
    const isAuth = Buffer.compare(known.authKey, request.authKey) === 0;
    const keys: EnlistedKeys = isIdentity && isAuth ? 'same' : 'changed';
    const account = { ...known, authKey: request.authKey, seenAt: at };
    const left = isIdentity ? before.left : 0;
    const changes: RecordChange[] = [
      this.#kept(account, at),
      put(ofAccount('seen', user, 'seen'), null, at),
      put(ofAccount('keys', user, 'keys'), { ...enlistedKeys(request), left }, at),
    ];
    // Nobody is to make a session with prekeys of another identity.
    if (!isIdentity)
      for (const collection of ['prekeys', 'given'] as const)
        changes.push({ kind: 'delete-all', of: { collection, owner: user } });
    const owed = await this.#owed(user);
    const told = owed?.keys === 'new' || (owed?.keys === 'changed' && keys === 'same') ? owed : { keys };
    changes.push(tellingOf({ ...told, kind: 'enlisted', user }, at));
    await this.#commit(user, changes);
    return { account, keys };
  }

  /** What the listener was not told yet. */
  async #owed(user: string): Promise<Extract<Telling, { readonly kind: 'enlisted' }> | undefined> {
    const { network, records } = this.#keeping;
    const owed = await records.get(network, ofAccount('telling', user, 'enlisted'));
    const telling = owed === undefined ? undefined : readKept(tellingShape, owed.value);
    return telling?.kind === 'enlisted' ? telling : undefined;
  }

  /** A connection began or ended. */
  async seen(user: string): Promise<void> {
    const { now } = this.#keeping;
    await this.alone(user, async () => {
      const account = await this.ofUser(user);
      if (account === undefined) return;
      const seenAt = now();
      await this.#commit(user, [put(ofAccount('seen', user, 'seen'), null, seenAt)]);
      this.#known.set(user, { ...account, seenAt });
    });
  }

  /** The user goes by this name now. */
  async rename(user: string, name: string): Promise<void> {
    const { now } = this.#keeping;
    await this.alone(user, async () => {
      const account = await this.ofUser(user);
      if (account === undefined || account.name === name) return;
      await this.#commit(user, [this.#kept({ ...account, name }, now())]);
    });
  }

  /** Takes an account away with all that is kept of it; answers what it was. The listener is to be told of it. */
  async remove(
    user: string,
    why: GoneWhy,
    stays?: (account: Account) => boolean,
  ): Promise<Account | undefined> {
    const { now } = this.#keeping;
    return this.alone(user, async () => {
      const account = await this.ofUser(user);
      if (account === undefined || stays?.(account) === true) return undefined;
      const gone = publicAccount(account);
      const digest = this.#digest(account.login.integrator, account.identifier);
      await this.#commit(user, [
        ...accountCollections.map((collection): RecordChange => ({
          kind: 'delete-all',
          of: { collection, owner: user },
        })),
        { kind: 'delete', of: ofIdentifier(digest) },
        // Who comes back under the same identifier is the same person to those who have blocked them.
        put(ofFormer(digest), user, now()),
        { kind: 'delete', of: ofAccount('telling', user, 'enlisted') },
        tellingOf({ kind: 'gone', account: gone, why }, now()),
      ]);
      this.#count -= 1;
      return gone;
    });
  }

  /** One after the other on what is kept of an account. */
  alone<T>(user: string, work: () => Promise<T>): Promise<T> {
    return this.#keeping.turns.alone(`account ${user}`, work);
  }

  async #commit(
    user: string,
    changes: readonly RecordChange[],
    expected: Parameters<Keeping['records']['commit']>[2] = [],
  ): Promise<boolean> {
    const { network, records } = this.#keeping;
    try {
      return await records.commit(network, changes, expected);
    } finally {
      // Also where it is in doubt whether it was written.
      this.#changes += 1;
      this.#known.delete(user);
    }
  }

  #kept(
    { login, identifier, identifierType, name, enlistedAt, authKey }: KeptAccount,
    at: number,
  ): RecordChange {
    const { integrator, user } = login;
    const value: z.infer<typeof shape> = {
      ...{ integrator, identifier, identifierType, enlistedAt, authKey: toText(authKey) },
      ...(name === undefined ? {} : { name }),
    };
    return put(ofAccount('account', user, 'account'), value, at);
  }

  #digest(integrator: number, identifier: string): string {
    return createHmac('sha256', this.#key)
      .update(`identifier\0${integrator}\0${identifier}`)
      .digest('base64url');
  }
}

function tellingOf(telling: Telling, at: number): RecordChange {
  const user = telling.kind === 'gone' ? telling.account.login.user : telling.user;
  return put(ofAccount('telling', user, telling.kind), telling, at);
}

/** Not 0, and not more than 53 bits: providers' clients may take it for a number of JavaScript or JSON. */
function newUser(): string {
  return String(BigInt.asUintN(53, randomBytes(8).readBigUInt64BE()) || 1n);
}
