import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventOf } from '../../../examples/partner-app/event.ts';
import { sampleOf } from '../../../test/conformance/content-samples.ts';
import { eventually } from '../../../test/conformance/eventually.ts';
import { kinds } from './kinds.ts';
import type { Scenario, WayName } from './scenario.ts';
import { patienceMs, saw, sawRich, silenceMs, type Pair, type Stage } from './stage.ts';

/** Every kind of content, both ways, in one chat. */
export function kindScenarios(stage: Stage): readonly Scenario[] {
  let met: Promise<Pair> | undefined;
  const pair = (): Promise<Pair> => (met ??= stage.pair('alice', 'anna'));
  const mark = (what: string): string => stage.mark(what);
  const all = kinds.flatMap(([name, play]): readonly Scenario[] => [
    {
      ...{ part: 'kinds', name, way: 'to Matrix' },
      play: async () => {
        const { matrix, partner } = await pair();
        await play({ name: 'to Matrix', from: partner, to: matrix, mark });
      },
    },
    {
      ...{ part: 'kinds', name, way: 'to the app' },
      play: async () => {
        const { matrix, partner } = await pair();
        await play({ name: 'to the app', from: matrix, to: partner, mark });
      },
    },
  ]);
  const one = (name: string, way: WayName, play: (pair: Pair) => Promise<void>): Scenario => ({
    ...{ part: 'kinds', name, way },
    play: async () => play(await pair()),
  });
  return [
    ...all,
    one('read receipt', 'to Matrix', (chat) => readByThem(stage, chat)),
    one('read receipt', 'to the app', (chat) => readByUser(stage, chat)),
    one('typing and its end', 'to Matrix', typingThere),
    one('typing and its end', 'to the app', typingHere),
    one('sticker: left out, and told', 'to the app', (chat) => sticker(chat)),
    one('thread, poll and gallery: in words and one by one', 'to the app', (chat) => fallbacks(stage, chat)),
    one('everything is encrypted, and no shield is shown', 'to Matrix', (chat) => sealed(stage, chat)),
  ];
}

async function readByThem(
  stage: Stage,
  { guest, person, matrix, partner, room, ghost }: Pair,
): Promise<void> {
  const text = stage.mark('have you read it?');
  const own = await matrix.say(text);
  await person.markRead(partner.address, [await saw(partner, text)]);
  await eventually(
    'that the ghost has read it',
    () => guest.user.sdk.getRoom(room)?.getReadReceiptForUserId(ghost, true)?.eventId === own || undefined,
    patienceMs,
  );
}

async function readByUser(stage: Stage, { guest, person, matrix, partner, room }: Pair): Promise<void> {
  const text = stage.mark('and you?');
  const own = await partner.say(text);
  await guest.user.markRead(room, await saw(matrix, text));
  const isIt = ({ of, about }: EventOf<'receipt'>): boolean => of === own && about === 'read';
  await person.waitFor('receipt', isIt, patienceMs);
}

async function typingThere({ guest, person, partner, room, ghost }: Pair): Promise<void> {
  const typing = (): boolean | undefined => guest.user.sdk.getRoom(room)?.getMember(ghost)?.typing;
  await person.typing(partner.address, 'composing');
  await eventually('that they write', () => typing() === true || undefined, patienceMs);
  await person.typing(partner.address, 'paused');
  await eventually('that they do not write any more', () => typing() === false || undefined, patienceMs);
}

async function typingHere({ guest, person, room }: Pair): Promise<void> {
  const composing = person.waitFor('typing', ({ state }) => state === 'composing', patienceMs);
  await guest.user.setTyping(room, true);
  await composing;
  const paused = person.waitFor('typing', ({ state }) => state === 'paused', patienceMs);
  await guest.user.setTyping(room, false);
  await paused;
}

async function sticker({ matrix, partner }: Pair): Promise<void> {
  const before = partner.richSeen().length;
  const id = await matrix.sendMedia(sampleOf('sticker', 'left-out'));
  await eventually(
    'what became of the sticker',
    () => matrix.isRefused(id) || partner.richSeen().length > before || undefined,
    patienceMs,
  );
  if (matrix.isRefused(id)) return;
  const last = partner.richSeen().at(-1);
  if (last?.kind !== 'media' || last.sort !== 'image') throw new Error(`it came as ${JSON.stringify(last)}`);
}

async function fallbacks(stage: Stage, { matrix, partner }: Pair): Promise<void> {
  const root = stage.mark('root');
  const rootId = await matrix.say(root);
  const thread = stage.mark('thread');
  await matrix.sayInThread(rootId, thread);
  await saw(partner, thread);
  const question = stage.mark('tea or coffee?');
  await matrix.askPoll(question, ['tea', 'coffee'], 1);
  await sawRich(
    partner,
    'said',
    ({ text }) => text.includes(question) && text.includes('coffee'),
    patienceMs,
  );
  const tags = [stage.mark('one'), stage.mark('two')] as const;
  await matrix.sendGallery([sampleOf('file', tags[0]), sampleOf('file', tags[1])], stage.mark('both'));
  for (const tag of tags)
    await sawRich(partner, 'media', ({ name }) => name === sampleOf('file', tag).name, patienceMs);
}

async function sealed(stage: Stage, { guest, matrix, partner, room, ghost }: Pair): Promise<void> {
  const text = stage.mark('sealed');
  await partner.say(text);
  await saw(matrix, text);
  await sleep(silenceMs);
  const said = guest.user
    .timeline(room)
    .filter(({ sender, type }) => sender === ghost && type === 'm.room.message');
  const clear = said.filter(({ encrypted }) => !encrypted);
  assert.deepEqual(
    clear.map(({ eventId }) => eventId),
    [],
  );
  for (const { eventId } of said.slice(-5)) {
    assert.equal(await guest.user.shieldOf(room, eventId), 'none');
  }
}
