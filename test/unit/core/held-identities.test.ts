import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Identities } from '../../../src/core/identities.ts';
import { parseFingerprint, remoteUserId, type Fingerprint } from '../../../src/core/ids.ts';
import { strictDoor } from '../../../src/core/strict-door.ts';
import type { Strict } from '../../../src/core/strict.ts';
import { memoryIdentities } from '../../support/memory-identities.ts';
import { RequestRig } from '../../support/request-rig.ts';
import { alice, fromAlice, fromRemote, net, outcomeOf, textBody } from '../../support/spine-rig.ts';

const bob = remoteUserId('bob');
function fingerprint(text: string): Fingerprint {
  const parsed = parseFingerprint(text);
  assert.ok(parsed !== undefined);
  return parsed;
}
const key = { user: alice, network: net, remote: bob };

/** A chat of Alice, who is strict, with Bob, whom she has accepted. */
class Scene implements AsyncDisposable {
  readonly rig: RequestRig;
  readonly identities: Identities;
  readonly world: { level: Strict };
  #changes = 0;
  #count = 0;

  constructor(rig: RequestRig, identities: Identities, world: { level: Strict }) {
    this.rig = rig;
    this.identities = identities;
    this.world = world;
  }

  static async start(): Promise<Scene> {
    const world = { level: 'unencrypted' as Strict };
    const identities = new Identities(memoryIdentities());
    const rig = await RequestRig.start({
      isOn: false,
      doors: [
        strictDoor({
          strictness: { of: async () => world.level, any: async () => world.level !== 'off' },
          accepted: { accepted: async () => true },
          isEncrypted: async () => true,
          members: async () => [],
          identities,
        }),
      ],
      isInDoubt: async ({ user, network, remote }) =>
        world.level !== 'off' && (await identities.state(user, network, remote)) === 'changed',
    });
    const scene = new Scene(rig, identities, world);
    identities.listen(() => void rig.book.confirmed(alice));
    await scene.change();
    await scene.say('hello');
    return scene;
  }

  async say(...texts: readonly string[]): Promise<void> {
    for (const said of texts)
      await this.rig.rig.spine.receiveRemote(net, fromRemote('bob', said, textBody(said)));
    await this.quiet();
  }

