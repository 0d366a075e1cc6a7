import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModerationEvent } from '../../../src/core/event.ts';
import { matrixEventId, matrixUserId, remoteMessageId } from '../../../src/core/ids.ts';
import { failedForGood, type Failed } from '../../../src/core/outcome.ts';
import type { PersonState } from '../../../src/core/stores.ts';
import { moderate } from '../../../src/matrix/moderation.ts';
import type { OutgoingRedaction } from '../../../src/matrix/event-sender.ts';
import { bob, group, own, refusal } from '../../support/puppet-parts.ts';

const bot = { userId: matrixUserId('@bot:hs.test'), deviceId: 'D' };
const ghost = { userId: matrixUserId('@_xmpp_bob:hs.test'), deviceId: 'D' };
const event: ModerationEvent = {
  ...{ kind: 'moderation', cause: 'c', name: undefined, at: 1, reason: ' off\u202e topic ' },
  sender: { in: 'remote', userId: bob },
  target: {
    eventIds: [matrixEventId('$1'), matrixEventId('$2')],
    messageIds: [remoteMessageId('m')],
    author: { in: 'remote', userId: own },
  },
};

async function moderated(
  state: PersonState | undefined,
  refuse: (redaction: OutgoingRedaction) => Failed | undefined = () => undefined,
): Promise<{ readonly done: string; readonly acts: readonly string[] }> {
  const acts: string[] = [];
  const done = await moderate(
    {
      sender: {
        redact: async (redaction) => {
          acts.push(`${redaction.as.userId} ${redaction.target} ${String(redaction.content?.['reason'])}`);
          return refuse(redaction) ?? { kind: 'event', eventId: matrixEventId('$r') };
        },
      },
      ghosts: { userId: () => ghost.userId },
      accounts: { as: () => ghost },
      store: {
        person: async (_portal, remote) =>
          state === undefined ? undefined : { remote, state, role: 'moderator', likeness: '' },
      },
      bot: () => bot,
    },
    event,
    group,
    AbortSignal.timeout(1_000),
  );
  return { done: done.kind === 'failed' ? done.reason : done.kind, acts };
}

describe('what a moderator on the network took back', () => {
  it('is redacted by their ghost where it is in the room, each event, with a cleaned reason', async () => {
    const { done, acts } = await moderated('in');
    assert.equal(done, 'sent');
    assert.deepEqual(acts, [`${ghost.userId} $1 off topic`, `${ghost.userId} $2 off topic`]);
  });

  it('is redacted by the bot where the ghost is not there, or has not the power', async () => {
    const away = await moderated('absent');
    assert.deepEqual(away.acts, [`${bot.userId} $1 off topic`, `${bot.userId} $2 off topic`]);
    assert.deepEqual((await moderated(undefined)).acts, away.acts);
    const weak = await moderated('in', ({ as }) => (as === ghost ? refusal(403, 'M_FORBIDDEN') : undefined));
    assert.equal(weak.done, 'sent');
    assert.deepEqual(weak.acts, [`${ghost.userId} $1 off topic`, ...away.acts]);
  });

  it('fails where nobody may, and is done where the event is gone', async () => {
    assert.equal((await moderated('in', () => refusal(403, 'M_FORBIDDEN'))).done, 'forbidden');
    assert.equal((await moderated('absent', () => failedForGood('unknown-target'))).done, 'sent');
  });
});
