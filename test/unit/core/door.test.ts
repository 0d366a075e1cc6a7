import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inOrder, type Contact, type Door } from '../../../src/core/door.ts';
import type { Policy } from '../../../src/core/policy.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import {
  fromAlice,
  fromRemote,
  outcomeOf,
  rigWithPortal,
  SpineRig,
  textBody,
} from '../../support/spine-rig.ts';

const passes: Policy = { judge: () => ({ kind: 'pass' }) };

function shut(told: 'sender' | 'nobody', seen: Contact[] = []): Door {
  return {
    admit: async (contact) => {
      seen.push(contact);
      return { kind: 'blocked', rule: 'declined', told };
    },
  };
}

describe('doors', () => {
  it('ask in their order, and the first that does not let it pass decides', async () => {
    const asked: string[] = [];
    const door = (name: string, admission: Awaited<ReturnType<Door['admit']>>): Door => ({
      admit: async () => {
        asked.push(name);
        return admission;
      },
    });
    const contact = {} as Contact;
    const both = inOrder([
      door('open', { kind: 'pass' }),
      door('shut', { kind: 'blocked', rule: 'request', told: 'nobody' }),
      door('never', { kind: 'blocked', rule: 'unanswered', told: 'sender' }),
    ]);
    assert.deepEqual(await both.admit(contact), { kind: 'blocked', rule: 'request', told: 'nobody' });
    assert.deepEqual(asked, ['open', 'shut']);
    assert.deepEqual(await inOrder([]).admit(contact), { kind: 'pass' });
  });

  it('open no room for whom they shut out, and tell them nothing', async () => {
    const seen: Contact[] = [];
    const rig = new SpineRig({ doors: [shut('nobody', seen)], policy: passes });
    await rig.spine.receiveRemote(rig.network.id, fromRemote('bob', 'one', textBody('hello')));
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'one'), { kind: 'blocked', rule: 'declined' });
    assert.deepEqual([rig.roomsMade, rig.atMatrix, rig.refused], [[], [], []]);
    assert.deepEqual(
      seen.map(({ direction, kind, what, first, remote }) => ({ direction, kind, what, first, remote })),
      [{ direction: 'to-matrix', kind: 'direct', what: 'message', first: true, remote: 'bob' }],
    );
    await rig.stop();
  });

  it('tell the sender where they are to know', async () => {
    const rig = new SpineRig({ doors: [shut('sender')] });
    await rig.spine.receiveRemote(rig.network.id, fromRemote('bob', 'one', textBody('hello')));
    await rig.quiet();
    rig.reports.poke();
    while (rig.refused.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(rig.refused, [{ outerId: 'one', outcome: { kind: 'blocked', rule: 'declined' } }]);
    await rig.stop();
  });

  it('are asked for what a user writes too', async () => {
    const seen: Contact[] = [];
    const { rig, portal } = await rigWithPortal({ doors: [shut('sender', seen)] });
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'one', textBody('hello'))]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$one'), { kind: 'blocked', rule: 'declined' });
    assert.deepEqual(rig.atNetwork, []);
    assert.deepEqual(
      seen.map(({ direction, remote, first }) => ({ direction, remote, first })),
      [{ direction: 'to-network', remote: 'bob', first: false }],
    );
    await rig.stop();
  });

  it('are asked again where they could not say yet', async () => {
    let asked = 0;
    const door: Door = {
      admit: async () => (++asked === 1 ? failedForNow('link-down', undefined, 1) : { kind: 'pass' }),
    };
    const rig = new SpineRig({ doors: [door] });
    await rig.spine.receiveRemote(rig.network.id, fromRemote('bob', 'one', textBody('hello')));
    while ((await outcomeOf(rig, 'one')) === undefined)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await outcomeOf(rig, 'one'), { kind: 'sent' });
    assert.equal(asked, 2);
    await rig.stop();
  });
});
