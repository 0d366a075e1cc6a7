import type { Element } from '@xmpp/xml';
import { remoteMessageId, type MatrixUserId, type RemoteMessageId } from '../../../core/ids.ts';
import type { Handled } from '../../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import { maxStanzaBytes } from '../capabilities.ts';
import type { Link } from '../client.ts';
import { attribute } from '../stanza.ts';
import { ownIdName } from './occupant-names.ts';
import type { Reflection } from './reflections.ts';
import type { Room } from './room.ts';
import type { Rooms } from './rooms.ts';
import type { Seat } from './seat.ts';

/** A room on another server has so long to say a message back. */
const patienceMs = 20_000;

/** A user's place in a room, from which one can speak. */
export interface Voice {
  readonly kind: 'voice';
  readonly room: Room;
  readonly seat: Seat;
}

/** The user's place, once the room is entered and its archive read; a failure where there is none. */
export async function voiceOf(
  rooms: Rooms,
  chat: string,
  user: MatrixUserId,
  signal: AbortSignal,
): Promise<Voice | Failed> {
  await unlessAborted(rooms.loaded, signal);
  if (!rooms.known) return failedForNow('link-down');
  const room = rooms.room(chat);
  if (room === undefined) return failedForGood('forbidden', new Error('not in the room'));
  if (room.seat(user) !== undefined) await unlessAborted(room.ready, signal);
  const seat = room.seat(user);
  if (signal.aborted) return failedForNow('link-down');
  if (seat === undefined) return failedForGood('forbidden', new Error('not in the room'));
  return seat.state === 'in' ? { kind: 'voice', room, seat } : failedForNow('link-down');
}

/** The names of what was said: for each stanza the room's, and the author's own. */
export interface Spoken {
  readonly kind: 'spoken';
  readonly names: readonly RemoteMessageId[];
}

/**
 * Says it in the room, in order, and waits until the room has said it back. What the room is known to have said already is
 * not said again.
 */
export async function speak(
  link: Link,
  { room, seat }: Voice,
  stanzas: readonly Element[],
  signal: AbortSignal,
): Promise<Spoken | Failed> {
  const parts = stanzas.map((stanza) => ({ id: attribute(stanza, 'id') ?? '', text: stanza.toString() }));
  if (parts.some(({ text }) => Buffer.byteLength(text) > maxStanzaBytes)) return failedForGood('too-long');
  if (signal.aborted) return failedForNow('timeout');
  const unsaid = parts.filter(({ id }) => room.reflections.known(id) === undefined);
  const waiting = Promise.all(parts.map(({ id }) => room.reflections.wait(id, patienceMs, signal)));
  if (unsaid.length > 0 && !(await link.deliver(unsaid.map(({ text }) => text)))) {
    for (const { id } of unsaid) room.reflections.refused(id, 'link-down');
    await waiting;
    return failedForNow('link-down');
  }
  const reflections = await waiting;
  const names = parts.flatMap(({ id }, index) => namesOf(id, seat.owner.address, reflections[index]));
  const failure = reflections
    .map((reflection) => failureFor(reflection))
    .find((failed) => failed !== undefined);
  if (failure?.cause instanceof Error && failure.cause.message === 'not-acceptable') {
    seat.lost('room');
    room.reopen();
  }
  return failure ?? { kind: 'spoken', names };
}

/** What the room does not say back is done when it was delivered and no refusal came before that. */
export async function tell(
  link: Link,
  { room }: Voice,
  stanza: Element,
  signal: AbortSignal,
): Promise<Handled> {
  const id = String(stanza.attrs['id']);
  const answer = room.reflections.wait(id, 500, signal);
  if (!(await link.deliver([stanza.toString()]))) room.reflections.refused(id, 'link-down');
  const reflection = await answer;
  if (reflection.kind !== 'refused') return { kind: 'sent', messageIds: [] };
  return failedForGood(
    reflection.condition === 'forbidden' || reflection.condition === 'not-allowed'
      ? 'forbidden'
      : 'network-refused',
  );
}

function namesOf(
  id: string,
  address: string,
  reflection: Reflection | undefined,
): readonly RemoteMessageId[] {
  const own = ownIdName(address, id);
  const given = reflection?.kind === 'reflected' ? reflection.name : undefined;
  const bare = remoteMessageId(id);
  return given === undefined ? [bare, own] : [given, own, bare];
}

function failureFor(reflection: Reflection): Failed | undefined {
  if (reflection.kind === 'reflected') return undefined;
  if (reflection.kind === 'late') return failedForNow('timeout');
  const cause = new Error(reflection.condition);
  switch (reflection.condition) {
    case 'link-down':
    case 'not-acceptable':
      return failedForNow('link-down', cause);
    case 'forbidden':
    case 'not-allowed':
    case 'not-authorized':
    case 'registration-required':
      return failedForGood('forbidden', cause);
    case 'resource-constraint':
    case 'policy-violation':
      return failedForNow('rate-limited', cause, 5000);
    case 'remote-server-not-found':
    case 'remote-server-timeout':
      return failedForNow('unreachable', cause);
    case 'item-not-found':
    case 'gone':
      return failedForGood('no-such-group', cause);
    default:
      return failedForGood('network-refused', cause);
  }
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([work, promise]);
  signal.removeEventListener('abort', stop);
}
