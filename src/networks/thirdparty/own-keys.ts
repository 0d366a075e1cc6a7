/** The homeserver users' keys that are handed out: each one-time prekey once. */
import * as z from 'zod';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import type { Failed } from '../../core/outcome.ts';
import { Turns } from '../../core/turns.ts';
import type { KeyBundle } from '../../interop/stanza/keys.ts';
import type { TalkKeys } from '../../interop/talk/talk.ts';
import type { Counts } from './counts.ts';
import { id as network } from './ids.ts';

/** Who asks for keys without end gets bundles without one-time prekey, and the others too until then [G]. */
const refillEveryMs = 60_000;
const enough = 1_000_000;
/** As in `signalNumbers.floor`: with fewer than these, more are made. */
const floor = 5;
/** More are made when they are needed, at once: nobody has to upload them. All that are left are written at each handing out. */
const batch = 50;

const shape = z.object({
  refilledAt: z.number(),
  prekeys: z.array(z.object({ id: z.number(), key: z.string() })),
});
type Shelf = z.infer<typeof shape>;

export interface OwnKeysDeps {
  readonly records: NetworkRecords;
  readonly counts: Counts;
  readonly now: () => number;
}

export class OwnKeys {
  readonly #deps: OwnKeysDeps;
  readonly #turns = new Turns();

  constructor(deps: OwnKeysDeps) {
    this.#deps = deps;
  }

  /** The keys for a new session with a resident. What is handed out is off the shelf before it is answered. */
  handOut(resident: string, keys: TalkKeys): Promise<KeyBundle | Failed> {
    return this.#turns.alone(resident, () => this.#handOut(resident, keys));
  }

  /** Resolves after what is under way, so that nothing of it comes back. */
  forget(resident: string): Promise<void> {
    return this.#turns.alone(resident, async () => {
      await this.#deps.records.commit(network, [{ kind: 'delete', of: nameOf(resident) }]);
    });
  }

  async #handOut(resident: string, keys: TalkKeys): Promise<KeyBundle | Failed> {
    const { now, counts } = this.#deps;
    const shelf = await this.#read(resident);
    const isLow = shelf.prekeys.length < floor && now() - shelf.refilledAt >= refillEveryMs;
    const made = await keys.upload(isLow ? shelf.prekeys.length : enough, batch);
    if ('kind' in made) return made;
    const filled = filledWith(shelf, made.prekeys, now());
    // What is new lies on the shelf before it counts as published, and nothing is taken before it does: so what is told
    // again after a crash is still there, and never what was handed out.
    if (filled !== shelf) await this.#write(resident, filled);
    await keys.uploaded({ signed: made.signed.id, prekeys: made.prekeys.map((one) => one.id) });
    const [first, ...rest] = filled.prekeys;
    if (first === undefined) counts.count('no-prekey');
    else await this.#write(resident, { ...filled, prekeys: rest });
    const prekey = first && { id: first.id, key: new Uint8Array(Buffer.from(first.key, 'base64')) };
    const { registration, identity, signed } = made;
    return { registration, identity, signed, prekey };
  }

  async #read(resident: string): Promise<Shelf> {
    const kept = await this.#deps.records.get(network, nameOf(resident));
    return kept === undefined
      ? { refilledAt: Number.NEGATIVE_INFINITY, prekeys: [] }
      : shape.parse(JSON.parse(kept.value));
  }

  async #write(resident: string, shelf: Shelf): Promise<void> {
    const { records, now } = this.#deps;
    const value = JSON.stringify(shelf);
    await records.commit(network, [{ kind: 'put', of: nameOf(resident), value, at: now() }]);
  }
}

function filledWith(
  shelf: Shelf,
  made: readonly { readonly id: number; readonly key: Uint8Array }[],
  now: number,
): Shelf {
  const known = new Set(shelf.prekeys.map(({ id }) => id));
  const more = made.filter(({ id }) => !known.has(id));
  if (more.length === 0) return shelf;
  const added = more.map(({ id, key }) => ({ id, key: Buffer.from(key).toString('base64') }));
  return { refilledAt: now, prekeys: [...shelf.prekeys, ...added] };
}

function nameOf(owner: string): RecordName {
  return { collection: 'own-keys', owner, name: '' };
}
