import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { LoopbackPerson } from '../../src/networks/loopback/index.ts';
import type { Received } from '../../src/networks/loopback/person.ts';
import type { MatrixUser } from './matrix-user.ts';
import type { SealedScene } from './sealed-scene.ts';

const patience = 30_000;

/** The words of what came, where it is a text. */
export function textOf({ body }: Received): string | undefined {
  return body.kind === 'text' ? body.text : undefined;
}

/** A direct chat of a user with a person, both new. */
export interface Chat {
  readonly user: MatrixUser;
  readonly person: LoopbackPerson;
  readonly room: string;
}

/** A direct chat that the user opens; resolves when the ghost has joined. */
export async function chat(scene: SealedScene, user?: MatrixUser): Promise<Chat> {
  const [who, person] = [user ?? (await scene.user()), scene.person()];
  const ghost = scene.ghostOf(person);
  const room = await who.createDirectRoom(ghost);
  await who.waitForEvent(
    room,
    ({ sender, type, content }) =>
      sender === ghost && type === 'm.room.member' && content['membership'] === 'join',
    patience,
  );
  return { user: who, person, room };
}

/** Puts an event into a room as it is, past the client's crypto. */
export async function put(user: MatrixUser, room: string, type: string, content: object): Promise<string> {
  const { baseUrl } = user.sdk;
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/${type}/${randomBytes(8).toString('hex')}`;
  const response = await fetch(`${baseUrl}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${user.sdk.getAccessToken() ?? ''}` },
    body: JSON.stringify(content),
  });
  const answer = (await response.json()) as { readonly event_id?: string };
  return answer.event_id ?? assert.fail(JSON.stringify(answer));
}

/** The ciphertext of an event as the homeserver has it, once the user's client has seen it. */
export async function wireOf(
  user: MatrixUser,
  room: string,
  eventId: string,
): Promise<Record<string, unknown>> {
  await user.waitForEvent(room, (seen) => seen.eventId === eventId, patience, eventId);
  const event = user.sdk.getRoom(room)?.findEventById(eventId) ?? assert.fail();
  return { ...event.getWireContent() };
}

/** What the bridge says became of an event, in the room: the reason. */
export function statusOf({ user, room }: Chat, eventId: string, status: string): Promise<string> {
  return statusIn(user, room, eventId, status, patience);
}

export async function statusIn(
  user: MatrixUser,
  room: string,
  eventId: string,
  status: string,
  timeoutMs: number,
): Promise<string> {
  const { content } = await user.waitForEvent(
    room,
    (seen) => {
      const relation = seen.content['m.relates_to'] as { readonly event_id?: string } | undefined;
      return (
        seen.type === 'com.beeper.message_send_status' &&
        relation?.event_id === eventId &&
        seen.content['status'] === status
      );
    },
    timeoutMs,
    `${status} for ${eventId}`,
  );
  return String(content['error']);
}

/** Keeps the keys that a client sends to other devices to itself, until they are let go. */
export function holdKeys(user: MatrixUser): { letGo(): Promise<void>; stop(): void } {
  const { http } = user.sdk;
  const request = http.requestOtherUrl.bind(http);
  const held: (() => Promise<unknown>)[] = [];
  http.requestOtherUrl = <T>(...[method, url, body, options]: Parameters<typeof request>): Promise<T> => {
    if (!String(url).includes('/sendToDevice/m.room.encrypted/'))
      return request<T>(method, url, body, options);
    held.push(() => request(method, url, body, options));
    return Promise.resolve('{}' as T);
  };
  return {
    letGo: async () => {
      await Promise.all(held.splice(0).map((send) => send()));
    },
    stop: () => {
      http.requestOtherUrl = request;
    },
  };
}
