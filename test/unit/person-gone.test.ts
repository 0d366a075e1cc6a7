import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, networkId, portalId, remoteChatId, remoteUserId, roomId } from '../../src/core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../src/core/outcome.ts';
import { personGone } from '../../src/person-gone.ts';
import type { Rendered } from '../../src/texts/catalogue.ts';

const id = networkId('thirdparty');
const bob = remoteUserId('12-7');
const [alice, carol] = [matrixUserId('@alice:example.org'), matrixUserId('@carol:example.org')];

function told(answer?: Failed): {
  readonly lines: (readonly [string, string, string])[];
  readonly gone: ReturnType<typeof personGone>;
} {
  const lines: (readonly [string, string, string])[] = [];
  const gone = personGone(
    {
      portals: {
        byKey: async ({ network, chat, receiver }) =>
          receiver === alice
            ? {
                ...{ kind: 'direct', id: portalId('p1'), remote: bob, room: roomId('!r') },
                key: { network, chat, receiver },
              }
            : undefined,
      },
      users: { get: async () => undefined },
      ghosts: { get: async () => undefined },
      ghostId: () => undefined,
      reporter: {
        notice: async (user, name, line: Rendered) => {
          lines.push([user, name, line.plain]);
          return answer;
        },
      },
      network: () => ({
        directory: {
          chatWith: (user) => remoteChatId(user),
          find: async () => failedForGood('no-such-user'),
          profile: async () => failedForGood('no-such-user'),
        },
      }),
    },
    id,
  );
  return { lines, gone };
}

describe('a person who is gone', () => {
  it('is told of to those who have a chat with them, under one name each time', async () => {
    const { lines, gone } = told();
    await gone(bob, [alice, carol]);
    await gone(bob, [alice]);
    assert.equal(lines.length, 2);
    assert.deepEqual(lines[0], lines[1]);
    assert.deepEqual(lines[0]?.slice(0, 2), [alice, 'gone/p1']);
    assert.match(lines[0][2], /^12-7 is not on /);
  });

  it('is told of later where it cannot be now, and never where it cannot be at all', async () => {
    await assert.rejects(told(failedForNow('link-down')).gone(bob, [alice]));
    await told(failedForGood('forbidden')).gone(bob, [alice]);
  });
});
