/**
 * Calls: https://spec.matrix.org/v1.16/client-server-api/#voice-over-ip in both versions, and those of MatrixRTC, of which
 * the notification is read that makes clients ring (MSC4075).
 */
import type { CallEvent } from '../core/event.ts';
import type { MatrixEventId, MatrixUserId } from '../core/ids.ts';
import { parseMatrixUserId } from '../core/ids.ts';
import type { Ignored, Unsupported } from '../core/outcome.ts';
import { objectIn, textIn, type JsonObject } from './json-object.ts';

/** What a call event says, before it is known who sent it. */
export type ParsedCall = Pick<CallEvent, 'kind' | 'change' | 'call' | 'media'> | Ignored | Unsupported;

const broken: Unsupported = { kind: 'unsupported', reason: 'broken-event' };
const nothing: Ignored = { kind: 'ignored', reason: 'nothing-to-do' };
const longestId = 255;

/** Reads an event that begins or ends a call; `undefined` for other types. `isGhost` tells who of those called is ours. */
export function parseCall(
  type: string,
  content: JsonObject,
  eventId: MatrixEventId,
  isGhost: (user: MatrixUserId) => boolean,
): ParsedCall | undefined {
  switch (type) {
    case 'm.call.invite':
      return invite(content, isGhost);
    case 'm.call.hangup': {
      const call = legacyCall(content);
      return call === undefined ? broken : { kind: 'call', change: 'end', call, media: undefined };
    }
    case 'm.rtc.notification':
    case 'org.matrix.msc4075.rtc.notification':
    case 'org.matrix.msc4075.call.notify': {
      const intent = textIn(content, 'm.call.intent');
      const media = intent === 'video' || intent === 'audio' ? intent : undefined;
      return { kind: 'call', change: 'ring', call: `rtc ${eventId}`, media };
    }
    default:
      return undefined;
  }
}

/** In a room of many an invitation may be for one of them alone. */
function invite(content: JsonObject, isGhost: (user: MatrixUserId) => boolean): ParsedCall {
  const call = legacyCall(content);
  if (call === undefined) return broken;
  const invitee = parseMatrixUserId(textIn(content, 'invitee') ?? '');
  if (invitee !== undefined && !isGhost(invitee)) return nothing;
  const sdp = textIn(objectIn(content, 'offer') ?? {}, 'sdp') ?? '';
  const media = /^m=video /m.test(sdp) ? 'video' : 'audio';
  return { kind: 'call', change: 'ring', call, media };
}

/** Version 0 is a number, later ones are texts. */
function legacyCall(content: JsonObject): string | undefined {
  const id = textIn(content, 'call_id');
  if (id === undefined || id === '' || id.length > longestId || /[\p{Cc}\p{Cs}]/u.test(id)) return undefined;
  return `${textIn(content, 'version') === undefined ? 'v0' : 'v1'} ${id}`;
}

/** How a call is answered that cannot be taken, by the name that it was read under. */
export function declining(call: string): { readonly type: string; readonly content: JsonObject } | undefined {
  const [, form, id] = /^(v0|v1|rtc) (.+)$/su.exec(call) ?? [];
  if (form === undefined || id === undefined) return undefined;
  switch (form) {
    // Before version 1 there was no word for declining.
    case 'v0':
      return { type: 'm.call.hangup', content: { call_id: id, version: 0, reason: 'user_hangup' } };
    case 'v1':
      return { type: 'm.call.reject', content: { call_id: id, party_id: partyId, version: '1' } };
    default:
      // MSC4310
      return {
        type: 'org.matrix.msc4310.rtc.decline',
        content: { 'm.relates_to': { rel_type: 'm.reference', event_id: id } },
      };
  }
}

/** The bridge answers once for each of its users, so one name for all of its sessions is enough. */
const partyId = 'bridge';
