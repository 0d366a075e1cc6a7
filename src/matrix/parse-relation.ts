/** What an event says about another: https://spec.matrix.org/v1.16/client-server-api/#forming-relationships-between-events */
import type { Ref } from '../core/event.ts';
import { parseMatrixEventId, type MatrixEventId } from '../core/ids.ts';
import { flagIn, objectIn, textIn, type JsonObject } from './json-object.ts';

/** How an event relates to an earlier one. A `target` is undefined where the relation names none. */
export type Relation =
  | { readonly kind: 'none' }
  | { readonly kind: 'reply'; readonly target: Ref }
  /**
   * A thread's event, and what it answers there. `quotes` where it names an event at all: one that it names only for
   * clients without threads (`is_falling_back`) is not answered, but may be quoted in the body.
   */
  | {
      readonly kind: 'thread';
      readonly root: Ref;
      readonly replyTo: Ref | undefined;
      readonly quotes: boolean;
    }
  | { readonly kind: 'edit'; readonly target: Ref | undefined }
  | { readonly kind: 'annotation'; readonly target: Ref | undefined; readonly key: string | undefined }
  | { readonly kind: 'reference'; readonly target: Ref | undefined };

/** Reads `m.relates_to` of an event's content. */
export function parseRelation(content: JsonObject): Relation {
  const relates = objectIn(content, 'm.relates_to');
  if (relates === undefined) return { kind: 'none' };
  const event = refIn(relates, 'event_id');
  const answered = objectIn(relates, 'm.in_reply_to');
  const replyTo = answered === undefined ? undefined : refIn(answered, 'event_id');
  switch (textIn(relates, 'rel_type')) {
    case 'm.replace':
      return { kind: 'edit', target: event };
    case 'm.annotation':
      return { kind: 'annotation', target: event, key: textIn(relates, 'key') };
    case 'm.reference':
      return { kind: 'reference', target: event };
    case 'm.thread':
      return thread(event, replyTo, flagIn(relates, 'is_falling_back'));
    default:
      return replyTo === undefined ? { kind: 'none' } : { kind: 'reply', target: replyTo };
  }
}

function thread(root: Ref | undefined, replyTo: Ref | undefined, fallsBack: boolean): Relation {
  const answered = fallsBack ? undefined : replyTo;
  if (root !== undefined) return { kind: 'thread', root, replyTo: answered, quotes: replyTo !== undefined };
  return answered === undefined ? { kind: 'none' } : { kind: 'reply', target: answered };
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
  const lines = body.split('\n');
  const rest = fallbackLines(lines);
  if (rest === 0) return body;
  return lines.slice(lines[rest] === '' ? rest + 1 : rest).join('\n');
}

/** The words in that quotation, without whose they are. */
export function quotedInFallback(body: string): string | undefined {
  const lines = body.split('\n');
  const words = lines
    .slice(0, fallbackLines(lines))
    .map((line, index) => line.slice(2).replace(index === 0 ? /^(?:\* )?<@[^>]+> ?/ : '', ''));
  return words.length === 0 ? undefined : words.join('\n');
}

/** How many lines of a body are a quotation of what it answers. */
function fallbackLines(lines: readonly string[]): number {
  if (!/^> (?:\* )?<@[^>\n]+>/.test(lines[0] ?? '')) return 0;
  const rest = lines.findIndex((line) => !line.startsWith('> ') && line !== '>');
  return rest === -1 ? lines.length : rest;
}
