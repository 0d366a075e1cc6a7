import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Login } from '../../../../src/interop/enlistment/login.ts';
import type { Prekey } from '../../../../src/interop/stanza/keys.ts';
import { aMessage, ChatTester, mailFrom } from '../../../support/chat-tester.ts';
import {
  bob,
  hostScene,
  prekeysFrom,
  testPerson,
  testProvider,
  type HostScene,
  type TestPerson,
  type TestProvider,
} from '../../../support/host-scene.ts';
import { MemoryRecords } from '../../../support/memory-records.ts';
import { MortalRecords } from '../../../support/mortal-records.ts';

type Step =
  | { readonly kind: 'deliver' | 'connect' | 'vanish' | 'say' | 'upload' | 'give' | 'kill' }
  | { readonly kind: 'take'; readonly acknowledged: number }
  | { readonly kind: 'kill-later'; readonly commits: number; readonly isWritten: boolean };

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant({ kind: 'deliver' } as const) },
    { weight: 3, arbitrary: fc.constant({ kind: 'connect' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'vanish' } as const) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('take' as const), acknowledged: fc.nat({ max: 4 }) }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'say' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'upload' } as const) },
    { weight: 2, arbitrary: fc.constant({ kind: 'give' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'kill' } as const) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('kill-later' as const),
        commits: fc.nat({ max: 4 }),
        isWritten: fc.boolean(),
      }),
    },
  ),
  { minLength: 8, maxLength: 40 },
);

/** A host that is killed and started again, one user of it, and what both are owed. */
class Story {
  readonly #kept = new MemoryRecords();
  readonly #provider: TestProvider;
  readonly #ann: TestPerson = testPerson('ann@birdy.example');
  #records = new MortalRecords(this.#kept);
  #scene: HostScene | undefined;
  #login: Login | undefined;
  #client: ChatTester | undefined;
  #names = 0;
  /** Mail whose keeping was answered at once, in order; and mail in doubt. */
  readonly #sure: string[] = [];
  readonly #doubtful: string[] = [];
  readonly #received: string[] = [];
  /** The client has acknowledged it, and knows that the host has read that. */
  readonly #over = new Set<string>();
  readonly #unsaid: string[] = [];
  readonly #heard = new Set<string>();
  #upload: readonly Prekey[] | undefined;
  readonly #uploaded: Prekey[] = [];
  readonly #given: Prekey[] = [];

  constructor(provider: TestProvider) {
    this.#provider = provider;
  }

  async begin(): Promise<void> {
    await this.#start();
    this.#login = await this.#host().enlisted(this.#ann);
  }

