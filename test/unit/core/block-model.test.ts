import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Blocks } from '../../../src/core/blocks.ts';
import type { Admission, Contact } from '../../../src/core/door.ts';
import { portalId, remoteChatId, remoteUserId, roomId } from '../../../src/core/ids.ts';
import type { Failed } from '../../../src/core/outcome.ts';
import type { PortalKey } from '../../../src/core/portal.ts';
import { storedName } from '../../../src/core/persons.ts';
import type { GroupMember } from '../../../src/core/stores.ts';
import { makeGate, type Gate } from '../../../src/gate.ts';
import { RulesInForce } from '../../../src/rules/in-force.ts';
import {
  admin,
  anyStep,
  BlockModel,
  decidesItself,
  group,
  modelNames,
  modelNetworks,
  modelUsers,
  nameAt,
  serverOf,
  spellings,
  type Step,
} from '../../support/block-model.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';
import { ruleOf } from '../../support/rule-events.ts';

const blocksOptions = {
  serverOf: (_network: string, name: string) => serverOf(name),
  spellings: (_network: string, name: string) => spellings(name).map((other) => remoteUserId(other)),
  decidesItself,
};
/** Rules of all sorts; none of them may let in what a block shuts out. */
const rulesets = [
  [],
  [ruleOf({ id: 'all', features: ['text', 'image', 'reaction', 'edit', 'group'], action: 'allow' })],
  [ruleOf({ id: 'people', people: ['*'], features: ['text', 'link'], action: 'allow' })],
  [ruleOf({ id: 'none', features: ['text', 'sticker'], action: 'refuse' })],
];

/** The real doors over stores in memory, with what the model has been through. */
class Scene {
  readonly model = new BlockModel();
  readonly store = new MemoryBlocks();
  readonly #rules = new RulesInForce();
  #blocks: Blocks;
  gate: Gate;

  private constructor(blocks: Blocks) {
    this.#blocks = blocks;
    this.gate = this.#gate();
  }

  static async open(): Promise<Scene> {
    const scene = new Scene(await Blocks.load(new MemoryBlocks(), blocksOptions));
    await scene.#load();
    return scene;
  }

  async take(step: Step): Promise<void> {
    this.model.take(step);
    const blocks = this.#blocks;
    if (step.kind === 'block')
      await blocks.block(
        step.owner,
        { kind: 'person', name: storedName(nameAt(step.name)) },
        { author: admin },
      );
    else if (step.kind === 'unblock')
      await blocks.unblock(step.owner, { kind: 'person', name: storedName(nameAt(step.name)) });
    else if (step.kind === 'same') await blocks.same(nameAt(step.one), nameAt(step.other));
    else if (step.kind === 'ban') await blocks.block('homeserver', step.what, { author: admin });
    else if (step.kind === 'unban') await blocks.unblock('homeserver', step.what);
    else if (step.kind === 'rules') this.#rules.change({ configured: rulesets[step.rules] ?? [] });
    else if (step.kind === 'restart') await this.#load();
  }

  /** All that the store and the indices hold. */
  async state(): Promise<string> {
    const names = modelNames.map((name) => this.#blocks.namesOf(storedName(name)));
    return JSON.stringify([await this.store.persons(), await this.store.index(), names]);
  }

  async #load(): Promise<void> {
    this.#blocks = await Blocks.load(this.store, blocksOptions);
    this.gate = this.#gate();
  }

  #gate(): Gate {
    const { model } = this;
    const member = (at: number): GroupMember[] => {
      const user = modelUsers[at];
      return user === undefined ? [] : [{ user, nick: user, state: 'joined', role: 'member' }];
    };
    return makeGate({
      blocks: this.#blocks,
      rules: this.#rules,
      ignores: async (user, network, remote) => {
        const name = modelNames.findIndex(
          (one) => one.kind === 'account' && one.network === network && one.remote === remote,
        );
        return model.ignored.has(`${modelUsers.findIndex((one) => one === user)} ${name}`);
      },
      reach: { isOn: async () => model.enabled, permits: () => true },
      strict: {
        strictness: { of: async () => 'off', any: async () => false },
        accepted: { accepted: async () => true },
        isEncrypted: async () => true,
        identities: { state: async () => 'unchanged' },
        members: async () => [],
      },
      regions: { look: async () => [], known: () => [], ofPerson: () => undefined },
      requests: {
        admit: async ({ first, kind, direction }) =>
          first && kind === 'direct' && direction === 'to-matrix'
            ? { kind: 'held', rule: 'request' }
            : { kind: 'pass' },
      },
      stores: {
        portals: {
          byKey: async (key: PortalKey) =>
            key.receiver === undefined
              ? { kind: 'group', id: portalId('g'), key, room: roomId('!group:hs.test') }
              : undefined,
        },
        groups: { members: async () => [...model.members].flatMap(member) },
      },
    });
  }
}

