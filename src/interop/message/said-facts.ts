/** What the stanzas of messages said beside the ciphertext, for when the other end asks for one of them again. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { Sealed } from '../stanza/message.ts';
import type { StanzaFacts } from './stanza-facts.ts';

const plain: StanzaFacts = { type: 'text', mediaType: undefined, edit: undefined };

/** In memory, the latest of them: what is not remembered goes again as text, which opens all the same. */
export class SaidFacts {
  readonly #facts: BoundedMap<string, StanzaFacts>;

  constructor(most: number) {
    this.#facts = new BoundedMap(most);
  }

  /** `to` tells those apart who may have messages of one name. */
  keep(to: string, id: string, facts: StanzaFacts): void {
    const { type, mediaType, edit } = facts;
    if (type !== plain.type || mediaType !== undefined || edit !== undefined)
      this.#facts.set(`${to} ${id}`, facts);
  }

  of(to: string, id: string): StanzaFacts {
    return this.#facts.get(`${to} ${id}`) ?? plain;
  }
}

/** A message's parts as its stanza has them: each says what kind of file it is about. */
export function sealedWith(sealed: readonly Sealed[], { mediaType }: StanzaFacts): readonly Sealed[] {
  return sealed.map((part) => ({ ...part, mediaType }));
}
