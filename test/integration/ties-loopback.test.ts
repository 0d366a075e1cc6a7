import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../conformance/eventually.ts';
import { tieCases } from '../conformance/tie-cases.ts';
import { loopbackTieRig, type TieRig } from '../conformance/tie-rig.ts';

for (const version of ['11', '12']) {
  tieCases(`loopback, room version ${version}`, () => loopbackTieRig(version));
}

describe('an agreement that nobody comes to in time', { timeout: 120_000 }, () => {
  let rig: TieRig;
  before(async () => {
    rig = await loopbackTieRig('11', 5_000);
  });
  after(() => rig[Symbol.asyncDispose]());

  it('is over, also where the bridge was down meanwhile: the bot and the user go, and it is told', async () => {
    const alice = await rig.person();
    const group = await rig.group('Late');
    const room = await alice.user.createRoom('Ours');
    await alice.ask(`bridge ${rig.network} ${group.address} ${room}`, 'I ask both sides');
    await alice.user.sdk.invite(room, rig.bot);
    const asked = await eventually('the question', () => group.notices()[0]);
    const [code = ''] = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(asked) ?? [];
    await rig.restart();
    await eventually('the news', () => alice.notices().find((notice) => notice.includes('agreed in time')));
    await eventually('the user to leave', () => group.users().length === 0 || undefined);
    assert.equal((await alice.user.memberships(room))[rig.bot], 'leave');
    await group.say('owner', code);
    await alice.ask('ping', 'I am here');
    assert.equal((await alice.user.memberships(room))[rig.bot], 'leave');
  });
});
