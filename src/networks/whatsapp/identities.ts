/**
 * Which identity of a person each user was told of last. It is kept here and not left to the sessions, so that a crash
 * between the session's first message and the notice loses neither the first identity nor a change.
 */
import { createHash } from 'node:crypto';
import { BoundedMap } from '../../core/bounded-map.ts';
import {
  parseFingerprint,
  type Fingerprint,
  type MatrixUserId,
  type NetworkId,
  type RemoteUserId,
} from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import { identityNumber } from '../../crypto/signal/identity-number.ts';
import type { SignalParty } from '../../crypto/signal/signal.ts';
import { formatAddress } from '../../interop/node/address.ts';
import type { Talk, TalkIdentity } from '../../interop/talk/talk.ts';
import { chatOf, type Person } from './ids.ts';
import { writeKept } from './raw.ts';

const collection = 'identity';
const mostRemembered = 20_000;

export interface IdentitiesDeps {
  readonly id: NetworkId;
  readonly records: NetworkRecords;
  readonly sink: Pick<EventSink, 'receive'>;
  readonly now: () => number;
}

/** Whose end of the chat it is. */
export interface OwnEnd {
  readonly user: MatrixUserId;
  readonly party: Pick<SignalParty, 'identityOf'>;
  readonly talk: Pick<Talk, 'told'>;
}

export class Identities {
  readonly #deps: IdentitiesDeps;
  readonly #told = new BoundedMap<string, Fingerprint>(mostRemembered);

  constructor(deps: IdentitiesDeps) {
    this.#deps = deps;
  }

  /** A person has shown an identity by the message `name`. The core has it, where it is news, when this resolves. */
  async shown(end: OwnEnd, person: Person, name: string, state: TalkIdentity): Promise<void> {
    const { user, party, talk } = end;
    const key = `${user} ${person.id}`;
    if (state === 'known' && this.#told.has(key)) return;
    const bytes = await party.identityOf(formatAddress(person.address));
    const identity = bytes === undefined ? undefined : parseFingerprint(identityNumber(bytes));
    if (identity === undefined) return;
    const before = this.#told.get(key) ?? (await this.#find(user, person.id));
    if (before !== identity) {
      await this.#hand(user, person, name, identity);
      const of = recordOf(user, person.id);
      const at = this.#deps.now();
      await this.#deps.records.commit(this.#deps.id, [{ kind: 'put', of, value: identity, at }]);
    }
    this.#told.set(key, identity);
    if (state === 'changed') await talk.told(person.address);
  }

  /** The user is forgotten. */
  async forget(user: MatrixUserId): Promise<void> {
    await this.#deps.records.commit(this.#deps.id, [{ kind: 'delete-all', of: { collection, owner: user } }]);
    for (const key of [...this.#told.keys()]) if (key.startsWith(`${user} `)) this.#told.delete(key);
  }

  /** In the order of the chat's messages, ahead of the one that showed it. A repeat is known by its name. */
  async #hand(user: MatrixUserId, person: Person, name: string, identity: Fingerprint): Promise<void> {
    const id = JSON.stringify(['identity', user, person.id, name, identity]);
    await this.#deps.sink.receive({
      outerId: createHash('sha256').update(id).digest('base64url'),
      chat: chatOf(person.id),
      sender: person.id,
      receiver: user,
      at: this.#deps.now(),
      raw: writeKept({ kind: 'identity', identity }),
    });
  }

  async #find(user: MatrixUserId, person: RemoteUserId): Promise<Fingerprint | undefined> {
    const record = await this.#deps.records.get(this.#deps.id, recordOf(user, person));
    return record === undefined ? undefined : parseFingerprint(record.value);
  }
}

function recordOf(owner: MatrixUserId, name: RemoteUserId): RecordName {
  return { collection, owner, name };
}
