/**
 * How old the store is, told twice: in itself, and in account data of the bot on the homeserver. A store that is behind the
 * homeserver's word was restored from a backup: its ratchets have been used since, and must not be used again. The store is
 * written first and the homeserver second, so that a crash between the two never looks like that.
 */
import { randomBytes } from 'node:crypto';
import type { Requester } from './engine.ts';
import { readObject } from './megolm-header.ts';
import { ask, type Ask } from './outgoing.ts';
import type { OwnTables } from './store/own.ts';
import { Hindrance } from './trouble.ts';
import { Turns } from './turns.ts';

/** What the store says of itself: which it is, how old, and the name that devices made with it have in them. */
export interface Age {
  readonly store: string;
  readonly epoch: number;
  readonly generation: string;
}
/** The homeserver's word. */
interface Mark {
  readonly store: string;
  readonly epoch: number;
}

const key = 'age';
const dataType = 'io.causeway.crypto';

export class StoreAge {
  readonly #own: OwnTables;
  readonly #send: Ask;
  readonly #account: Requester;
  readonly #markMs: number;
  readonly #turns = new Turns();
  #age: Age | undefined;
  #markedAt = 0;

  constructor(own: OwnTables, send: Ask, account: string, markMs: number) {
    this.#own = own;
    this.#send = send;
    this.#account = { userId: account, deviceId: undefined };
    this.#markMs = markMs;
  }

  /**
   * The store's age, made known to the homeserver; a new generation where the homeserver knows a later one. Throws a
   * `Hindrance` as long as the homeserver does not say. To be called before anything that uses a ratchet.
   */
  async current(hasDevices: boolean): Promise<Age> {
    const known = this.#age;
    if (known !== undefined && Date.now() - this.#markedAt < this.#markMs) return known;
    return this.#turns.alone('', async () => {
      if (this.#age === undefined) this.#age = await this.#begin(hasDevices);
      else if (Date.now() - this.#markedAt >= this.#markMs) this.#age = await this.#advance(this.#age);
      return this.#age;
    });
  }

  /** As `current`, but the homeserver need not be told that time went by. */
  async begun(hasDevices: boolean): Promise<Age> {
    return this.#age ?? this.current(hasDevices);
  }

  /** Before a stop: a copy of the store that was made while it was in use is behind from now on. */
  async mark(): Promise<void> {
    if (this.#age === undefined) return;
    await this.#turns.alone('', async () => {
      if (this.#age !== undefined) this.#age = await this.#advance(this.#age);
    });
  }

  async #begin(hasDevices: boolean): Promise<Age> {
    const kept = readAge(this.#own.get(key));
    const mark = await this.#read();
    const isBehind =
      mark !== undefined &&
      (kept?.store === mark.store ? kept.epoch < mark.epoch : hasDevices || kept !== undefined);
    const epoch = Math.max(kept?.epoch ?? 0, mark?.epoch ?? 0);
    if (kept === undefined) return this.#advance({ store: newName(), epoch, generation: newName() });
    return this.#advance(isBehind ? { ...kept, epoch, generation: newName() } : { ...kept, epoch });
  }

  async #advance({ store, epoch, generation }: Age): Promise<Age> {
    const age = { store, epoch: epoch + 1, generation };
    await this.#own.put(key, JSON.stringify(age));
    await this.#write({ store, epoch: age.epoch });
    this.#markedAt = Date.now();
    return age;
  }

  async #read(): Promise<Mark | undefined> {
    const answer = await this.#send(this.#account, { method: 'GET', path: this.#path() });
    if (answer.kind === 'failed' && answer.status === 404) return undefined;
    if (answer.kind === 'ok') return readMark(answer.body);
    return readMark(await ask(async () => answer, this.#account, { method: 'GET', path: this.#path() }));
  }

  async #write(mark: Mark): Promise<void> {
    await ask(this.#send, this.#account, { method: 'PUT', path: this.#path(), body: JSON.stringify(mark) });
  }

  #path(): string {
    return `/_matrix/client/v3/user/${encodeURIComponent(this.#account.userId)}/account_data/${dataType}`;
  }
}

function newName(): string {
  return randomBytes(6).toString('hex').toUpperCase();
}

function readAge(json: string | undefined): Age | undefined {
  const mark = json === undefined ? undefined : readMark(json);
  const generation = json === undefined ? undefined : readObject(json)?.['generation'];
  return mark !== undefined && typeof generation === 'string' ? { ...mark, generation } : undefined;
}

function readMark(json: string): Mark | undefined {
  const found = readObject(json);
  const { store, epoch } = found ?? {};
  return typeof store === 'string' && typeof epoch === 'number' && Number.isSafeInteger(epoch)
    ? { store, epoch }
    : undefined;
}

/** The device is of another generation than the store's. */
export function staleDevice(): Hindrance {
  return new Hindrance({
    what: 'stale',
    retry: 'never',
    afterMs: undefined,
    errcode: undefined,
    cause: 'the store was restored from a backup since this device was made',
  });
}
