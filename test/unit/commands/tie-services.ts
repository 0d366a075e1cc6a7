import { matrixUserId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { TieDesk } from '../../../src/commands/services.ts';

/** Bridges rooms by their names, and tells what it was asked. */
export function tieDesk(asked: (wish: string) => void): TieDesk {
  return {
    bot: matrixUserId('@causeway:example.org'),
    begin: async ({ address, room, round }) => {
      asked(`${address} ${room} ${round}`);
      if (room === '!secret:example.org') return { kind: 'refused', why: 'encrypted' };
      if (room === '!bare:example.org') return { kind: 'refused', why: 'bot-power' };
      return address === 'gone@example.net' ? failedForGood('no-such-group') : { kind: 'begun', minutes: 60 };
    },
    end: async (_user, admin, which) => {
      asked(`end ${which}${admin ? ' as an administrator' : ''}`);
      if (which === '#unknown:example.org') return { kind: 'not-bridged' };
      if (which === '#theirs:example.org') return { kind: 'may-not-end' };
      if (which === '#away:example.org') return failedForNow('link-down');
      return { kind: 'ended', room: '!room:example.org', address: 'salon@example.net' };
    },
  };
}
