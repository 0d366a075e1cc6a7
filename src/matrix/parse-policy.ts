/**
 * Rules of policy lists: https://spec.matrix.org/v1.16/client-server-api/#moderation-policy-lists, with hashed names
 * (MSC4205).
 */
import type { MatrixArrival } from '../core/homeserver.ts';
import { parseMatrixUserId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import type { ListChange, ListEntity, ListEvent, ListKind } from '../core/policy-list.ts';
import { countIn, objectIn, parseJsonObject, textIn, type JsonObject } from './json-object.ts';

const kinds: ReadonlyMap<string, ListKind> = new Map<string, ListKind>([
  ['m.policy.rule.user', 'user'],
  ['m.policy.rule.server', 'server'],
  ['m.policy.rule.room', 'room'],
]);
/** A ban, and what it was called before it was in the specification. */
const bans: ReadonlySet<string> = new Set(['m.ban', 'org.matrix.mjolnir.ban']);
const hashFields = ['hashes', 'org.matrix.msc4205.hashes'] as const;
/** Ids of Matrix have 255 bytes; a network's names may be longer. */
const longestName = 512;
const longestReason = 500;
const latest = 8_640_000_000_000_000;

/** What a state event says of a rule; undefined where it is about none. */
export function parsePolicyRule(event: JsonObject, room: RoomId): ListChange | undefined {
  const kind = kinds.get(textIn(event, 'type') ?? '');
  const key = textIn(event, 'state_key');
  if (kind === undefined || key === undefined) return undefined;
  const known = { list: room, about: kind, key: storable(key) };
  const content = objectIn(event, 'content') ?? {};
  const recommendation = textIn(content, 'recommendation');
  // Rules are taken back by content that has nothing of a rule.
  const isEmpty = recommendation === undefined && !('entity' in content) && hashIn(content) === undefined;
  if (isEmpty) return { kind: 'none', ...known };
  const entity = entityIn(content, kind);
  const sender = parseMatrixUserId(textIn(event, 'sender') ?? '');
  if (entity === undefined || sender === undefined || !bans.has(recommendation ?? ''))
    return { kind: 'broken', ...known };
  const reason = textIn(content, 'reason');
  return {
    kind: 'rule',
    rule: {
      ...{ list: room, kind, key: known.key, entity, sender },
      reason: reason === undefined ? undefined : storable(reason.slice(0, longestReason)),
      at: countIn(event, 'origin_server_ts', latest) ?? 0,
    },
  };
}

/** What an event in the room of a list means for the list; undefined where nothing. */
export function parsePolicyEvent({ raw, room }: MatrixArrival, bot: MatrixUserId): ListEvent | undefined {
  const event = parseJsonObject(raw);
  if (event === undefined) return undefined;
  if (textIn(event, 'type') !== 'm.room.member') return parsePolicyRule(event, room);
  if (textIn(event, 'state_key') !== bot) return undefined;
  switch (textIn(objectIn(event, 'content') ?? {}, 'membership')) {
    case 'leave':
    case 'ban':
      return { kind: 'out', list: room };
    case 'invite':
      return { kind: 'invited', list: room };
    default:
      return undefined;
  }
}

function entityIn(content: JsonObject, kind: ListKind): ListEntity | undefined {
  const name = textIn(content, 'entity');
  if (name === undefined || name === '') {
    const sha256 = hashIn(content);
    return sha256 === undefined ? undefined : { kind: 'hashed', sha256 };
  }
  if (Buffer.byteLength(name) > longestName) return undefined;
  return { kind: 'named', name: kind === 'server' ? storable(name).toLowerCase() : storable(name) };
}

/** In whatever form of base64 it is written, as base64 with its padding. */
function hashIn(content: JsonObject): string | undefined {
  for (const field of hashFields) {
    const written = textIn(objectIn(content, field) ?? {}, 'sha256');
    if (written === undefined || written.length > 44) continue;
    const bytes = Buffer.from(written, 'base64');
    if (bytes.length === 32) return bytes.toString('base64');
  }
  return undefined;
}

/** As databases hold text. */
function storable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '\u2400');
}
