/** A room that people have already is to be bridged with a group that is there already: what is kept of that. */
import type { MatrixUserId, NetworkId, PortalId, RemoteChatId, RoomId } from './ids.ts';
import type { RemoteGroup } from './network.ts';
import type { Failed } from './outcome.ts';
import type { GroupPortal } from './portal.ts';

/**
 * How far it is: the Matrix side has not agreed yet (`wanted`), the group was asked (`asked`), both have agreed and the
 * portal is about to be recorded (`agreed`), it is there (`open`), or it is being ended (`ending`).
 */
export const tieStates = ['wanted', 'asked', 'agreed', 'open', 'ending'] as const;
export type TieState = (typeof tieStates)[number];

/** One such wish; its id becomes the portal's. `expiresAt` is milliseconds since the epoch. */
export interface Tie {
  readonly id: PortalId;
  /** Who asked for it. */
  readonly user: MatrixUserId;
  readonly network: NetworkId;
  readonly chat: RemoteChatId;
  readonly room: RoomId;
  readonly state: TieState;
  /** What somebody who runs the group answers with. Everybody in the group can read it: it names the wish, no more. */
  readonly code: string;
  readonly expiresAt: number;
}

export interface TieStore {
  /** Records a wish; answers the one that the group or the room has already, where one is pending. */
  intend(tie: Tie): Promise<Tie>;
  get(id: PortalId): Promise<Tie | undefined>;
  /** All that are not `open`. */
  pending(): Promise<readonly Tie[]>;
  /** Records a tie as it is now, whether or not it is there. A portal that is closed takes its tie along. */
  put(tie: Tie): Promise<void>;
  remove(id: PortalId): Promise<void>;
}

/** Why a room and a group are not bridged. */
export type TieProblem =
  | 'bot-power'
  | 'people-power'
  | 'cannot-ask'
  | 'direct'
  | 'encrypted'
  | 'expired'
  | 'group-taken'
  | 'group-yours'
  | 'in-no-room'
  | 'management'
  | 'no-agreement'
  | 'no-power'
  | 'no-room'
  | 'not-permitted'
  | 'other-wish'
  | 'replaced'
  | 'room-taken'
  | 'space'
  | 'too-many';

/** What the bot sees of a room that it is in. */
export interface RoomLook {
  readonly kind: 'look';
  readonly isSpace: boolean;
  readonly isEncrypted: boolean;
  readonly isReplaced: boolean;
  /** Whether the bot was invited to it as to a direct chat. */
  readonly isDirect: boolean;
  readonly userIsIn: boolean;
  /** Whether the user may say who has which power in the room (`m.room.power_levels`): then it is theirs to bridge. */
  readonly userMay: boolean;
  /** Whether ghosts can come in: the bot may invite, or anybody may enter. */
  readonly botMay: boolean;
  /** Whether ghosts, who have no power of their own, may write. */
  readonly peopleMay: boolean;
}

/** The first thing that stands in the way on the Matrix side, where something does. */
export function judgeRoom(look: RoomLook): TieProblem | undefined {
  if (look.isDirect) return 'direct';
  if (look.isSpace) return 'space';
  if (look.isReplaced) return 'replaced';
  if (look.isEncrypted) return 'encrypted';
  if (!look.userIsIn) return 'in-no-room';
  if (!look.userMay) return 'no-power';
  if (!look.botMay) return 'bot-power';
  return look.peopleMay ? undefined : 'people-power';
}

/** Whether it may pass when people do something about it: then the wish waits. */
export function canPass(problem: TieProblem): boolean {
  return problem === 'bot-power' || problem === 'people-power';
}

/** What the Matrix side does for ties, as the bot. All may be repeated. */
export interface TieRooms {
  /** The room that somebody names by its id or alias; undefined where there is none. */
  find(typed: string): Promise<RoomId | Failed | undefined>;
  isBotIn(room: RoomId): Promise<boolean | Failed>;
  /** The bot accepts its invitation. */
  enter(room: RoomId): Promise<undefined | Failed>;
  look(room: RoomId, user: MatrixUserId): Promise<RoomLook | Failed>;
  /** Whether the user may say who has which power in a room that the bot is in. */
  mayRule(room: RoomId, user: MatrixUserId): Promise<boolean | Failed>;
  /** The room is a portal now: it is told so, as far as the bot has the power. */
  opened(portal: GroupPortal, group: RemoteGroup): Promise<void>;
  leave(room: RoomId): Promise<undefined | Failed>;
  /** Users in the room who may take part in the group in place of one who left; at most a few. */
  others(portal: GroupPortal): Promise<readonly MatrixUserId[]>;
  readonly bot: MatrixUserId;
}

/** The letters of codes: none that can be taken for another (Crockford's base 32). */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codePattern = /^\s*["'“«]?([0-9a-hjkmnp-tv-z]{4})[-\s]?([0-9a-hjkmnp-tv-z]{4})["'”»]?\s*\.?\s*$/i;

/** A code made of random bytes, eight of them. */
export function codeOf(bytes: Uint8Array): string {
  const all = [...bytes.slice(0, 8)].map((byte) => letters[byte % 32] ?? '0').join('');
  return `${all.slice(0, 4)}-${all.slice(4)}`;
}

/** The code that a text consists of, or `undefined` for any other text. */
export function codeIn(text: string): string | undefined {
  if (text.length > 40) return undefined;
  const found = codePattern.exec(text);
  return found === null ? undefined : `${found[1] ?? ''}-${found[2] ?? ''}`.toUpperCase();
}
