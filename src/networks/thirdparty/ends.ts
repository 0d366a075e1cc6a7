/** The homeserver users' ends of their chats: keys and sessions of each, made when first needed. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { Failed } from '../../core/outcome.ts';
import type { Signal, SignalParty } from '../../crypto/signal/signal.ts';
import { identityNumber } from '../../crypto/signal/identity-number.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import type { Address } from '../../interop/node/address.ts';
import type { KeyBundle } from '../../interop/stanza/keys.ts';
import { peerName } from '../../interop/talk/peer-name.ts';
import type { Talk } from '../../interop/talk/talk.ts';
import { addressOf, id as network } from './ids.ts';
import type { OwnKeys } from './own-keys.ts';
import type { Resident, Residents } from './residents.ts';

const mostAtHand = 5_000;

/** A homeserver user with what they say things by. */
export interface End extends Resident {
  readonly talk: Talk;
  /** A provider's user's identity as people compare it, where one was seen. */
  identityOf(login: Login): Promise<string | undefined>;
}

/** Makes the talk of a user. `keysOf` asks for the keys of the other side. */
export type MakeTalk = (parts: {
  readonly party: SignalParty;
  readonly keysOf: (who: Address) => Promise<KeyBundle | Failed>;
}) => Talk;

export interface EndsDeps {
  readonly signal: Signal;
  readonly makeTalk: MakeTalk;
  readonly residents: Residents;
  readonly ownKeys: OwnKeys;
  readonly keysOf: (who: Address) => Promise<KeyBundle | Failed>;
}

export class Ends {
  readonly #deps: EndsDeps;
  readonly #atHand = new BoundedMap<string, End>(mostAtHand);

  constructor(deps: EndsDeps) {
    this.#deps = deps;
  }

  async of(resident: Resident): Promise<End> {
    const known = this.#atHand.get(resident.id);
    if (known !== undefined) return known;
    const party = this.#party(resident);
    await party.identity();
    const end: End = {
      ...resident,
      talk: this.#deps.makeTalk({ party, keysOf: this.#deps.keysOf }),
      identityOf: async (login) => {
        const identity = await party.identityOf(peerName(addressOf(login)));
        return identity && identityNumber(identity);
      },
    };
    this.#atHand.set(resident.id, end);
    return end;
  }

  /** The keys that are handed out for a new session with a resident. */
  async keysFor(resident: Resident): Promise<KeyBundle | Failed> {
    const { talk } = await this.of(resident);
    return this.#deps.ownKeys.handOut(resident.id, talk.keys);
  }

  /** Deletes keys and sessions; their id is nobody's from then on. */
  async forget(resident: Resident): Promise<void> {
    this.#atHand.delete(resident.id);
    const party = this.#party(resident);
    await party.forget();
    await this.#deps.ownKeys.forget(resident.id);
    await this.#deps.residents.forget(resident);
    // What was under way may have made an identity anew; from here on nobody finds the way.
    await party.forget();
    this.#atHand.delete(resident.id);
  }

  #party({ id: user }: Resident): SignalParty {
    return this.#deps.signal.party({ network, user });
  }
}
