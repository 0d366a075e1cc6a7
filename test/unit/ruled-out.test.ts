import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, networkId } from '../../src/core/ids.ts';
import { ruledOut } from '../../src/ruled-out.ts';
import { ruleOf, rulesOf } from '../support/rule-events.ts';

const alice = matrixUserId('@alice:example.org');
const xmpp = networkId('xmpp');

describe('what rules leave out on a network', () => {
  it('is what they refuse or drop in a direction, for this user, with what is known of their regions', async () => {
    const rules = rulesOf([
      ruleOf({ id: 'a', features: ['call', 'poll'], action: 'refuse', networks: ['xmpp'] }),
      ruleOf({ id: 'b', features: ['sticker'], action: 'convert' }),
      ruleOf({ id: 'c', features: ['typing'], action: 'drop', direction: 'to-network' }),
      ruleOf({ id: 'd', features: ['poll'], action: 'allow', users: [alice] }),
      ruleOf({ id: 'e', features: ['link'], action: 'refuse', regions: ['DE'] }),
    ]);
    const ask = (regions: readonly string[], network = xmpp) =>
      ruledOut({ rules }, { look: async () => regions }, alice, network);
    assert.deepEqual(await ask([]), ['typing', 'call']);
    assert.deepEqual(await ask(['DE']), ['typing', 'link', 'call']);
    assert.deepEqual(await ask([], networkId('loopback')), ['typing']);
  });
});
