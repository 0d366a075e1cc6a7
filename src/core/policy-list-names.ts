/** Which names of people, servers and chats the rules of policy lists are compared with. */
import { createHash } from 'node:crypto';
import { matches } from './eligibility.ts';
import {
  remoteChatId,
  remoteUserId,
  serverOf,
  type MatrixUserId,
  type NetworkId,
  type RemoteChatId,
  type RoomId,
} from './ids.ts';
import type { ListEntity, ListKind } from './policy-list.ts';
import { accountsIn, addressRealm, userRealm, type Identity, type StoredName } from './persons.ts';

/** What is the homeserver's own, and how what is on networks is called on Matrix. */
export interface OwnNames {
  readonly server: string;
  readonly bot: MatrixUserId;
  readonly networks: readonly NetworkId[];
  /** The Matrix ID of a person's ghost, where there can be one. */
  readonly ghost: (who: Identity) => MatrixUserId | undefined;
  /** Whether a Matrix ID is a ghost's. */
  readonly isGhost: (user: string) => boolean;
  /** What every ghost of any network begins with, such as `@_`. */
  readonly ghostPrefix: string;
  /** The alias of a group's room, where there can be one. */
  readonly alias: (network: NetworkId, chat: RemoteChatId) => string | undefined;
}

/** All by which the two sides of a contact are known. */
export interface ListSides {
  readonly users: readonly string[];
  readonly servers: readonly string[];
  /** The servers of the chat itself. */
  readonly hosts: readonly string[];
  readonly rooms: readonly string[];
}

export interface SidesToName {
  readonly network: NetworkId;
  readonly chat: RemoteChatId;
  readonly kind: 'direct' | 'group';
  /** The Matrix user; one of this homeserver is never meant by a list. */
  readonly user: MatrixUserId | undefined;
  /** Names that are known to be the person's. */
  readonly person: readonly StoredName[];
  /** The domains of the person and of the chat on the network. */
  readonly servers: { readonly person: readonly string[]; readonly chat: readonly string[] };
  readonly room: RoomId | undefined;
}

/** The names by which lists can mean somebody. Users of this homeserver have none. */
export function sidesOf(own: OwnNames, sides: SidesToName): ListSides {
  const { network, chat, kind, user, person, servers, room } = sides;
  const guest = user === undefined || isOwn(own, serverOf(user)) ? [] : [user];
  const alias = kind === 'group' ? own.alias(network, chat) : undefined;
  return {
    users: [...guest, ...person.flatMap((name) => userNames(own, name))],
    servers: [...guest.map(serverOf), ...servers.person].flatMap(withoutPort),
    hosts: servers.chat.flatMap(withoutPort),
    rooms: [
      ...(kind === 'group' ? [`${network}:${chat}`] : []),
      ...(alias === undefined ? [] : [alias]),
      ...(room === undefined ? [] : [room]),
    ],
  };
}

/** The names by which rules for users can mean a person. */
export function userNames(own: OwnNames, name: StoredName): readonly string[] {
  if (name.realm === userRealm)
    return isOwn(own, name.name.slice(name.name.indexOf(':') + 1)) ? [] : [name.name];
  if (name.realm === addressRealm) return [name.name];
  const ghosts = accountsIn(name).map((account) => own.ghost(account));
  return [...ghosts.filter((ghost) => ghost !== undefined), `${name.realm}:${name.name}`];
}

function isOwn({ server }: OwnNames, other: string): boolean {
  return other.toLowerCase() === server.toLowerCase();
}

function withoutPort(server: string): readonly string[] {
  const whole = server.toLowerCase();
  const bare = whole.replace(/:\d{1,5}$/, '');
  return bare === whole ? [whole] : [whole, bare];
}

/** Why a rule is not taken: it would mean everybody, or the homeserver's own users, the bot or the server itself. */
export type Refused = 'everybody' | 'own';

