import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixEventId, matrixUserId, roomId } from '../../src/core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../src/core/outcome.ts';
import type { MessageRequest } from '../../src/core/request.ts';
import { requestTalk, type RequestTalk } from '../../src/request-talk.ts';
import { fakeRequests } from '../support/fake-requests.ts';

const alice = matrixUserId('@alice:hs.test');
const mallory = matrixUserId('@mallory:hs.test');
const own = roomId('!own:hs.test');
const management = roomId('!management:hs.test');
const line = matrixEventId('$line');

interface Told {
  readonly where: string;
  readonly id: string;
  readonly plain: string;
}

/** Alice's request 1 has a room, and a line in her management room. */
async function talking(failed?: Failed): Promise<{
  readonly talk: RequestTalk;
  readonly told: Told[];
  readonly answered: string[];
}> {
  const desk = fakeRequests(alice);
  const [request] = await desk.list(alice, ['open'], 0, 1);
  const found: MessageRequest = request ?? assert.fail('there is no request');
  const told: Told[] = [];
  const answered: string[] = [];
  const talk = requestTalk({
    book: {
      which: async (user, which) => (user === alice && (which === 1 || which === line) ? found : undefined),
      answer: async (user, which, how) => {
        answered.push(`${user} ${which} ${how}`);
        return { kind: 'done', request: found };
      },
    },
    rooms: { byRoom: async (room) => (room === own ? found : undefined) },
    ...{ desk, languageOf: async () => 'en' as const },
    side: {
      say: async (room, id, { plain }) => {
        if (failed !== undefined) return failed;
        told.push({ where: room, id, plain });
        return { kind: 'event', eventId: matrixEventId('$said') };
      },
    },
    reporter: { notice: async (user, id, { plain }) => void told.push({ where: user, id, plain }) },
  });
  return { talk, told, answered };
}

describe('what is said and done about a request', () => {
  for (const [emoji, how] of [
    ['✅', 'accept'],
    ['❌', 'decline'],
    ['🚫', 'block'],
  ] as const)
    it(`answers it by ${emoji}, on its line or on whatever stands in its room`, async () => {
      const { talk, answered } = await talking();
      await talk.react({ user: alice, room: management, line, emoji, cause: '1' });
      await talk.react({ user: alice, room: own, line: matrixEventId('$any'), emoji, cause: '2' });
      assert.deepEqual(answered, [`${alice} ${line} ${how}`, `${alice} 1 ${how}`]);
    });

  it('shows what waits by an eye, where it was asked for, without links', async () => {
    const { talk, told, answered } = await talking();
    await talk.react({ user: alice, room: management, line, emoji: '👁️', cause: '1' });
    await talk.react({ user: alice, room: own, line, emoji: '👀', cause: '2' });
    assert.deepEqual(
      told.map(({ where, id }) => [where, id]),
      [
        [alice, 'shown/1'],
        [own, 'shown/2'],
      ],
    );
    for (const { plain } of told) assert.match(plain, /hxxps\[:\]\/\/spam\[\.\]example/);
    assert.deepEqual(answered, []);
  });

  it('is nothing by another reaction, on another line, or of somebody else', async () => {
    const { talk, told } = await talking();
    await talk.react({ user: alice, room: own, line, emoji: '👍', cause: '1' });
    await talk.react({ user: alice, room: management, line: matrixEventId('$x'), emoji: '👁', cause: '2' });
    await talk.react({ user: mallory, room: own, line, emoji: '👁', cause: '3' });
    assert.deepEqual(told, []);
    assert.equal((await talk.said(mallory, own, 'accept')).text, 'accept');
    const said = await talk.said(alice, management, 'accept');
    await said.say('answer', { plain: 'which?', html: '' });
    assert.deepEqual(told, [{ where: alice, id: 'answer', plain: 'which?' }]);
  });

  it('is a command about it, whose number goes without saying in its room', async () => {
    const { talk } = await talking();
    const meant = async (text: string): Promise<string> => (await talk.said(alice, own, text)).text;
    assert.equal(await meant(' Accept '), 'accept 1');
    assert.equal(await meant('!causeway decline'), 'decline 1');
    assert.equal(await meant('!block'), 'requests block 1');
    assert.equal(await meant('show'), 'requests show 1');
    assert.equal(await meant('accept 2'), 'accept 2');
    assert.equal(await meant('help'), 'help');
  });

  it('is answered in the management room where its room is gone, and later where that may help', async () => {
    const gone = await talking(failedForGood('forbidden'));
    const said = await gone.talk.said(alice, own, 'accept');
    assert.equal(await said.say('answer/1', { plain: 'done', html: 'done' }), undefined);
    assert.deepEqual(gone.told, [{ where: alice, id: 'answer/1', plain: 'done' }]);
    const down = await talking(failedForNow('link-down'));
    const again = await (await down.talk.said(alice, own, 'x')).say('answer/2', { plain: '', html: '' });
    assert.equal(again?.reason, 'link-down');
  });
});
