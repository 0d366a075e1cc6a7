import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { remoteChatId, remoteUserId } from '../../../src/core/ids.ts';
import { expireAfter, RequestRig } from '../../support/request-rig.ts';
import { alice, fromRemote, net, textBody } from '../../support/spine-rig.ts';

/** What a stranger, their receiver and the world may do, in any order; some of it while earlier things are under way. */
type Act =
  | { readonly kind: 'say'; readonly settles: boolean }
  | { readonly kind: 'accept'; readonly settles: boolean }
  | { readonly kind: 'decline' | 'block' | 'restore' | 'start' | 'expire' | 'restart' | 'repeat' };

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('say' as const), settles: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('accept' as const), settles: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['decline', 'block', 'restore', 'start', 'expire', 'restart', 'repeat'] as const),
      ),
    }),
  },
);

/** What has to come of it: who is known, what waits, what may come, in its order. */
class Model {
  state: 'none' | 'open' | 'accepted' | 'declined' | 'blocked' | 'expired' = 'none';
  held: string[] = [];
  readonly delivered: string[] = [];

  say(text: string): void {
    if (this.state === 'accepted') this.delivered.push(text);
    if (this.state === 'declined' || this.state === 'blocked' || this.state === 'accepted') return;
    this.state = 'open';
    this.held.push(text);
  }

  letIn(): void {
    this.state = 'accepted';
    this.delivered.push(...this.held);
    this.held = [];
  }

  end(state: 'declined' | 'blocked' | 'expired'): void {
    this.state = state;
    this.held = [];
  }

  act(act: Act['kind']): void {
    const { state } = this;
    if (act === 'start') this.letIn();
    if (act === 'accept' && ['open', 'expired', 'declined'].includes(state)) this.letIn();
    if (act === 'decline' && ['open', 'expired'].includes(state)) this.end('declined');
    if (act === 'block' && ['open', 'expired', 'declined'].includes(state)) this.end('blocked');
    if (act === 'expire' && state === 'open') this.end('expired');
    if (act === 'restore' && ['declined', 'blocked'].includes(state)) this.state = 'none';
  }
}

async function quiet({ rig }: RequestRig): Promise<void> {
  for (let rounds = 0; rounds < 3; rounds += 1) {
    await rig.quiet();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

class Run {
  readonly model = new Model();
  readonly #rig: RequestRig;
  readonly #said: string[] = [];

  constructor(rig: RequestRig) {
    this.#rig = rig;
  }

  async act(act: Act): Promise<void> {
    if (act.kind === 'say' || act.kind === 'repeat') return this.#say(act);
    if (!(await this.#mayRace(act.kind))) await quiet(this.#rig);
    this.model.act(act.kind);
    await this.#do(act);
    if (act.kind !== 'accept' || act.settles) await quiet(this.#rig);
  }

  /** Where a person is let in while what they say is under way, all of it has to come; else the order of acts decides. */
  async #mayRace(kind: Act['kind']): Promise<boolean> {
    if (kind !== 'accept' && kind !== 'start') return false;
    if (this.model.state === 'declined' || this.model.state === 'blocked') return false;
    return kind === 'start' || (await this.#rig.book.list(alice, ['open'], 0, 1)).length > 0;
  }

  async #say(act: Act): Promise<void> {
    const last = this.#said.at(-1);
    if (act.kind === 'repeat' && last === undefined) return;
    const text = act.kind === 'repeat' ? (last ?? '') : `m${this.#said.length}`;
    await this.#rig.rig.spine.receiveRemote(net, fromRemote('bob', text, textBody(text)));
    if (act.kind === 'say') {
      this.#said.push(text);
      this.model.say(text);
      if (!act.settles) return;
    }
    await quiet(this.#rig);
  }

  async #do({ kind }: Act): Promise<void> {
    const { book } = this.#rig;
    // A request that was forgotten comes back under another number.
    const number = (await book.list(alice, everything, 0, 100)).at(-1)?.number ?? 1;
    switch (kind) {
      case 'accept':
      case 'decline':
      case 'block':
        await book.answer(alice, number, kind);
        return;
      case 'restore':
        await book.restore(alice, number);
        return;
      case 'start':
        await book.wrote(net, remoteChatId('bob'), alice, remoteUserId('bob'));
        return;
      case 'expire':
        this.#rig.now += expireAfter + 1;
        return this.#rig.book.sweep();
      case 'restart':
        return this.#rig.restart();
      case 'say':
      case 'repeat':
    }
  }
}

const everything = ['open', 'accepted', 'declined', 'blocked', 'expired'] as const;

describe('a request, whatever happens in whatever order', () => {
  it('lets nothing through that was not accepted, and everything that was, once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 14 }), async (plan) => {
        await using rig = await RequestRig.start();
        const run = new Run(rig);
        for (const act of plan) await run.act(act);
        await quiet(rig);
        assert.deepEqual([...rig.delivered, ...rig.texts()], run.model.delivered);
        const [request] = await rig.book.list(alice, ['open'], 0, 10);
        assert.equal(request?.held ?? 0, run.model.held.length);
        assert.equal((await rig.storage.requests.load()).events, run.model.held.length);
      }),
      { numRuns: 40 },
    );
  });
});