/** Two names of each kind that have nothing in common but their form: a pattern that fits both means everybody. */
const [one, other] = ['0123456789', 'zqxjvkwpbf'] as const;
const [oneServer, otherServer] = ['4567.89', 'vkwp.bf'] as const;
type Everybody = Readonly<Record<ListKind, readonly (readonly [string, string])[]>>;

/** Judges names of rules. What is asked of it is asked for each rule of a list: it keeps what does not change. */
export class ListScope {
  readonly #own: OwnNames;
  readonly #everybody: Everybody;
  readonly #hashes: ReadonlySet<string>;

  constructor(own: OwnNames) {
    this.#own = own;
    this.#everybody = everybodyIn(own);
    this.#hashes = new Set([own.server, own.bot].map(sha256));
  }

  /** Why a rule is not taken; undefined where it is. What a hash hides can only be told where it is known. */
  refused(kind: ListKind, entity: ListEntity): Refused | undefined {
    if (entity.kind === 'hashed') return this.#hashes.has(entity.sha256) ? 'own' : undefined;
    return this.#refusedName(kind, entity.name);
  }

  #refusedName(kind: ListKind, name: string): Refused | undefined {
    const { server, bot } = this.#own;
    if (!isGlob(name)) return this.#isOwnName(kind, name) ? 'own' : undefined;
    if (this.#everybody[kind].some((pair) => pair.every((text) => matches(name, text)))) return 'everybody';
    if (kind === 'server') return matches(name, server.toLowerCase()) ? 'own' : undefined;
    if (kind === 'room') return undefined;
    if (matches(name, bot)) return 'own';
    const isHere = name.startsWith('@') && isOwn(this.#own, afterColon(name));
    return isHere && !name.startsWith(this.#own.ghostPrefix) ? 'own' : undefined;
  }

  #isOwnName(kind: ListKind, name: string): boolean {
    if (kind === 'server') return isOwn(this.#own, name);
    if (kind === 'room' || !name.startsWith('@')) return false;
    return isOwn(this.#own, afterColon(name)) && !this.#own.isGhost(name);
  }
}

function everybodyIn(own: OwnNames): Everybody {
  const pair = (make: (local: string, server: string) => string): readonly [string, string] => [
    make(one, oneServer),
    make(other, otherServer),
  ];
  const { server, networks } = own;
  const names = [pair((local) => local), pair((local, domain) => `${local}@${domain}`)];
  return {
    user: [
      pair((local, domain) => `@${local}:${domain}`),
      pair((local) => `@${local}:${server}`),
      ...networks.flatMap((network) =>
        names.flatMap(([first, second]) => [
          [`${network}:${first}`, `${network}:${second}`] as const,
          [ghostOf(own, network, first), ghostOf(own, network, second)] as const,
        ]),
      ),
    ],
    server: [pair((local) => local), pair((_local, domain) => domain)],
    room: [
      ...['!', '#'].flatMap((sign) => [
        pair((local, domain) => `${sign}${local}:${domain}`),
        pair((local) => `${sign}${local}:${server}`),
        pair((local) => `${sign}${local}`),
      ]),
      ...networks.flatMap((network) =>
        names.flatMap(([first, second]) => [
          [`${network}:${first}`, `${network}:${second}`] as const,
          [aliasOf(own, network, first), aliasOf(own, network, second)] as const,
        ]),
      ),
    ],
  };
}

function ghostOf(own: OwnNames, network: NetworkId, name: string): string {
  return own.ghost({ network, remote: remoteUserId(name) }) ?? `@${name}:${own.server}`;
}

function aliasOf(own: OwnNames, network: NetworkId, name: string): string {
  return own.alias(network, remoteChatId(name)) ?? `#${name}:${own.server}`;
}

/** The hash of a name as MSC4205 writes it: base64 with its padding. */
export function sha256(name: string): string {
  return createHash('sha256').update(name).digest('base64');
}

/** Whether a name has `*` or `?` in it. */
export function isGlob(name: string): boolean {
  return name.includes('*') || name.includes('?');
}

function afterColon(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
