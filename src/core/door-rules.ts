/** What doors name when they stop something: one list, so that each of it can be explained. */
import { parseRoomId, type NetworkId, type RoomId } from './ids.ts';
import { listKinds, type ListKind, type ListRule } from './policy-list.ts';

/** The names without anything behind them, by what decided. */
export const plainDoorRules = [
  ...(['blocked-by-user', 'ignored-by-user'] as const),
  ...(['banned-person', 'banned-server', 'banned-network', 'unvouched-inviter'] as const),
  ...(['strict-stranger', 'strict-signals', 'strict-encryption', 'strict-content'] as const),
  ...(['strict-identity', 'strict-call'] as const),
  ...(['request', 'declined', 'blocked', 'request-expired', 'request-limit', 'unanswered'] as const),
] as const;
export type PlainDoorRule = (typeof plainDoorRules)[number];

/** Everything that a door can name: what stands in an event's outcome. */
export type DoorRuleName =
  PlainDoorRule | `${typeof notEnabledPrefix}${string}` | `${typeof listPrefix}${string}`;

/** The same, read. */
export type DoorRule =
  | { readonly kind: PlainDoorRule }
  | { readonly kind: 'not-enabled'; readonly network: string }
  /** A rule of a policy list: which list, what it is about, and its state key. */
  | { readonly kind: 'policy-list'; readonly list: RoomId; readonly about: ListKind; readonly key: string };

const notEnabledPrefix = 'not-enabled:';
const listPrefix = 'policy-list:';

/** The name for a network that the user has not enabled. */
export function notEnabled(network: NetworkId): DoorRuleName {
  return `${notEnabledPrefix}${network}`;
}

/** The name for a rule of a policy list. */
export function listedBy({ kind, list, key }: Pick<ListRule, 'kind' | 'list' | 'key'>): DoorRuleName {
  return `${listPrefix}${kind}:${list} ${key}`;
}

/** What a name means; undefined where no door names anything so. */
export function doorRule(name: string): DoorRule | undefined {
  const plain = plainDoorRules.find((known) => known === name);
  if (plain !== undefined) return { kind: plain };
  if (name.startsWith(notEnabledPrefix))
    return { kind: 'not-enabled', network: name.slice(notEnabledPrefix.length) };
  const [, about, room, key] = /^policy-list:([a-z]+):(\S+) (.*)$/s.exec(name) ?? [];
  const kind = listKinds.find((known) => known === about);
  const list = parseRoomId(room ?? '');
  if (kind === undefined || list === undefined || key === undefined) return undefined;
  return { kind: 'policy-list', list, about: kind, key };
}
