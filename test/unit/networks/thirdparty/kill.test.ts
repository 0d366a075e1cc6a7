import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PartnerUser } from '../../../../examples/partner-app/user.ts';
import { openArrival } from '../../../../src/networks/thirdparty/from-remote.ts';
import { eventually } from '../../../conformance/eventually.ts';
import { PartnerChat } from '../../../conformance/partner-chat.ts';
import { freePort } from '../../../support/free-port.ts';
import { audience } from '../../../support/host-scene.ts';
import { ownFolder, providerOnLoopback } from '../../../support/partner-provider.ts';
import { fast } from '../../../support/partner-user-times.ts';
import {
  arrivalsIn,
  type BeginHost,
  type FromHostChild,
  type SayAsHost,
} from '../../../support/third-party-child.ts';
import { alice } from '../../../support/third-party-scene.ts';

const child = fileURLToPath(new URL('../../../support/third-party-child.ts', import.meta.url));
/** `CAUSEWAY_KILLS=20` takes longer. */
const kills = Number(process.env['CAUSEWAY_KILLS'] ?? 3);

/** Lives of one bridge after the other, and what a spine does: events are handed over again until they are done. */
class Lives {
  readonly #begin: BeginHost;
  readonly #waiting: SayAsHost[] = [];
  readonly failures: string[] = [];
  #living: ChildProcess | undefined;

  constructor(begin: BeginHost) {
    this.#begin = begin;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  async live(): Promise<Extract<FromHostChild, { readonly kind: 'ready' }>['root']> {
    const living = fork(child);
    this.#living = living;
    const { promise, resolve, reject } =
      Promise.withResolvers<Extract<FromHostChild, { readonly kind: 'ready' }>['root']>();
    living.on('message', (said: FromHostChild) => {
      if (said.kind === 'ready') resolve(said.root);
      else if (said.kind === 'failed') this.#fail(said.reason, reject);
      else if (this.#waiting[0]?.cause === said.cause) this.#waiting.shift();
    });
    living.once('exit', () => reject(new Error('it ended')));
    promise.catch(() => undefined);
    living.send(this.#begin);
    const root = await promise;
    for (const one of this.#waiting) living.send(one);
    return root;
  }

  say(one: SayAsHost): void {
    this.#waiting.push(one);
    this.#living?.send(one);
  }

  async kill(): Promise<void> {
    const living = this.#living;
    this.#living = undefined;
    if (living === undefined) return;
    const gone = once(living, 'exit');
    living.kill('SIGKILL');
    await gone;
  }

  #fail(reason: string, reject: (error: Error) => void): void {
    this.failures.push(reason);
    reject(new Error(reason));
  }
}

describe('a host of third-party chats that is killed', { timeout: 300_000 }, () => {
  it('loses nothing either way, shows nothing twice, and uses no ratchet state again', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await ownFolder(stack);
    const provider = await providerOnLoopback(stack);
    const ports = { web: await freePort(), chat: await freePort() };
    const { jwksUrl: jwks_url, url: push_url, mediaUrl: media_url } = provider;
    const addresses = { issuer: 'bird', jwks_url, push_url, media_url };
    const lives = new Lives({ kind: 'begin', folder, ports, provider: addresses });
    stack.defer(() => lives.kill());
    const root = await lives.live();
    const url = `http://127.0.0.1:${ports.web}`;
    provider.meet({
      ...{ enlist_url: url, media_url: url, audience, chat_url: `tcp://127.0.0.1:${ports.chat}` },
      ...{ push_jwks_url: `${url}/.well-known/oauth/openid/jwks`, roots: [root] },
    });
    const anna = stack.use(new PartnerUser(provider, 'anna@bird.example', fast));
    const enlisted = await anna.enlist();
    assert.ok(enlisted.kind === 'enlisted', JSON.stringify(enlisted));
    await anna.connect();
    const chat = new PartnerChat(anna, alice);
    const remote = `${enlisted.login.integrator}-${enlisted.login.user}`;

    let [theirs, ours] = [0, 0];
    await chat.say(`A${(theirs += 1)}`);
    for (let round = 0; round <= kills; round += 1) {
      const until = Date.now() + 200 + Math.random() * 600;
      while (Date.now() < until) {
        if (Math.random() < 0.5) await chat.say(`A${(theirs += 1)}`);
        else lives.say({ kind: 'say', cause: `C${ours}`, remote, text: `B${(ours += 1)}` });
        await sleep(Math.random() * 30);
      }
      if (round === kills) break;
      await lives.kill();
      await lives.live();
    }

    const wanted = (letter: string, count: number): readonly string[] =>
      Array.from({ length: count }, (_none, index) => `${letter}${index + 1}`);
    const shown = (): readonly string[] =>
      chat.seen().flatMap((seen) => (seen.kind === 'text' ? [seen.text] : []));
    const kept = (): readonly string[] =>
      arrivalsIn(folder).flatMap((arrival) => {
        const opened = openArrival(arrival, 'x', { open: () => () => assert.fail() });
        const event = opened.kind === 'event' ? opened.event : undefined;
        if (event?.kind === 'identity-change') return [];
        return event?.kind === 'message' && event.content.kind === 'text'
          ? [event.content.text.plain]
          : [JSON.stringify(opened)];
      });
    await eventually('all that Anna said', () => kept().length >= theirs || undefined, 60_000);
    await eventually('all that Alice said', () => shown().length >= ours || undefined, 60_000);
    await eventually('that all is done', () => lives.waiting === 0 || undefined, 60_000);
    assert.deepEqual(kept(), wanted('A', theirs));
    assert.deepEqual(shown(), wanted('B', ours));
    assert.deepEqual(lives.failures, []);
    const troubles = anna.timeline().filter(({ kind }) => kind === 'trouble' || kind === 'identity-changed');
    assert.deepEqual(troubles, []);
    const delivered = (): readonly string[] =>
      anna
        .timeline()
        .flatMap((event) => (event.kind === 'receipt' && event.about === 'delivered' ? [event.of] : []));
    await eventually('the receipts', () => delivered().length >= theirs || undefined, 30_000);
    assert.equal(new Set(delivered()).size, theirs);
  });
});
