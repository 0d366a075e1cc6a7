/**
 * Policy lists of Matrix: rooms whose state says whom to shut out.
 * https://spec.matrix.org/v1.16/client-server-api/#moderation-policy-lists
 */
import type { MatrixUserId, NetworkId, RoomAlias, RoomId } from './ids.ts';

/** What rules are about. */
export const listKinds = ['user', 'server', 'room'] as const;
export type ListKind = (typeof listKinds)[number];

/** Whom or what a rule means: a name, perhaps with `*` and `?`, or the SHA-256 of a name (MSC4205, base64). */
export type ListEntity =
  { readonly kind: 'named'; readonly name: string } | { readonly kind: 'hashed'; readonly sha256: string };

/** One rule of a list. Known by the list, what it is about, and its state key. */
export interface ListRule {
  readonly list: RoomId;
  readonly kind: ListKind;
  readonly key: string;
  readonly entity: ListEntity;
  readonly reason: string | undefined;
  readonly sender: MatrixUserId;
  /** When it was set, by the clock of its origin, milliseconds since the epoch. */
  readonly at: number;
}

/** What an event or the state of a list says of one rule: what it is now, or that it is none any more. */
export type ListChange =
  | { readonly kind: 'rule'; readonly rule: ListRule }
  | { readonly kind: 'none'; readonly list: RoomId; readonly about: ListKind; readonly key: string }
  /** It says something that is no ban, or cannot be read: it bans nobody. */
  | { readonly kind: 'broken'; readonly list: RoomId; readonly about: ListKind; readonly key: string };

/** What an event in the room of a list means for the list. */
export type ListEvent =
  | ListChange
  /** The bot was put out of it, or has left. */
  | { readonly kind: 'out'; readonly list: RoomId }
  /** The bot was invited to it. */
  | { readonly kind: 'invited'; readonly list: RoomId };

/** What administrators named to subscribe to a list. */
export type ListName = RoomId | RoomAlias;

/** Why a list is not read: the bot may not be in it, it answers nothing now, or it is larger than is read. */
export type ListTrouble = 'shut-out' | 'away' | 'too-large';

/** A list that is subscribed to. */
export interface FollowedList {
  readonly room: RoomId;
  /** As it was named. */
  readonly name: ListName;
  /** Networks that it holds on; all where empty. */
  readonly networks: readonly NetworkId[];
  /** Who subscribed; `config` where the configuration says so. */
  readonly by: MatrixUserId | 'config';
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** When its state was last read whole; undefined where it never was. */
  readonly readAt: number | undefined;
  readonly trouble: ListTrouble | undefined;
  /** What administrators were last told of it, so that they are told once. */
  readonly told: string | undefined;
}

/** What lists do not shut out here, because an administrator says so. Written like a rule. */
export interface ListExemption {
  readonly kind: ListKind;
  readonly name: string;
  readonly by: MatrixUserId;
  readonly at: number;
  readonly reason: string | undefined;
}

export interface PolicyListStore {
  lists(): Promise<readonly FollowedList[]>;
  putList(list: FollowedList): Promise<void>;
  /** Forgets a list with its rules. */
  removeList(room: RoomId): Promise<void>;
  /** Every rule of a list. */
  rules(room: RoomId): Promise<readonly ListRule[]>;
  /** Keeps rules, in place of those of the same kind and key. */
  putRules(rules: readonly ListRule[]): Promise<void>;
  removeRules(room: RoomId, rules: readonly Pick<ListRule, 'kind' | 'key'>[]): Promise<void>;
  /** The newest first. */
  exemptions(): Promise<readonly ListExemption[]>;
  /** False where it is there already. */
  putExemption(exemption: ListExemption): Promise<boolean>;
  removeExemption(kind: ListKind, name: string): Promise<boolean>;
  /** What a user has set was set by another from now on. */
  forgetAuthor(user: MatrixUserId, other: MatrixUserId): Promise<void>;
}

/** A list has at most so many rules; what comes beyond is not taken. */
export const mostRules = 100_000;

/** A rule as administrators read and type it. */
export function shownEntity(entity: ListEntity): string {
  return entity.kind === 'named' ? entity.name : `sha256:${entity.sha256}`;
}
