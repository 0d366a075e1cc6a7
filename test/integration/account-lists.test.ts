import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../conformance/eventually.ts';
import { listCases } from '../conformance/list-cases.ts';
import { ListRig, otherServer, xmppClient } from '../conformance/list-rig.ts';

describe('the lists of accounts', { timeout: 300_000 }, () => {
  let rig: ListRig;
  before(async () => {
    rig = await ListRig.open();
  });
  after(() => rig[Symbol.asyncDispose]());

  listCases(
    'loopback',
    () => rig,
    () => rig.networks[0],
  );
  listCases(
    'xmpp',
    () => rig,
    () => rig.networks[1],
  );

  it('on XMPP name whole domains; what else they name is left as it is', async () => {
    const [, xmpp] = rig.networks;
    const alice = await rig.matrixUser('alice');
    const own = await rig.linked(alice, xmpp, 'own');
    const device = `${xmpp.stranger('bob')}/phone`;
    const kept = ['matrix.xmpp.localhost', `carol@matrix.xmpp.localhost`, device, own.address].slice(1);
    for (const entry of [...kept, otherServer]) await own.block(entry);
    const shown = await alice.ask('blocks', /everybody at other\.localhost/);
    assert.match(shown, /You have blocked 1 /);
    const dave = await rig.xmppUser('dave', otherServer);
    const { jid } = await rig.xmppUser('erin');
    await dave.sendText('alice@matrix.xmpp.localhost', 'let me in');
    const before = alice.user.sdk.getRooms().length;
    await alice.ask(`start xmpp ${dave.jid}`, /You have blocked this person/);
    assert.equal(alice.user.sdk.getRooms().length, before);
    await alice.ask('unblock 1', /other\.localhost is not blocked any more/);
    await alice.ask(`block xmpp ${jid}`, /is blocked/);
    await eventually('the list', async () => {
      const list = await own.blocked();
      return list.join() === [...kept, jid].sort().join() || undefined;
    });
  });

  it('are not followed where the server does not grant it: the user is told once', async () => {
    const erik = await rig.matrixUser('erik');
    const user = await rig.xmppUser('erik', otherServer);
    const own = xmppClient(user);
    await erik.ask(`link xmpp ${own.address}`, /A code was sent/);
    await erik.ask(`link xmpp ${await own.code()}`, /is linked/);
    const news = (): readonly string[] =>
      erik.notices().filter((line) => line.includes('cannot be followed'));
    await eventually('the news', () => news()[0]);
    await erik.ask(`block xmpp ${rig.networks[1].stranger('frank')}`, /is blocked/);
    assert.match(await erik.ask('blocks', /1 person/), /here, not on xmpp/);
    await rig.bridged.restart();
    assert.match(await erik.ask('blocks', /1 person/), /here, not on xmpp/);
    assert.deepEqual([news().length, await own.blocked()], [1, []]);
  });
});
