/** What an event says about another: https://spec.matrix.org/v1.16/client-server-api/#forming-relationships-between-events */
import type { Ref } from '../core/event.ts';
import { parseMatrixEventId, type MatrixEventId } from '../core/ids.ts';
import { flagIn, objectIn, textIn, type JsonObject } from './json-object.ts';

/** How an event relates to an earlier one. A `target` is undefined where the relation names none. */
export type Relation =
  | { readonly kind: 'none' }
  | { readonly kind: 'reply'; readonly target: Ref }
  /** A thread's event that names the one before it only for clients without threads. */
  | { readonly kind: 'thread-fallback' }
  | { readonly kind: 'edit'; readonly target: Ref | undefined }
  | { readonly kind: 'annotation'; readonly target: Ref | undefined; readonly key: string | undefined };

/** Reads `m.relates_to` of an event's content. */
export function parseRelation(content: JsonObject): Relation {
  const relates = objectIn(content, 'm.relates_to');
  if (relates === undefined) return { kind: 'none' };
  const type = textIn(relates, 'rel_type');
  if (type === 'm.replace') return { kind: 'edit', target: refIn(relates, 'event_id') };
  if (type === 'm.annotation')
    return { kind: 'annotation', target: refIn(relates, 'event_id'), key: textIn(relates, 'key') };
  const replyTo = objectIn(relates, 'm.in_reply_to');
  const target = replyTo === undefined ? undefined : refIn(replyTo, 'event_id');
  if (target === undefined) return { kind: 'none' };
  if (type === 'm.thread' && flagIn(relates, 'is_falling_back')) return { kind: 'thread-fallback' };
  return { kind: 'reply', target };
}

/** The event that a key names, as the Matrix side refers to it. */
export function refIn(object: JsonObject, key: string): Ref | undefined {
  const eventId = parseMatrixEventId(textIn(object, key) ?? '');
  return eventId === undefined ? undefined : matrixRef(eventId);
}

export function matrixRef(eventId: MatrixEventId): Ref {
  return { in: 'matrix', eventId };
}

/**
 * A reply's body without the quotation that older clients put before it (spec 1.12, "fallbacks for rich replies"). What
 * does not begin as such a quotation does, with the quoted person's user ID, was written by the person and stays.
 */
export function withoutReplyFallback(body: string): string {
  if (!/^> (?:\* )?<@[^>\n]+>/.test(body)) return body;
  const lines = body.split('\n');
  const rest = lines.findIndex((line) => !line.startsWith('> ') && line !== '>');
  if (rest === -1) return '';
  return lines.slice(lines[rest] === '' ? rest + 1 : rest).join('\n');
}
