import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { remoteUserId } from '../../../src/core/ids.ts';
import type { RemoteProfile, RunningNetwork } from '../../../src/core/network.ts';
import { failedForGood } from '../../../src/core/outcome.ts';
import { hasAddress, withPrivateAddresses } from '../../../src/core/private-address.ts';
import { SpineRig } from '../../support/spine-rig.ts';

describe('an address', () => {
  const addresses = [
    ...[
      '+49 170 1234567',
      '00491701234567',
      '(030) 12 34 56',
      '٠١٧٠١٢٣٤٥٦٧',
      '1\u200b7\u200b0\u200b1\u200b2\u200b3',
    ],
    ...['Bob +1-555-010-9999', 'bob@example.org', '~bob.b@mail.example.co (Bob)'],
  ];
  const names = ['Bob', 'Bob 2', 'R2D2', 'Class of 1984', 'bob@home', '@bob', '12345', 'Bob (2019)', ''];
  for (const text of addresses) it(`is in ${text}`, () => assert.equal(hasAddress(text), true));
  for (const text of names) it(`is not in ${text}`, () => assert.equal(hasAddress(text), false));

  it('is found in whatever stands around a number', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 20 });
    const figures = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 15 });
    fc.assert(
      fc.property(
        word,
        figures,
        fc.constantFrom('', ' ', '-', ' (', '.'),
        word,
        (before, all, gap, after) => {
          assert.equal(hasAddress(`${before}${all.join(gap)}${after}`), true);
        },
      ),
    );
  });

  it('is looked for in a time that does not explode', () => {
    const started = performance.now();
    for (const hostile of ['1 '.repeat(50_000), 'a@'.repeat(50_000), '1- (./'.repeat(20_000)])
      hasAddress(hostile);
    assert.ok(performance.now() - started < 1_000);
  });
});

describe('a network whose addresses are private', () => {
  const network = (profile: Partial<RemoteProfile>, isPrivate = true): RunningNetwork => {
    const { network: base } = new SpineRig();
    const found = async (): Promise<RemoteProfile> => ({
      ...{ userId: remoteUserId('q7'), chat: base.directory.chatWith(remoteUserId('q7')), name: 'Bob' },
      ...profile,
    });
    return withPrivateAddresses({
      ...base,
      capabilities: { ...base.capabilities, addressIsPrivate: isPrivate },
      directory: { ...base.directory, find: found, profile: found },
    });
  };
  const names = async ({ directory }: RunningNetwork): Promise<unknown> =>
    Promise.all(
      [directory.find('+49 170 1234567'), directory.profile(remoteUserId('q7'))].map(async (asked) => {
        const profile = await asked;
        return 'kind' in profile ? profile.reason : profile.name;
      }),
    );

  it('shows no number and no e-mail address for a name', async () => {
    assert.deepEqual(await names(network({ name: '+49 170 1234567' })), [undefined, undefined]);
    assert.deepEqual(await names(network({ name: 'bob@example.org' })), [undefined, undefined]);
    assert.deepEqual(await names(network({})), ['Bob', 'Bob']);
  });

  it('shows what its owner shares', async () => {
    const shared = network({ name: '+49 170 1234567', sharesAddress: true });
    assert.deepEqual(await names(shared), ['+49 170 1234567', '+49 170 1234567']);
  });

  it('is told from one whose addresses are public, and passes failures on', async () => {
    assert.deepEqual(await names(network({ name: 'bob@example.org' }, false)), [
      'bob@example.org',
      'bob@example.org',
    ]);
    const { network: base } = new SpineRig();
    const gone = async (): Promise<ReturnType<typeof failedForGood>> => failedForGood('no-such-user');
    const failing = withPrivateAddresses({
      ...base,
      capabilities: { ...base.capabilities, addressIsPrivate: true },
      directory: { ...base.directory, find: gone, profile: gone },
    });
    assert.deepEqual(await names(failing), ['no-such-user', 'no-such-user']);
  });
});
