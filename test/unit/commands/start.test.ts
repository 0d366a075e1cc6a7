import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import type { Services } from '../../../src/commands/services.ts';
import { remoteChatId, remoteUserId, roomId } from '../../../src/core/ids.ts';
import { alice, fakeServices } from './services.ts';

const ask = async (services: Services, text: string): Promise<string> =>
  (await runCommand({ user: alice, text, language: 'en', admin: false }, services)).plain;

describe('start', () => {
  it('opens a chat, shows the one that is there, and says why it cannot', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'start xmpp bob@x'),
      /is open:\nhttps:\/\/matrix\.to\/#\/!room%3Aexample\.org/,
    );
    assert.match(await ask(services, 'start xmpp bob@x'), /already have a chat/);
    assert.match(await ask(services, 'start xmpp bob'), /could not be opened\. There is nobody/);
    assert.match(await ask(services, 'start xmp bob@x'), /no network xmp here.*xmpp, loopback/);
  });

  it('takes a number that is typed with spaces', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'start xmpp +49 (151) 234-56'),
      /The chat with \+49\(151\)234-56 could not be opened/,
    );
    assert.match(await ask(services, 'start xmpp +49 bob'), /^This is how the command is written/);
    assert.match(await ask(services, 'start xmpp 49@x'), /is open/);
  });

  it('calls nobody by an opaque id, nor by an address that is private', async () => {
    const services = fakeServices();
    const xmpp = services.networks.get('xmpp');
    assert.ok(xmpp !== undefined);
    const hidden = { ...xmpp, capabilities: { ...xmpp.capabilities, addressIsPrivate: true } };
    const profile = { userId: remoteUserId('12-77'), chat: remoteChatId('12-77'), name: undefined };
    const room = { kind: 'room' as const, room: roomId('!room:example.org'), profile, created: true };
    const portals = { ...services.portals, open: () => Promise.resolve(room) };
    const said = { ...services, networks: new Map([['xmpp', hidden]]), portals };
    assert.match(await ask(said, 'start xmpp bob@x'), /^The chat is open:/);
    const open = { ...said, networks: services.networks };
    assert.match(await ask(open, 'start xmpp bob@x'), /chat with 12-77 is open/);
  });
});
