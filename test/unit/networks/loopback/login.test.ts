import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../../src/core/ids.ts';
import type { LoginFlows, LoginStep } from '../../../../src/core/network.ts';
import { loginFlows } from '../../../../src/networks/loopback/login.ts';
import { LoopbackWorld } from '../../../../src/networks/loopback/index.ts';
import { alice, join } from './rig.ts';

interface Asked {
  readonly flows: LoginFlows;
  readonly step: Extract<LoginStep, { kind: 'ask' }>;
  readonly code: string;
  readonly pass: (ms: number) => void;
}

async function asked(): Promise<Asked> {
  const world = new LoopbackWorld();
  const bob = world.person('bob');
  let now = 0;
  const flows = loginFlows(
    world.connect({ deliver: () => undefined, linkChanged: () => undefined }),
    () => now,
  );
  const step = await flows.begin(alice, ' bob ');
  assert.ok(step.kind === 'ask');
  const { body } = await bob.waitFor((packet) => packet.body.kind === 'code');
  assert.ok(body.kind === 'code');
  return { flows, step, code: body.code, pass: (ms) => (now += ms) };
}

describe('linking a person of the world', () => {
  it('is done with the code that came into their inbox', async () => {
    const { flows, step, code } = await asked();
    assert.equal(step.address, 'bob');
    assert.match(code, /^\d{6}$/);
    assert.deepEqual(await flows.answer(alice, step.state, ` ${code}\n`), { kind: 'done', remote: 'bob' });
  });

  it('fails with another code, for another user, and too late', async () => {
    const { flows, step, code, pass } = await asked();
    const other = code === '000000' ? '000001' : '000000';
    const reasons = [
      await flows.answer(alice, step.state, other),
      await flows.answer(matrixUserId('@eve:hs'), step.state, code),
    ];
    pass(16 * 60_000);
    reasons.push(await flows.answer(alice, step.state, code));
    assert.deepEqual(
      reasons.map((answer) => answer.kind === 'failed' && answer.reason),
      ['not-permitted', 'not-permitted', 'expired'],
    );
  });

  it('needs a person who is there', async () => {
    await using rig = await join();
    for (const typed of ['nobody', 'not a name', '']) {
      const step = await rig.network.logins?.begin(alice, typed);
      assert.ok(step?.kind === 'failed' && step.reason === 'no-such-user', typed);
    }
  });
});

describe('the directory', () => {
  it('finds who is there, and says why it finds nobody', async () => {
    await using rig = await join();
    rig.world.person('bob', 'Bob');
    const { directory } = rig.network;
    assert.deepEqual(await directory.find(' Bob '), {
      userId: 'bob',
      chat: 'bob',
      name: 'Bob',
      avatar: 'none',
    });
    const nobody = await directory.find('nobody');
    assert.ok('kind' in nobody && nobody.reason === 'no-such-user');
    rig.world.fail({ down: true });
    const later = await directory.find('bob');
    assert.ok('kind' in later && later.reason === 'link-down' && later.retry.kind === 'later');
  });
});