const whats: readonly Contact['what'][] = [
  ...(['message', 'edit', 'reaction', 'redaction', 'vote', 'poll-end', 'membership', 'chat-info'] as const),
  ...(['typing', 'receipt', 'presence', 'moderation'] as const),
];

interface Attempt {
  readonly contact: Contact;
  readonly user: number | undefined;
  readonly name: number;
}

/** Whatever can pass between people and users: direct chats both ways, what is said in the group, and invitations. */
function attempts(what: Contact['what'], first: boolean, unvouched: boolean): readonly Attempt[] {
  return modelNames.flatMap((named, name): Attempt[] => {
    if (named.kind !== 'account') return [];
    const { network, remote } = named;
    const between = { network, remote, first };
    const direct = modelUsers.flatMap((user, at) =>
      (['to-matrix', 'to-network'] as const).map((direction) => ({
        contact: { ...between, chat: remoteChatId(remote), kind: 'direct', direction, user, what } as const,
        ...{ user: at, name },
      })),
    );
    const inGroup = { ...between, chat: group, kind: 'group', direction: 'to-matrix' } as const;
    const invited = modelUsers.map((user, at) => ({
      contact: { ...inGroup, user, what: 'invitation', ...(unvouched && { unvouched }) } as const,
      ...{ user: at, name },
    }));
    return [...direct, ...invited, { contact: { ...inGroup, user: undefined, what }, user: undefined, name }];
  });
}

type Answer = Admission | Failed;

async function answers(gate: Gate, all: readonly Attempt[]): Promise<readonly Answer[]> {
  const given: Answer[] = [];
  for (const { contact } of all) given.push(await gate.door.admit(Object.freeze({ ...contact })));
  return given;
}

describe('the doors, whatever happens in whatever order', () => {
  it('let nothing pass between who is shut out and those who are rid of them, and all else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 1, maxLength: 25 }),
        fc.constantFrom(...whats),
        fc.boolean(),
        fc.boolean(),
        async (steps, what, first, unvouched) => {
          const scene = await Scene.open();
          const all = attempts(what, first, unvouched);
          for (const step of steps) {
            await scene.take(step);
            const given = await answers(scene.gate, all);
            for (const [at, attempt] of all.entries()) judge(scene, attempt, given[at]);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  it('change nothing by being asked: asked again, in another order, they answer the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { maxLength: 25 }),
        fc.constantFrom(...whats),
        async (steps, what) => {
          const scene = await Scene.open();
          for (const step of steps) await scene.take(step);
          const all = attempts(what, false, true);
          const before = await scene.state();
          const first = await answers(scene.gate, all);
          const turned = await answers(scene.gate, [...all].reverse());
          assert.deepEqual([...turned].reverse(), first);
          assert.deepEqual(await answers(scene.gate, all), first);
          assert.equal(await scene.state(), before);
        },
      ),
      { numRuns: 50 },
    );
  });
});

function judge({ model }: Scene, { contact, user, name }: Attempt, given: Answer | undefined): void {
  const why = JSON.stringify([contact, given]);
  const isIn = contact.direction === 'to-matrix';
  if (!model.isShut(user, name, contact)) {
    // Not to be reached at all, or a stranger who waits: that is no block.
    const other = user !== undefined && !model.enabled ? (isIn ? 'failed' : 'blocked') : 'pass';
    const isHeld = other === 'pass' && isIn && contact.first && contact.kind === 'direct';
    assert.equal(given?.kind, isHeld ? 'held' : other, why);
    return;
  }
  if (given?.kind === 'failed') {
    assert.equal(given.reason, 'no-such-user', why);
    assert.equal(model.enabled, false, why);
    return;
  }
  assert.ok(given?.kind === 'blocked', why);
  assert.equal(given.told, isIn ? 'nobody' : 'sender', why);
}

it('the networks of the model are three, one of which decides for itself', () => {
  assert.deepEqual(modelNetworks.map(decidesItself), [false, false, true]);
});
