import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeApps, type AppChat, type AppRun } from '../../../../scripts/verify/app/judgement.ts';
import type { WirePart } from '../../../../scripts/verify/app/plan.ts';
import { reusedSteps } from '../../../../scripts/verify/app/ratchet.ts';
import type { AppRecord } from '../../../../scripts/verify/app/record.ts';
import { acquaint, person, sealed, type Person } from '../../../support/signal-scene.ts';

const part = (bytes: string, over: Partial<WirePart> = {}): WirePart => ({
  ...{ way: 'out', user: 'anna', id: 'A1', type: 'msg', bytes },
  ...over,
});

async function sealedPart(from: Person, to: Person, text: string, id: string): Promise<WirePart> {
  const { type, bytes } = await sealed(from, to, text, id);
  return part(Buffer.from(bytes).toString('base64'), { id, type });
}

/** The same step with something else sealed, as who goes back to an older state makes it. */
async function forked(): Promise<readonly [WirePart, WirePart]> {
  const [anna, bob] = [await person('anna'), await person('bob')];
  await acquaint(anna, bob);
  const before = new Map(anna.store.rows);
  const first = await sealedPart(anna, bob, 'one', 'A1');
  anna.store.rows = before;
  return [first, await sealedPart(anna, bob, 'two', 'A2')];
}

const chat = (over: Partial<AppChat> = {}): AppChat => ({
  ...{ name: 'anna', room: '!a', rooms: ['!a'], wanted: 2 },
  ...{ accepted: ['m1', 'm2'], shown: ['a1', 'a2'] },
  ...over,
});
const app = (over: Partial<AppRecord> = {}): AppRecord => ({
  ...{ name: 'anna', login: '12-1', written: ['a1', 'a2'], received: ['m1', 'm2'] },
  ...{ delivered: new Set(['a1', 'a2']), troubles: [] },
  ...over,
});

async function run(over: Partial<AppRun> = {}): Promise<AppRun> {
  const [wire] = await forked();
  return {
    ...{ chats: [chat()], apps: [app()], wire: [wire], states: [{ state: 'sent', ended: true, count: 4 }] },
    ...{ secrecy: { steps: ['s 0'], clear: [], unopened: [] }, unexpectedEnds: [], kills: 1, wanted: 2 },
    ...over,
  };
}

describe('the judgement of a run with the partner app', () => {
  it('holds where everything arrived once, in order', async () => {
    const judged = judgeApps(await run());
    assert.deepEqual(
      judged.guarantees.filter(({ ok }) => !ok),
      [],
    );
    assert.ok(judged.ok);
  });

  const broken: readonly (readonly [string, () => Promise<Partial<AppRun>> | Partial<AppRun>])[] = [
    ['to the app: every event arrives', () => ({ apps: [app({ received: ['m1'] })] })],
    ['to the app: once', () => ({ apps: [app({ received: ['m1', 'm2', 'm2'] })] })],
    ['to the app: in order', () => ({ apps: [app({ received: ['m2', 'm1'] })] })],
    ['to Matrix: every event arrives', () => ({ chats: [chat({ shown: ['a1'] })] })],
    ['to Matrix: once', () => ({ chats: [chat({ shown: ['a1', 'a2', 'a2'] })] })],
    ['to Matrix: in order', () => ({ chats: [chat({ shown: ['a2', 'a1'] })] })],
    ['the app is told of what has arrived', () => ({ apps: [app({ delivered: new Set(['a1']) })] })],
    ['nothing was given up in the app', () => ({ apps: [app({ troubles: ['own A1: too-large'] })] })],
    ['one room for each chat', () => ({ chats: [chat({ rooms: ['!a', '!b'] })] })],
    ['no step of a ratchet seals two things', async () => ({ wire: await forked() })],
    ['the load flowed', () => ({ wanted: 3 })],
    ['every event ended in one outcome', () => ({ states: [{ state: 'pending', ended: false, count: 1 }] })],
    ['both ended only when told to', () => ({ unexpectedEnds: ['app before kill 2: exit code 1'] })],
  ];
  for (const [name, over] of broken)
    it(`finds what breaks "${name}"`, async () => {
      const judged = judgeApps(await run(await over()));
      assert.deepEqual(
        judged.guarantees.filter(({ ok }) => !ok).map((one) => one.name),
        [name],
      );
    });
});

describe('steps of ratchets', () => {
  it('are counted once, however often the same bytes go over the wire, first messages included', async () => {
    const [anna, bob] = [await person('anna'), await person('bob')];
    await acquaint(anna, bob);
    const parts = [await sealedPart(anna, bob, 'one', 'A1'), await sealedPart(anna, bob, 'two', 'A2')];
    assert.deepEqual(reusedSteps([...parts, ...parts]), { steps: 2, faults: [] });
    const carol = await person('carol');
    const upload = await bob.party.upload(0);
    assert.ok(upload.kind === 'upload');
    await carol.party.establish(bob.name, {
      ...{ registration: upload.registration, identity: upload.identity, signed: upload.signed },
      prekey: upload.prekeys[0],
    });
    const first = await sealedPart(carol, bob, 'hello', 'C1');
    assert.equal(first.type, 'pkmsg');
    assert.deepEqual(reusedSteps([first, await sealedPart(carol, bob, 'again', 'C2')]), {
      steps: 2,
      faults: [],
    });
  });

  it('are not found in what is no message', () => {
    assert.deepEqual(reusedSteps([part('AAAA')]), {
      steps: 0,
      faults: ["A1 of anna is no message of Signal's"],
    });
  });
});
