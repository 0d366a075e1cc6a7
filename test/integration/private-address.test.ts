import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { RecordingLog } from '../support/recording-log.ts';
import { makeRunDir } from '../support/run-dir.ts';

const number = '+49 170 1234567';
const mail = 'carol@mail.example.org';

describe('names without numbers, on Synapse', { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  const world = new LoopbackWorld();
  const log = new RecordingLog();
  let bridged: BridgedHomeserver;
  let alice: MatrixUser;
  before(async () => {
    const dir = stack.use(await makeRunDir('private-address'));
    bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, maxMediaBytes: 1_000_000, loopbackWorld: world, log },
        networks: { loopback: { addressIsPrivate: true } },
      }),
    );
    const account = await bridged.synapse.createUser('alice', 'a password');
    alice = stack.use(
      await MatrixUser.login({ baseUrl: bridged.synapse.baseUrl, ...account, displayName: 'Alice' }),
    );
  });
  after(() => stack.disposeAsync());

  /** All that a chat with a person, who writes first, shows: its members, their profiles, its state, and the log. */
  const shownOf = async (id: string): Promise<string> => {
    const from = log.lines.length;
    world.person(id).send(alice.userId, `hello from ${id}`);
    const ghost = bridged.ghostOf('loopback', id);
    const { roomId } = await alice.waitForInvite(({ inviter }) => inviter === ghost);
    await alice.join(roomId);
    await alice.waitForText(roomId, `hello from ${id}`);
    const profile = await alice.sdk.getProfileInfo(ghost);
    const state = await alice.sdk.roomState(roomId);
    return JSON.stringify([ghost, roomId, profile, state, log.lines.slice(from)]);
  };
  const figures = (text: string): string => text.replace(/[^\p{Nd}]/gu, '');

  it('has no number and no e-mail address of a person anywhere', async () => {
    world.person('q7x', number);
    world.person('k3m', mail);
    const withNumber = await shownOf('q7x');
    assert.equal(figures(withNumber).includes('1701234567'), false);
    assert.equal(withNumber.includes(number), false);
    assert.equal((await shownOf('k3m')).includes('mail.example'), false);
  });

  it('shows what its owner shares, and names that are none', async () => {
    world.person('s1r', number, true);
    world.person('n0n', 'Dora');
    assert.ok((await shownOf('s1r')).includes(number));
    assert.ok((await shownOf('n0n')).includes('Dora'));
  });
});
