import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { remoteUserId } from '../../../src/core/ids.ts';
import { People, type Faces } from '../../../src/core/people.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { net, SpineRig } from '../../support/spine-rig.ts';

const bob = remoteUserId('bob');

function setUp(faces: Partial<Faces> = {}) {
  const followed: (string | undefined)[] = [];
  let now = 1e12;
  const people = new People({
    faces: {
      isOlder: async (_network, _remote, before) => before > 1e12,
      follow: async (_network, _remote, { name }) => (followed.push(name), undefined),
      ...faces,
    },
    network: () => new SpineRig().network,
    log: new RecordingLog(),
    now: () => now,
  });
  return { people, followed, pass: (ms: number) => (now += ms) };
}

describe('people and their ghosts', () => {
  it('are compared at once when the network tells of a change', async () => {
    const { people, followed } = setUp();
    people.changed(net, bob);
    await sleep(10);
    assert.deepEqual(followed, ['bob']);
    await people.stop();
  });

  it('are compared when somebody speaks, once a day', async () => {
    const asked: number[] = [];
    const { people, pass } = setUp({ isOlder: async (_n, _r, before) => (asked.push(before), false) });
    for (let times = 0; times < 3; times += 1) {
      people.spoke(net, bob);
      await sleep(10);
    }
    assert.deepEqual(asked, [1e12 - 86_400_000]);
    pass(86_400_001);
    people.spoke(net, bob);
    await sleep(10);
    assert.equal(asked.length, 2);
    await people.stop();
  });

  it('who change all the time are followed within a rate, to the last', async () => {
    const { people, followed, pass } = setUp();
    for (let times = 0; times < 50; times += 1) {
      people.changed(net, bob);
      await sleep(1);
    }
    assert.ok(followed.length <= 10, `${followed.length}`);
    pass(2_000);
    people.changed(net, bob);
    await sleep(10);
    assert.ok(followed.length <= 11);
    await people.stop();
  });

  it('are compared again when they speak, where the homeserver was away', async () => {
    let tries = 0;
    const isOlder = async (): Promise<boolean> => true;
    const { people } = setUp({ isOlder, follow: async () => ((tries += 1), failedForNow('link-down')) });
    for (let times = 0; times < 2; times += 1) {
      people.spoke(net, bob);
      await sleep(10);
    }
    assert.equal(tries, 2);
    await people.stop();
  });
});
