/** What users change about a room: https://spec.matrix.org/v1.16/client-server-api/#instant-messaging */
import type { ChatInfoEvent, Party, Role } from '../core/event.ts';
import type { OpenedMatrixEvent } from '../core/homeserver.ts';
import { parseMatrixUserId, parseMxcUri, parseRoomId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import type { Media } from '../core/media.ts';
import { roleOf } from '../core/roles.ts';
import { cleanLine, cleanText } from './clean-text.ts';
import { timerIn, timerType } from './disappearing.ts';
import { objectIn, textIn, type JsonObject } from './json-object.ts';
import type { MediaSource } from './parse-media.ts';
import type { OwnUsers } from './parse-membership.ts';

/** A state event of a user. */
export interface StateChange {
  readonly event: JsonObject;
  readonly type: string;
  readonly content: JsonObject;
  readonly user: MatrixUserId;
  readonly room: RoomId;
  readonly cause: string;
  readonly at: number;
}
export interface StateContext extends OwnUsers {
  readonly media: (source: MediaSource) => Media;
}

const maxNameLength = 255;
const maxTopicLength = 4_000;
const maxChanges = 50;
const nothing: OpenedMatrixEvent = { kind: 'ignored', reason: 'nothing-to-do' };

/** Reads a state event that is about the whole room; what does not matter to a group is nothing to do. */
export function parseRoomState(change: StateChange, context: StateContext): OpenedMatrixEvent {
  if (textIn(change.event, 'state_key') !== '') return nothing;
  switch (change.type) {
    case 'm.room.name':
      return info(change, { kind: 'name', name: nameIn(change.content) });
    case 'm.room.topic':
      return info(change, { kind: 'topic', topic: topicIn(change.content) });
    case 'm.room.avatar':
      return avatar(change, context);
    case 'm.room.power_levels':
      return powers(change, context);
    case timerType:
      return timer(change);
    case 'm.room.tombstone':
      return tombstone(change);
    default:
      return nothing;
  }
}

/** The name that an `m.room.name` gives; empty where it takes it away. */
export function nameIn(content: JsonObject): string {
  return cleanLine(textIn(content, 'name') ?? '', maxNameLength);
}

/** The topic that an `m.room.topic` gives. */
export function topicIn(content: JsonObject): string {
  return cleanText(textIn(content, 'topic') ?? '', maxTopicLength);
}

function info({ user, cause, at }: StateChange, change: ChatInfoEvent['change']): OpenedMatrixEvent {
  const sender = { in: 'matrix', userId: user } as const;
  return { kind: 'event', event: { kind: 'chat-info', cause, sender, name: undefined, at, change } };
}

function timer({ user, cause, at, content }: StateChange): OpenedMatrixEvent {
  const sender = { in: 'matrix', userId: user } as const;
  const expires = timerIn(content);
  return { kind: 'event', event: { kind: 'timer', cause, sender, name: undefined, at, expires } };
}

function avatar(change: StateChange, context: StateContext): OpenedMatrixEvent {
  const url = textIn(change.content, 'url');
  const uri = url === undefined ? undefined : parseMxcUri(url);
  if (uri === undefined) return info(change, { kind: 'avatar', avatar: undefined });
  const mimetype = textIn(objectIn(change.content, 'info') ?? {}, 'mimetype') ?? 'image/png';
  const unmeasured = { size: undefined, width: undefined, height: undefined, duration: undefined };
  const unseen = { waveform: undefined, blurhash: undefined, thumbnail: undefined };
  const media = context.media({ uri, kind: 'image', name: 'avatar', mimetype, ...unmeasured, ...unseen });
  return info(change, { kind: 'avatar', avatar: media });
}

/** Only what differs from what was before counts: everything else was said by somebody else. */
function powers({ event, content, user, room, at }: StateChange, own: OwnUsers): OpenedMatrixEvent {
  const unsigned = objectIn(event, 'unsigned') ?? {};
  const before = objectIn(unsigned, 'prev_content');
  if (before === undefined) return nothing;
  const [old, now] = [objectIn(before, 'users') ?? {}, objectIn(content, 'users') ?? {}];
  const usual = [levelIn(before, 'users_default') ?? 0, levelIn(content, 'users_default') ?? 0] as const;
  const changes: { member: Party; role: Role }[] = [];
  for (const id of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const member = partyOf(id, own);
    const [was, is] = [levelIn(old, id) ?? usual[0], levelIn(now, id) ?? usual[1]];
    if (member === undefined || roleOf(was) === roleOf(is)) continue;
    changes.push({ member, role: roleOf(is) });
    if (changes.length === maxChanges) break;
  }
  return changes.length === 0 ? nothing : { kind: 'powers', user, room, changes, at };
}

function partyOf(id: string, own: OwnUsers): Party | undefined {
  const userId = parseMatrixUserId(id);
  if (userId === undefined || userId === own.bot) return undefined;
  const ghost = own.ghost(userId);
  return ghost === undefined ? { in: 'matrix', userId } : { in: 'remote', userId: ghost.remote };
}

/** Room versions before 10 allowed levels as text. */
function levelIn(object: JsonObject, key: string): number | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  const level = typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  return typeof level === 'number' && Number.isSafeInteger(level) ? level : undefined;
}

function tombstone({ content, user, room, at }: StateChange): OpenedMatrixEvent {
  const replacement = parseRoomId(textIn(content, 'replacement_room') ?? '');
  if (replacement === undefined || replacement === room) return nothing;
  return { kind: 'replaced', user, room, replacement, at };
}
