/** Entity capabilities: https://xmpp.org/extensions/xep-0115.html */
import { createHash } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { namespaces } from './people-namespaces.ts';

export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
}

/** What an entity is and can do, with the name by which presence points to it. */
export class Capabilities {
  readonly #identities: readonly Identity[];
  readonly #features: readonly string[];
  readonly #node: string;
  readonly #ver: string;

  constructor(node: string, identities: readonly Identity[], features: readonly string[]) {
    this.#node = node;
    this.#identities = identities;
    this.#features = [...new Set(features)];
    this.#ver = verification(this.#identities, this.#features);
  }

  /** The part of a presence that points to these capabilities. */
  element(): Element {
    return xml('c', { xmlns: namespaces.caps, hash: 'sha-1', node: this.#node, ver: this.#ver });
  }

  /** The answer to disco#info, without a node or with that of the presence; undefined for any other node. */
  info(node: string | undefined): Element | undefined {
    if (node !== undefined && node !== `${this.#node}#${this.#ver}`) return undefined;
    return xml(
      'query',
      { xmlns: namespaces.discoInfo, ...(node === undefined ? {} : { node }) },
      ...this.#identities.map((identity) => xml('identity', { ...identity })),
      ...this.#features.map((feature) => xml('feature', { var: feature })),
    );
  }
}

/** Section 5.1; of characters that sort the same in bytes and in UTF-16. */
export function verification(identities: readonly Identity[], features: readonly string[]): string {
  const named = identities.map(({ category, type, name = '' }) => `${category}/${type}//${name}`);
  const text = [...named.toSorted(), ...features.toSorted()].map((part) => `${part}<`).join('');
  return createHash('sha1').update(text).digest('base64');
}
