import { setTimeout as sleep } from 'node:timers/promises';
import type { Chat, SeenKind, SeenOf } from './rig.ts';

const pollMs = 20;

/** Asks again and again until there is an answer; rejects after `timeoutMs`, naming what was waited for. */
export async function eventually<T>(
  wanted: string,
  probe: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 20_000,
  shown: () => string = () => '',
): Promise<T> {
  for (const end = Date.now() + timeoutMs; ;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`No sign of ${wanted} in ${timeoutMs} ms. ${shown()}`);
    await sleep(pollMs);
  }
}

/** The first of a kind that a person has seen, there already or to come, that passes the test. */
export function sees<K extends SeenKind>(
  chat: Chat,
  kind: K,
  test: (seen: SeenOf<K>) => boolean,
  timeoutMs?: number,
): Promise<SeenOf<K>> {
  const isIt = (seen: { readonly kind: SeenKind }): seen is SeenOf<K> => seen.kind === kind;
  return eventually(
    `${kind} such as ${String(test)}`,
    () => chat.seen().filter(isIt).find(test),
    timeoutMs,
    () => `Seen last: ${JSON.stringify(chat.seen().slice(-8))}`,
  );
}

/** The message with that text, once it is there. */
export function seesText(chat: Chat, text: string, timeoutMs?: number): Promise<SeenOf<'text'>> {
  return sees(chat, 'text', (seen) => seen.text === text, timeoutMs);
}

/** Resolves once the sender's client shows that the message has arrived. */
export async function delivered(chat: Chat, id: string): Promise<void> {
  await eventually(`a delivery receipt for ${id}`, () => chat.isDelivered(id) || undefined);
}

/** Resolves once the sender has been told that the message did not go over. */
export async function refused(chat: Chat, id: string): Promise<void> {
  await eventually(`a refusal of ${id}`, () => chat.isRefused(id) || undefined);
}
