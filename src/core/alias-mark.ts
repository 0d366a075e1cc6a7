import { parseRoomId, type RoomId } from './ids.ts';

/**
 * What became of a portal's alias. It is noted before the homeserver is asked (`putting`), so that a crash leaves it to be
 * finished, and an alias that may be there is taken away when the portal is closed.
 */
export type AliasMark =
  | { readonly kind: 'none' }
  /** About to point at `room`; it may point at `from` still, the room that the portal had before. */
  | { readonly kind: 'putting'; readonly room: RoomId; readonly from: RoomId | undefined }
  /** It points at the room. */
  | { readonly kind: 'put'; readonly room: RoomId }
  /** It does, and whoever knows it may come in. */
  | { readonly kind: 'open'; readonly room: RoomId }
  /** It cannot be had: somebody else's room has it. */
  | { readonly kind: 'taken'; readonly room: RoomId }
  /** The portal is about to be closed. */
  | { readonly kind: 'closing'; readonly room: RoomId };

/** Reads what `aliasMarkText` wrote; anything else is `none`. */
export function parseAliasMark(text: string | undefined): AliasMark {
  const [kind, named = '', before] = (text ?? '').split(' ');
  const room = parseRoomId(named);
  if (room === undefined) return { kind: 'none' };
  switch (kind) {
    case 'putting':
      return { kind, room, from: before === undefined ? undefined : parseRoomId(before) };
    case 'put':
    case 'open':
    case 'taken':
    case 'closing':
      return { kind, room };
    default:
      return { kind: 'none' };
  }
}

/** The mark in the form in which it is kept; empty for `none`. */
export function aliasMarkText(mark: AliasMark): string {
  if (mark.kind === 'none') return '';
  const from = mark.kind === 'putting' && mark.from !== undefined ? ` ${mark.from}` : '';
  return `${mark.kind} ${mark.room}${from}`;
}

/** What is to be done so that the alias points at the room that the portal has now; `from` is where it may point. */
export type AliasStep =
  { readonly kind: 'put'; readonly from: RoomId | undefined } | { readonly kind: 'rule' | 'nothing' };

export function aliasStep(mark: AliasMark, room: RoomId): AliasStep {
  if (mark.kind === 'none') return { kind: 'put', from: undefined };
  const isNow = mark.room === room;
  switch (mark.kind) {
    case 'putting':
      return { kind: 'put', from: isNow ? mark.from : mark.room };
    case 'put':
    case 'open':
      return isNow ? { kind: 'rule' } : { kind: 'put', from: mark.room };
    case 'taken':
    case 'closing':
      return isNow ? { kind: 'nothing' } : { kind: 'put', from: undefined };
  }
}
