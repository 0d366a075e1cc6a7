import {
  parseRoomAlias,
  remoteChatId,
  type NetworkId,
  type RemoteChatId,
  type RoomAlias,
} from '../core/ids.ts';
import { localpartFor, parseLocalpart } from './escape.ts';

/** The group behind an alias. */
export interface AliasKey {
  readonly network: NetworkId;
  readonly chat: RemoteChatId;
}

/** Which room aliases are those of groups, and of which. Reversible, in the same spelling as the names of ghosts. */
export class AliasIds {
  readonly #prefix: string;
  readonly #server: string;

  constructor(prefix: string, server: string) {
    this.#prefix = prefix;
    this.#server = server;
  }

  /** The alias of a group's room, or `undefined` where it would exceed 255 bytes (spec appendix 4.3.4). */
  alias({ network, chat }: AliasKey): RoomAlias | undefined {
    return parseRoomAlias(`#${localpartFor(this.#prefix, network, chat)}:${this.#server}`);
  }

  /** The group behind an alias, or `undefined` where it is none of the bridge's. */
  key(text: string): AliasKey | undefined {
    const alias = parseRoomAlias(text);
    const colon = alias?.indexOf(':') ?? -1;
    if (alias?.slice(colon + 1) !== this.#server) return undefined;
    const found = parseLocalpart(this.#prefix, alias.slice(1, colon));
    return found && { network: found.network, chat: remoteChatId(found.name) };
  }
}
