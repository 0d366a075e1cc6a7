import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../../../examples/partner-app/database.ts';
import { UserStore } from '../../../../examples/partner-app/user-store.ts';
import { eventually } from '../../../conformance/eventually.ts';
import { freePort } from '../../../support/free-port.ts';
import type { BeginPartner, FromPartnerChild } from '../../../support/partner-child.ts';
import { partnerScene } from '../../../support/partner-scene.ts';

const child = fileURLToPath(new URL('../../../support/partner-child.ts', import.meta.url));
/** `CAUSEWAY_KILLS=20` takes longer. */
const lives = Number(process.env['CAUSEWAY_KILLS'] ?? 4);
const texts = 60;

/** Lives until it is killed. `connected` rejects where it ends by itself. */
function live(begin: BeginPartner): {
  readonly living: ChildProcess;
  readonly connected: Promise<undefined>;
} {
  const living = fork(child, { serialization: 'advanced' });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  living.on('message', (said: FromPartnerChild) => {
    if (said.kind === 'connected') resolve(undefined);
    else reject(new Error(said.reason));
  });
  living.once('exit', () => reject(new Error('it ended')));
  promise.catch(() => undefined);
  living.send(begin);
  return { living, connected: promise };
}

async function kill(living: ChildProcess): Promise<void> {
  const gone = once(living, 'exit');
  living.kill('SIGKILL');
  await gone;
}

describe('an app that is killed', { timeout: 240_000 }, () => {
  it('loses nothing that it said or was told, and shows nothing twice', async () => {
    await using stack = new AsyncDisposableStack();
    const listen = { host: '127.0.0.1', port: await freePort() };
    const { connected, bob, provider, facts } = await partnerScene(stack, { provider: { listen } });
    const { user, chat } = await connected('anna@bird.example');
    const { login } = user;
    assert.ok(login);
    await provider[Symbol.asyncDispose]();
    await user[Symbol.asyncDispose]();
    const config = { ...provider.config, host: facts };
    let said = 0;
    for (let life = 0; life <= lives; life++) {
      const most = Math.ceil(((life + 1) * texts) / (lives + 1));
      const { living, connected: up } = live({ config, identifier: 'anna@bird.example', chat, texts: most });
      stack.defer(() => void living.kill('SIGKILL'));
      if (life === 0 || life === lives) await up;
      const until = Date.now() + (life === lives ? 0 : 300 + Math.random() * 900);
      do {
        const name = `B${said}`;
        if (said < most) assert.equal(await bob.say(login, name, { conversation: name }), 'kept');
        if (said < most) said += 1;
        await sleep(10);
      } while (Date.now() < until || (life === lives && said < texts));
      if (life < lives) await kill(living);
      else {
        await eventually('all that she said', () => (bob.arrived.length >= texts ? true : undefined), 60_000);
        await eventually(
          'that she has all',
          () => (new Set(delivered(bob.receipts)).size >= texts ? true : undefined),
          60_000,
        );
        await kill(living);
      }
    }
    const database = openDatabase(join(provider.config.folder, 'app.sqlite'));
    stack.defer(() => void database.close());
    const shown = new UserStore(database, 'anna@bird.example').lines();
    const came = shown
      .filter(({ kind, id }) => kind === 'said' && id.startsWith('them '))
      .map(({ id }) => id);
    const all = Array.from({ length: texts }, (_, n) => n);
    assert.deepEqual(
      came,
      all.map((n) => `them B${n}`),
    );
    assert.deepEqual(
      bob.arrived.map(({ message }) => message.conversation),
      all.map((n) => `A${n}`),
    );
    assert.deepEqual(bob.unopened, []);
    assert.deepEqual(
      shown.filter(({ kind }) => kind === 'trouble' || kind === 'identity'),
      [],
    );
  });
});

function delivered(
  receipts: readonly { readonly about: string; readonly ids: readonly string[] }[],
): readonly string[] {
  return receipts.filter(({ about }) => about === 'delivered').flatMap(({ ids }) => ids);
}
