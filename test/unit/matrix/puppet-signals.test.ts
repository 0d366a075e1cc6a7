import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MatrixHandled, MatrixHandlers } from '../../../src/core/homeserver.ts';
import { matrixEventId, remoteMessageId } from '../../../src/core/ids.ts';
import { withOwnSignals } from '../../../src/matrix/puppet-signals.ts';
import { alice, bob, group, own, puppetParts, xmpp } from '../../support/puppet-parts.ts';

const carried: MatrixHandled = { kind: 'sent', eventIds: [], reactionEvents: new Map() };

describe('the signals of who is a Matrix user too', () => {
  it('are theirs, and everybody else’s go on to who carries them', async () => {
    const parts = puppetParts();
    await parts.stores.logins.put({ user: alice, network: xmpp, remote: own, linkedAt: 1 });
    const seen: string[] = [];
    const record = async (event: { readonly kind: string; readonly sender: { readonly userId: string } }) => {
      seen.push(`${event.kind} ${event.sender.userId}`);
      return carried;
    };
    const inner: MatrixHandlers = { receipt: record, typing: record, presence: record, membership: record };
    const handlers = withOwnSignals(inner, {
      reads: {
        take: async ({ sender }) => {
          if (sender.userId !== own) return undefined;
          seen.push('read by the user');
          return carried;
        },
      },
      puppets: parts.puppets,
      logins: parts.stores.logins,
    });
    const tell = async (userId: typeof own): Promise<void> => {
      const event = { cause: 'c', name: undefined, at: 1, sender: { in: 'remote', userId } } as const;
      const target = {
        eventIds: [matrixEventId('$1')],
        messageIds: [remoteMessageId('m')],
        author: event.sender,
      } as const;
      const signal = AbortSignal.timeout(1_000);
      await handlers.receipt?.({ ...event, kind: 'receipt', receipt: 'read', target }, group, signal);
      await handlers.typing?.({ ...event, kind: 'typing', typing: true }, group, signal);
      const presence = { kind: 'presence', presence: 'online', status: undefined } as const;
      await handlers.presence?.({ ...event, ...presence }, group, signal);
      const join = { kind: 'membership', change: { kind: 'join' }, member: event.sender } as const;
      await handlers.membership?.({ ...event, ...join }, group, signal);
      const ofMatrix = { in: 'matrix', userId: alice } as const;
      await handlers.membership?.({ ...event, ...join, member: ofMatrix, cause: 'on Matrix' }, group, signal);
    };
    const all = (who: string): readonly string[] => [`receipt ${who}`, ...rest(who)];
    const rest = (who: string): readonly string[] => [
      `typing ${who}`,
      `presence ${who}`,
      `membership ${who}`,
      `membership ${who}`,
    ];
    await tell(own);
    // Her membership on Matrix itself is news like any other's.
    assert.deepEqual(seen.splice(0), ['read by the user', 'membership own@x']);
    await tell(bob);
    assert.deepEqual(seen.splice(0), all('bob@x'));
    parts.level = 'token';
    await tell(own);
    assert.deepEqual(seen, ['read by the user', ...rest('own@x')]);
  });
});
