/**
 * From a room's event to the core's: https://spec.matrix.org/v1.16/client-server-api/#room-event-format
 * What other people's clients and servers put into an event can be anything; every event ends in a value.
 */
import type {
  PollEndEvent,
  ReactionEvent,
  RedactionEvent,
  Ref,
  Unresolved,
  VoteEvent,
} from '../core/event.ts';
import type { OpenedMatrixEvent } from '../core/homeserver.ts';
import {
  parseMatrixEventId,
  parseMatrixUserId,
  parseRoomId,
  type MatrixEventId,
  type MatrixUserId,
  type RoomId,
} from '../core/ids.ts';
import type { Ignored, Unsupported } from '../core/outcome.ts';
import { cleanText } from './clean-text.ts';
import { countIn, has, objectIn, parseJsonObject, textIn, type JsonObject } from './json-object.ts';
import { parseSealed } from './parse-encrypted.ts';
import { parseCall, type ParsedCall } from './parse-call.ts';
import { parseMembership } from './parse-membership.ts';
import { parseMessage, type MessageContext, type ParsedMessage } from './parse-message.ts';
import { parsePollEnd, parseVote } from './parse-poll.ts';
import { matrixRef, parseRelation, refIn } from './parse-relation.ts';
import { parseRoomState } from './parse-room-state.ts';
import { markIn } from './puppet-mark.ts';
import { reactionKeyFits } from './reaction-key.ts';

/** What a parser has to know from outside the event. */
export type ParseContext = MessageContext;

type Said =
  | ParsedMessage
  | ParsedCall
  | Pick<ReactionEvent<Unresolved>, 'kind' | 'target' | 'reactions'>
  | Pick<RedactionEvent<Unresolved>, 'kind' | 'target' | 'reason'>
  | Pick<VoteEvent<Unresolved>, 'kind' | 'target' | 'choices'>
  | Pick<PollEndEvent<Unresolved>, 'kind' | 'target'>;

interface Envelope {
  readonly type: string;
  readonly sender: MatrixUserId;
  readonly eventId: MatrixEventId;
  readonly room: RoomId;
  readonly at: number;
  readonly content: JsonObject;
}

/** No homeserver hands out an event of this length. */
const maxRawLength = 4 * 1024 * 1024;
const longestReason = 300;
/** The last moment that a date can name. */
const maxTime = 8.64e15;

const nothing: Ignored = { kind: 'ignored', reason: 'nothing-to-do' };
const ownEcho: Ignored = { kind: 'ignored', reason: 'own-echo' };
const broken: Unsupported = { kind: 'unsupported', reason: 'broken-event' };
const notCarried: Unsupported = { kind: 'unsupported', reason: 'not-carried' };

/**
 * Parses a kept event. Total: any text gives a value, nothing throws (as long as `context` does not). What no person can
 * be told of, since it has no sender or id, is ignored as `broken-event`; a person's broken message is `unsupported`.
 */
export function parseEvent(raw: string, cause: string, context: ParseContext): OpenedMatrixEvent {
  const event = raw.length <= maxRawLength ? parseJsonObject(raw) : undefined;
  const envelope = event === undefined ? undefined : parseEnvelope(event);
  if (event === undefined || envelope === undefined) return { kind: 'ignored', reason: 'broken-event' };
  const { sender, room, eventId, at } = envelope;
  if (sender === context.bot || context.ghost(sender) !== undefined) return ownEcho;
  const mark = markIn(envelope.content);
  if (envelope.type === 'm.room.member') {
    const opened = parseMembership(event, sender, room, at, context);
    return opened.kind === 'joined' && mark !== undefined ? { ...opened, broughtInto: mark.portal } : opened;
  }
  if (isRedacted(event)) return nothing;
  if (has(event, 'state_key')) {
    const { type, content } = envelope;
    return parseRoomState({ event, type, content, user: sender, room, cause, at }, context);
  }
  const sealed = parseSealed(envelope, context);
  if (sealed !== undefined) return sealed;
  const said = parseByType(event, envelope, context);
  if (said.kind === 'unsupported' && mark !== undefined) return ownEcho;
  if (said.kind === 'ignored' || said.kind === 'unsupported') return said;
  const from = { in: 'matrix', userId: sender } as const;
  const opened = { ...said, cause, sender: from, name: matrixRef(eventId), at };
  return mark === undefined ? { kind: 'event', event: opened } : { kind: 'echo', event: opened, ...mark };
}

/** Who sent an event, where it says so. */
export function senderOf(raw: string): MatrixUserId | undefined {
  return parseMatrixUserId(textIn(parseJsonObject(raw) ?? {}, 'sender') ?? '');
}

function parseEnvelope(event: JsonObject): Envelope | undefined {
  const type = textIn(event, 'type');
  const sender = parseMatrixUserId(textIn(event, 'sender') ?? '');
  const eventId = parseMatrixEventId(textIn(event, 'event_id') ?? '');
  const room = parseRoomId(textIn(event, 'room_id') ?? '');
  const at = countIn(event, 'origin_server_ts', maxTime);
  if (type === undefined || sender === undefined || eventId === undefined) return undefined;
  if (room === undefined || at === undefined) return undefined;
  return { type, sender, eventId, room, at, content: objectIn(event, 'content') ?? {} };
}

/** Redaction empties a message; what is left says nothing. */
function isRedacted(event: JsonObject): boolean {
  const unsigned = objectIn(event, 'unsigned');
  return unsigned !== undefined && objectIn(unsigned, 'redacted_because') !== undefined;
}

function parseByType(event: JsonObject, { type, content, eventId }: Envelope, context: ParseContext): Said {
  switch (type) {
    case 'm.room.message':
    case 'm.sticker':
      return parseMessage(content, type, context);
    case 'm.poll.start':
    case 'org.matrix.msc3381.poll.start':
    case 'org.matrix.msc3381.v2.poll.start':
      return parseMessage(content, 'poll', context);
    case 'm.poll.response':
    case 'org.matrix.msc3381.poll.response':
    case 'org.matrix.msc3381.v2.poll.response':
      return parseVote(content);
    case 'm.poll.end':
    case 'org.matrix.msc3381.poll.end':
    case 'org.matrix.msc3381.v2.poll.end':
      return parsePollEnd(content);
    case 'm.reaction':
      return parseReaction(content);
    case 'm.room.redaction':
      return parseRedaction(event, content);
    default:
      return parseCall(type, content, eventId, (user) => context.ghost(user) !== undefined) ?? nothing;
  }
}

/** https://spec.matrix.org/v1.16/client-server-api/#event-annotations-and-reactions */
function parseReaction(content: JsonObject): Said {
  const relation = parseRelation(content);
  if (relation.kind !== 'annotation' || relation.target === undefined) return broken;
  const { key, target } = relation;
  if (key === undefined || key === '') return broken;
  if (!reactionKeyFits(key)) return { kind: 'unsupported', reason: 'too-long' };
  // A custom picture, or a key with characters that no text has.
  if (key.startsWith('mxc://') || /[\p{Cc}\p{Cs}]/u.test(key)) return notCarried;
  return { kind: 'reaction', target, reactions: { op: 'add', emoji: key } };
}

/** Room version 11 moved `redacts` into the content; homeservers may give it in either place, or both. */
function parseRedaction(event: JsonObject, content: JsonObject): Said {
  const target: Ref | undefined = refIn(content, 'redacts') ?? refIn(event, 'redacts');
  if (target === undefined) return broken;
  const reason = cleanText(textIn(content, 'reason') ?? '', longestReason);
  return { kind: 'redaction', target, ...(reason === '' ? {} : { reason }) };
}
