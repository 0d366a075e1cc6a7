/**
 * Opens what is encrypted: https://spec.matrix.org/v1.16/client-server-api/#mroomencrypted
 * In a direct portal the ghost's device has the keys, everywhere else the bot's.
 */
import type { Engine, Opened, Trouble } from '../../crypto/megolm/engine.ts';
import type { MatrixArrival, OpenedMatrixEvent } from '../../core/homeserver.ts';
import type { MatrixUserId, RoomId } from '../../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import { has, objectIn, parseJsonObject, textIn, type JsonObject } from '../json-object.ts';
import type { FoundDevice } from './identities.ts';
import { onlyEncrypted } from './required.ts';
import { parseEvent, senderOf, type ParseContext } from '../parse-event.ts';

export interface OpenerParts {
  /** Undefined where the bridge does no encryption: then nothing that is encrypted can be read. */
  readonly engine: Pick<Engine, 'open'> | undefined;
  readonly portalOf: (room: RoomId) => Promise<Portal | undefined>;
  readonly isManagementRoom: (room: RoomId) => Promise<boolean>;
  readonly bot: MatrixUserId;
  readonly ghostOf: (portal: Extract<Portal, { kind: 'direct' }>) => MatrixUserId | undefined;
  /** The device that one of the bridge's own users has. */
  readonly deviceOf: (user: MatrixUserId) => Promise<FoundDevice | Failed>;
  /** Whether an event that a user sent was sealed here, by a device of theirs that is the bridge's. */
  readonly isSealedHere?: (user: MatrixUserId, deviceId: string) => Promise<boolean>;
  /** Whether what is said in the clear is not relayed. */
  readonly required: boolean;
  readonly parse: ParseContext;
}

type Locked = Extract<OpenedMatrixEvent, { readonly kind: 'locked' }>;

/** What a ciphertext may not turn out to be: what servers and members act on has to be seen by servers. */
const neverSealed: ReadonlySet<string> = new Set([
  'm.room.encrypted',
  'm.room.member',
  'm.room.redaction',
  'm.room.tombstone',
]);

const ownEcho: OpenedMatrixEvent = { kind: 'ignored', reason: 'own-echo' };

export class Opener {
  readonly #parts: OpenerParts;

  constructor(parts: OpenerParts) {
    this.#parts = parts;
  }

  /** What can be seen of an event without a key. */
  glance(arrival: MatrixArrival): OpenedMatrixEvent {
    return withAuthor(parseEvent(arrival.raw, 'glance', this.#parts.parse), arrival);
  }

  /** Total, as `parseEvent` is. */
  async open(arrival: MatrixArrival, cause: string): Promise<OpenedMatrixEvent> {
    const opened = await this.#open(arrival, cause);
    return withAuthor(this.#parts.required ? onlyEncrypted(opened, arrival) : opened, arrival);
  }

  async #open(arrival: MatrixArrival, cause: string): Promise<OpenedMatrixEvent> {
    const seen = parseEvent(arrival.raw, cause, this.#parts.parse);
    if (seen.kind !== 'locked') return seen;
    const { engine } = this.#parts;
    if (engine === undefined) return { kind: 'unsupported', reason: 'no-encryption' };
    const device = await this.#deviceFor(arrival);
    // In a room that is none of the bridge's nobody has keys: the core looks what the room is.
    if (device === undefined) return seen;
    if (device.kind === 'failed') return { ...device, user: seen.user };
    const { eventId, room, raw } = arrival;
    const opened = await engine.open(device.device, { eventId, room, raw });
    // What the bridge itself said for a user need not be read to be known.
    if (opened.kind !== 'opened' && (await this.#isSealedHere(seen.user, raw))) return ownEcho;
    return this.#result(opened, arrival, cause, seen);
  }

  async #deviceFor({ room }: MatrixArrival): Promise<FoundDevice | Failed | undefined> {
    const portal = await this.#parts.portalOf(room);
    if (portal?.kind === 'direct') {
      const ghost = this.#parts.ghostOf(portal);
      return ghost === undefined ? failedForGood('no-key') : this.#parts.deviceOf(ghost);
    }
    if (portal === undefined && !(await this.#parts.isManagementRoom(room))) return undefined;
    return this.#parts.deviceOf(this.#parts.bot);
  }

  async #isSealedHere(user: MatrixUserId, raw: string): Promise<boolean> {
    const content = objectIn(parseJsonObject(raw) ?? {}, 'content') ?? {};
    const deviceId = textIn(content, 'device_id');
    return deviceId !== undefined && (await this.#parts.isSealedHere?.(user, deviceId)) === true;
  }

  #result(opened: Opened, arrival: MatrixArrival, cause: string, seen: Locked): OpenedMatrixEvent {
    const { user } = seen;
    switch (opened.kind) {
      case 'opened':
        return this.#read(opened, arrival, cause, user);
      case 'locked':
        return { ...seen, withheld: opened.withheld };
      case 'refused':
        return { ...failedForGood(reasons[opened.why]), user };
      case 'trouble':
        return { ...failureOf(opened), user };
    }
  }

  /** Reads what was sealed in the place of the envelope; everything else about the event stays the server's word. */
  #read(
    { type, content }: Extract<Opened, { kind: 'opened' }>,
    { raw }: MatrixArrival,
    cause: string,
    user: MatrixUserId,
  ): OpenedMatrixEvent {
    const said = parseJsonObject(content);
    const event = parseJsonObject(raw);
    if (said === undefined || event === undefined || neverSealed.has(type) || has(event, 'state_key')) {
      return { ...failedForGood('not-genuine'), user };
    }
    const clear = { ...event, type, content: withClearRelation(said, objectIn(event, 'content') ?? {}) };
    return parseEvent(JSON.stringify(clear), cause, this.#parts.parse);
  }
}

const reasons = {
  tampered: 'not-genuine',
  replayed: 'replayed',
  'mismatched-sender': 'other-sender',
  'untrusted-device': 'untrusted-device',
  malformed: 'broken-event',
} as const;

/** What an event relates to stands outside of its ciphertext; what the ciphertext says of it does not count. */
function withClearRelation(said: JsonObject, envelope: JsonObject): JsonObject {
  const rest = Object.entries(said).filter(([key]) => key !== 'm.relates_to');
  const clear = has(envelope, 'm.relates_to') ? [['m.relates_to', envelope['m.relates_to']] as const] : [];
  return Object.fromEntries([...rest, ...clear]);
}

function failureOf(trouble: Trouble): Failed {
  if (trouble.retry === 'later') return failedForNow(reasonOf(trouble), trouble.cause, trouble.afterMs);
  return failedForGood(trouble.what === 'broken' ? 'broken-event' : 'no-key', trouble.cause);
}

/** A worker that ends again and again over the same event is a mistake of the bridge, and is counted as one. */
function reasonOf({ what }: Trouble): 'internal' | 'link-down' {
  return what === 'restarted' ? 'internal' : 'link-down';
}

/** Whoever sent what cannot be carried is told so. */
function withAuthor(opened: OpenedMatrixEvent, { raw }: MatrixArrival): OpenedMatrixEvent {
  if (opened.kind !== 'unsupported') return opened;
  const user = senderOf(raw);
  return user === undefined ? opened : { ...opened, user };
}