  async step(step: Step): Promise<void> {
    if (this.#records.isDead) await this.#restart();
    switch (step.kind) {
      case 'deliver':
        return this.#deliver(`d${(this.#names += 1)}`);
      case 'connect':
        return this.#connect();
      case 'vanish':
        await this.#client?.[Symbol.asyncDispose]();
        this.#client = undefined;
        return;
      case 'take':
        return this.#take(step.acknowledged);
      case 'say':
        this.#unsaid.push(`s${(this.#names += 1)}`);
        return this.#say();
      case 'upload':
        return this.#leaveKeys();
      case 'give':
        return this.#give();
      case 'kill':
        this.#records.kill();
        return this.#restart();
      case 'kill-later':
        this.#records.killAtCommit(step.commits, step.isWritten);
    }
  }

  /** No more kills: what is owed is paid, and all of it is looked at. */
  async end(): Promise<void> {
    await this.#restart();
    const doubtful = this.#doubtful.splice(0);
    for (const name of doubtful) await this.#deliver(name);
    const inOrder = this.#sure.filter((name) => !doubtful.includes(name));
    await this.#connect();
    await this.#say();
    assert.deepEqual(this.#unsaid, []);
    for (let before = -1; before !== this.#received.length;) {
      before = this.#received.length;
      await this.#take(1_000);
    }
    const once = [...new Set(this.#received)];
    assert.deepEqual(
      once.filter((name) => inOrder.includes(name)),
      inOrder,
      'each mail that was kept comes, in order',
    );
    assert.deepEqual(once.toSorted(), this.#sure.toSorted(), 'and so does what was in doubt');
    const given = this.#given.map(({ id }) => id);
    assert.deepEqual([...new Set(given)], given, 'no prekey is given twice');
    for (const prekey of this.#given) assert.ok(this.#uploaded.some(({ id }) => id === prekey.id));
    const mails = [...this.#kept.rows.values()].filter(({ of }) => of.collection === 'mail');
    assert.deepEqual(mails, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
    await this.#scene?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    const records = new MortalRecords(this.#kept);
    this.#records = records;
    const scene = await hostScene({ records, provider: this.#provider, limits: { window: 3, lingerMs: 50 } });
    this.#scene = scene;
    scene.listener.taking = async ({ id }) => {
      if (records.isDead) throw new Error('killed');
      this.#heard.add(id);
      return {};
    };
    records.killed = () => this.#client?.channel.abort();
  }

  async #restart(): Promise<void> {
    this.#records.kill();
    await this[Symbol.asyncDispose]();
    this.#client = undefined;
    await this.#start();
  }

  async #deliver(name: string): Promise<void> {
    try {
      assert.equal(await this.#host().host.deliver(this.#who(), mailFrom(bob, name)), 'kept');
      this.#sure.push(name);
    } catch (error) {
      if (!this.#records.isDead) throw error;
      this.#doubtful.push(name);
    }
  }

  async #connect(): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
    this.#client = undefined;
    const client = await ChatTester.connect(this.#host(), this.#ann, this.#who());
    await client.until(() => (client.came.length > 0 || client.isOver ? true : undefined));
    this.#client = client;
  }

  async #take(most: number): Promise<void> {
    const client = this.#client;
    if (client === undefined || !(await this.#isThere(client))) return;
    await sleep(5);
    const acknowledged: string[] = [];
    for (const stanza of client.came.splice(0)) {
      if (stanza.kind !== 'message') continue;
      assert.ok(!this.#over.has(stanza.id), `${stanza.id} comes again after it was acknowledged`);
      this.#received.push(stanza.id);
      if (acknowledged.length >= most || client.isOver) continue;
      await client.acknowledge(stanza);
      acknowledged.push(stanza.id);
    }
    if (await this.#isThere(client)) for (const id of acknowledged) this.#over.add(id);
  }

  async #say(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    for (const id of [...this.#unsaid]) {
      if (client.isOver) return;
      await client.send(aMessage(id));
      const found = await client.until(() => {
        const at = client.came.findIndex((one) => one.kind === 'ack' && one.id === id);
        return at >= 0 ? client.came.splice(at, 1) : client.isOver ? [] : undefined;
      });
      if (found === undefined || found.length === 0) return;
      assert.ok(this.#heard.has(id), `${id} is acknowledged and was not kept`);
      this.#unsaid.splice(this.#unsaid.indexOf(id), 1);
    }
  }

  /** The same upload again until it is known to have arrived. */
  async #leaveKeys(): Promise<void> {
    const { identity, signed, registration } = this.#ann;
    if (this.#client === undefined || this.#client.isOver) return;
    if (this.#upload === undefined) {
      this.#upload = prekeysFrom(this.#uploaded.length + 1, 3);
      this.#uploaded.push(...this.#upload);
    }
    const upload = { registration, identity: identity.publicKey, signed, prekeys: this.#upload };
    const done = await this.#client.ask({ kind: 'upload-keys', ...upload }).catch(() => undefined);
    if (typeof done === 'object') this.#upload = undefined;
  }

  async #give(): Promise<void> {
    try {
      const keys = await this.#host().host.keysOf(this.#who());
      assert.ok(!('kind' in keys));
      if (keys.prekey !== undefined) this.#given.push(keys.prekey);
    } catch (error) {
      if (!this.#records.isDead) throw error;
    }
  }

  /** Whether the host has read what the client sent until now. */
  async #isThere(client: ChatTester): Promise<boolean> {
    if (client.isOver) return false;
    return (await client.ask({ kind: 'ping' }).catch(() => undefined)) !== undefined;
  }

  #host(): HostScene {
    assert.ok(this.#scene !== undefined);
    return this.#scene;
  }

  #who(): Login {
    assert.ok(this.#login !== undefined);
    return this.#login;
  }
}

const runs = Number(process.env['CAUSEWAY_KILLS'] ?? 12);

describe('a host that is killed at any moment', () => {
  it('loses no mail and hands none over again, gives no prekey twice, acknowledges nothing too early', async () => {
    await using provider = await testProvider();
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await using story = new Story(provider);
        await story.begin();
        for (const step of all) await story.step(step);
        await story.end();
      }),
      { numRuns: runs },
    );
  });
});
