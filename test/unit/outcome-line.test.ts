import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestRules } from '../../src/core/request-door.ts';
import { matrixUserId, networkId, portalId, remoteChatId, remoteUserId, roomId } from '../../src/core/ids.ts';
import type { Portal } from '../../src/core/portal.ts';
import { outcomeLine } from '../../src/outcome-line.ts';

const alice = matrixUserId('@alice:hs.test');
const portal: Portal = {
  kind: 'direct',
  ...{ id: portalId('p'), remote: remoteUserId('bob@x'), room: roomId('!r:hs.test') },
  key: { network: networkId('xmpp'), chat: remoteChatId('bob@x'), receiver: alice },
};

async function told(language: 'en' | 'ar'): Promise<string> {
  const line = outcomeLine({
    users: { get: async () => ({ userId: alice, managementRoom: undefined, language }) },
    ghosts: { get: async () => undefined },
    ghostOf: () => undefined,
  });
  return (await line(alice, { kind: 'blocked', rule: requestRules.unanswered }, portal)).plain;
}

describe('what a user is told who writes too much to somebody who never answered', () => {
  it('says whom it is about, why it did not go, and what would let it', async () => {
    const said = (await told('en')).replace(/[\u2066-\u2069]/g, '');
    assert.match(said, /^bob@x has not answered yet.*no more messages.*before they do.*not delivered/);
    assert.match(await told('ar'), /لم يجب.*bob@x.*لم تصل رسالتك/);
  });
});
