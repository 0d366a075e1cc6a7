import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import type { KeyDesk } from '../../../src/core/key-desk.ts';
import { networkId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { alice, fakeServices } from './services.ts';

const ghost = '@_net_ghost:server';
const room = '!room:server';

/** A desk with one ghost that has a device, and one chat. */
function desk(done: string[]): KeyDesk {
  return {
    devices: async (account) => {
      if (account.includes('down')) return failedForNow('link-down');
      if (!account.startsWith('@_net')) return undefined;
      const device = { deviceId: 'KEYS_gen', fingerprint: 'fingerprint', signed: true, open: false };
      return account === ghost ? [device] : [];
    },
    reset: async (account) => void done.push(`reset ${account}`),
    discard: (one) => void done.push(`discard ${one}`),
    legs: async (one, user, admin) => {
      if (one !== room || (user !== alice && !admin)) return undefined;
      return { kind: 'legs', network: networkId('xmpp'), matrix: true, far: false };
    },
  };
}

async function ask(text: string, keys: KeyDesk | undefined = desk([])): Promise<string> {
  const services = { ...fakeServices(), keys };
  return (await runCommand({ user: alice, text, language: 'en', admin: true }, services)).plain;
}

describe('commands on encryption', () => {
  it('show the devices of a ghost, and of nobody else', async () => {
    assert.match(await ask(`devices ${ghost}`), /KEYS_gen.*fingerprint.*yes.*no/s);
    assert.match(await ask('devices @_net_other:server'), /has no keys yet/);
    assert.match(await ask('devices @bob:server'), /no account of this bridge/);
    assert.match(await ask('devices @_net_down:server'), /did not work/);
    assert.match(await ask('devices bob'), /devices \[reset\] <user ID>/);
  });

  it('reset a ghost and a room', async () => {
    const done: string[] = [];
    assert.match(await ask(`devices reset ${ghost}`, desk(done)), /new device/);
    assert.match(await ask('devices reset @bob:server', desk(done)), /no account of this bridge/);
    assert.match(await ask(`discard ${room}`, desk(done)), /encrypted anew/);
    assert.match(await ask('discard room', desk(done)), /discard <room>/);
    assert.deepEqual(done, [`reset ${ghost}`, `discard ${room}`]);
  });

  it('tell which ways of a chat are encrypted', async () => {
    assert.match(await ask(`status ${room}`), /On Matrix this chat is end-to-end.*xmpp it is not.*reads/s);
    assert.match(await ask('status !other:server'), /no chat of yours/);
  });

  it('say so where the bridge does not encrypt', async () => {
    for (const text of [`devices ${ghost}`, `discard ${room}`, `status ${room}`]) {
      const services = fakeServices();
      const { plain } = await runCommand({ user: alice, text, language: 'en', admin: true }, services);
      assert.match(plain, /does not encrypt/);
    }
  });
});
