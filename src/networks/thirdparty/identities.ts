/** Which identity of a provider's user each homeserver user was told of last, so that a crash loses no change. */
import { BoundedMap } from '../../core/bounded-map.ts';
import { parseFingerprint, type Fingerprint } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { chatOf, id as network, userOf } from './ids.ts';
import { renderKept } from './kept-form.ts';
import type { Resident } from './residents.ts';

const mostRemembered = 20_000;

export interface IdentitiesDeps {
  readonly records: NetworkRecords;
  readonly sink: Pick<EventSink, 'receive'>;
  readonly now: () => number;
}

/** What shows an identity: `name` is what a repeat is known by. */
export interface Shown {
  readonly name: string;
  readonly at: number;
  readonly identity: string;
}

export class Identities {
  readonly #deps: IdentitiesDeps;
  readonly #told = new BoundedMap<string, Fingerprint>(mostRemembered);

  constructor(deps: IdentitiesDeps) {
    this.#deps = deps;
  }

  /** Whether something was told since the start; then only what is new has to be looked at. */
  isAtHand(of: Login, resident: Resident): boolean {
    return this.#told.has(keyOf(nameOf(of, resident)));
  }

  /** Hands an identity over where it is not the last that was; resolves once that is kept. */
  async seen(of: Login, resident: Resident, { name, at, identity }: Shown): Promise<void> {
    const shown = parseFingerprint(identity);
    if (shown === undefined) return;
    const { records, sink, now } = this.#deps;
    const record = nameOf(of, resident);
    const last = parseFingerprint((await records.get(network, record))?.value ?? '');
    if (last !== shown) {
      const sender = userOf(of);
      await sink.receive({
        outerId: `identity ${sender} ${resident.id} ${name}`,
        ...{ chat: chatOf(sender), sender, receiver: resident.user, at },
        raw: renderKept({ kind: 'identity', identity: shown, previous: last }),
      });
      await records.commit(network, [{ kind: 'put', of: record, value: shown, at: now() }]);
    }
    this.#told.set(keyOf(record), shown);
  }
}

const collection = 'told-identity';

function nameOf(of: Login, { id: name }: Resident): RecordName {
  return { collection, owner: userOf(of), name };
}

function keyOf({ owner, name }: RecordName): string {
  return `${owner} ${name}`;
}