  /** Bob has another identity; the first one is taken as it is. */
  async change(): Promise<void> {
    this.#changes += 1;
    const identity = fingerprint(`number-${String(this.#changes)}`);
    await this.identities.seen(key, { identity, previous: undefined, verified: false, at: this.#changes });
  }

  async confirm(): Promise<void> {
    await this.identities.confirm(key, fingerprint(`number-${String(this.#changes)}`));
    await this.quiet();
  }

  /** Alice writes at another client of hers. */
  async own(): Promise<string> {
    this.#count += 1;
    const id = `own-${String(this.#count)}`;
    const { raw, ...arrival } = fromRemote('bob', id, textBody(id));
    const said = raw.replace('"sender":{"in":"remote","userId":"bob"}', `"sender":${JSON.stringify(own)}`);
    assert.notEqual(said, raw);
    await this.rig.rig.spine.receiveRemote(net, { ...arrival, raw: said });
    await this.quiet();
    return id;
  }

  async quiet(): Promise<void> {
    for (let rounds = 0; rounds < 4; rounds += 1) {
      await this.rig.rig.quiet();
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }

  async state(id: string): Promise<string | undefined> {
    return (await this.rig.storage.events.find(id))?.state;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rig[Symbol.asyncDispose]();
  }
}
const own = { in: 'matrix', userId: alice } as const;

describe('what somebody writes whose identity has changed', () => {
  it('waits, is told of, and comes in order when the user has confirmed it; the answer is needed', async () => {
    await using scene = await Scene.start();
    await scene.change();
    await scene.say('one', 'two');
    assert.deepEqual([scene.rig.texts(), await scene.state('one')], [['hello'], 'held']);
    const [request] = await scene.rig.book.list(alice, ['open'], 0, 10);
    assert.deepEqual([request?.kind, request?.held, request?.remote], ['identity', 2, 'bob']);
    assert.equal((await scene.rig.book.answer(alice, 1, 'accept')).kind, 'in-doubt');
    await scene.say('three');
    assert.deepEqual(scene.rig.texts(), ['hello']);
    await scene.confirm();
    await scene.say('four');
    assert.deepEqual(scene.rig.texts(), ['hello', 'one', 'two', 'three', 'four']);
    assert.deepEqual(await scene.rig.book.list(alice, ['open'], 0, 10), []);
  });

  it('waits over a restart, and again when it changes again', async () => {
    await using scene = await Scene.start();
    await scene.change();
    await scene.say('one');
    await scene.rig.restart();
    await scene.say('two');
    assert.deepEqual(scene.rig.texts(), []);
    await scene.confirm();
    assert.deepEqual(scene.rig.texts(), ['one', 'two']);
    await scene.change();
    await scene.say('three');
    assert.equal(await scene.state('three'), 'held');
    await scene.confirm();
    assert.deepEqual(scene.rig.texts(), ['one', 'two', 'three']);
  });

  it('comes at the next start where the bridge ended between the word and the release', async () => {
    await using scene = await Scene.start();
    await scene.change();
    await scene.say('one');
    scene.world.level = 'off';
    await scene.rig.restart();
    await scene.quiet();
    assert.deepEqual(scene.rig.texts(), ['one']);
  });

  it('does not come because the user writes at another client of theirs', async () => {
    await using scene = await Scene.start();
    await scene.change();
    await scene.say('one');
    const id = await scene.own();
    assert.equal((await outcomeOf(scene.rig.rig, id))?.kind, 'sent');
    assert.equal(await scene.state('one'), 'held');
    await scene.confirm();
    assert.deepEqual(scene.rig.texts(), ['hello', id, 'one']);
  });

  it('is gone when the user declines it, and what comes later waits anew', async () => {
    await using scene = await Scene.start();
    await scene.change();
    await scene.say('one');
    assert.equal((await scene.rig.book.answer(alice, 1, 'decline')).kind, 'done');
    assert.deepEqual(await outcomeOf(scene.rig.rig, 'one'), { kind: 'blocked', rule: 'declined' });
    await scene.say('two');
    assert.equal(await scene.state('two'), 'held');
    await scene.confirm();
    assert.deepEqual(scene.rig.texts(), ['hello', 'two']);
  });

  it('is not answered: what the user writes to them is stopped, and they are told', async () => {
    await using scene = await Scene.start();
    const [portal] = await scene.rig.storage.portals.ofUser(alice);
    assert.ok(portal !== undefined);
    await scene.change();
    await scene.rig.rig.spine.receiveMatrix([fromAlice(portal.room, 'a', textBody('to bob'))]);
    await scene.quiet();
    assert.deepEqual(await outcomeOf(scene.rig.rig, '$a'), { kind: 'blocked', rule: 'strict-identity' });
    assert.equal(scene.rig.rig.atNetwork.length, 0);
  });

  it('never comes before it may, all of it once and in its order, whatever happens when', async () => {
    const act = fc.constantFrom('say', 'say', 'say', 'change', 'confirm', 'strict', 'own', 'restart');
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 14 }), async (acts) => {
        await using scene = await Scene.start();
        const said: string[] = ['hello'];
        let inDoubt = false;
        for (const [at, what] of acts.entries()) {
          const before = [...scene.rig.delivered, ...scene.rig.texts()].filter(
            (text) => !text.startsWith('own'),
          );
          const isHeld = inDoubt && scene.world.level !== 'off';
          switch (what) {
            case 'say': {
              said.push(String(at));
              await scene.say(String(at));
              break;
            }
            case 'change':
              inDoubt = true;
              await scene.change();
              break;
            case 'confirm':
              inDoubt = false;
              await scene.confirm();
              break;
            case 'strict':
              scene.world.level = scene.world.level === 'off' ? 'unencrypted' : 'off';
              await scene.rig.book.confirmed(alice);
              await scene.quiet();
              break;
            case 'own':
              await scene.own();
              break;
            case 'restart':
              await scene.rig.restart();
              await scene.quiet();
              break;
          }
          const now = [...scene.rig.delivered, ...scene.rig.texts()].filter(
            (text) => !text.startsWith('own'),
          );
          if (isHeld && (what === 'say' || what === 'own' || what === 'restart' || what === 'change'))
            assert.deepEqual(now, before, `${what} of ${acts.join()}`);
        }
        scene.world.level = 'off';
        await scene.rig.book.confirmed(alice);
        await scene.quiet();
        const all = [...scene.rig.delivered, ...scene.rig.texts()].filter((text) => !text.startsWith('own'));
        assert.deepEqual(all, said);
      }),
      { numRuns: 12 },
    );
  });
});
