import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { AliasIds } from '../../../src/matrix/alias-id.ts';
import { appserviceRouter } from '../../../src/matrix/appservice.ts';
import { GhostIds } from '../../../src/matrix/ghost-id.ts';
import { Lookups } from '../../../src/matrix/third-party.ts';
import { thirdParty } from '../../../src/networks/xmpp/third-party.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const token = 'the-token-of-the-homeserver';
const names = thirdParty('matrix.example.org');
const lookups = new Lookups({
  thirdParty: (network) => (network === 'xmpp' ? names : undefined),
  ghostIds: new GhostIds('_', 'hs'),
  aliasIds: new AliasIds('_', 'hs'),
});
const asked: string[] = [];
let base = '';
const server = createServer(
  express().use(
    appserviceRouter({
      hsToken: token,
      maxTransactionBytes: 2_000,
      isOwn: () => false,
      onTransaction: async () => undefined,
      onUserQuery: async () => false,
      onRoomQuery: async (alias) => {
        asked.push(alias);
        return alias === '#_xmpp_tea=40rooms.example.org:hs';
      },
      lookups,
      onPing: () => undefined,
      log: new RecordingLog(),
    }),
  ),
);
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function get(
  path: string,
  bearer = token,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(base + path, { headers: { authorization: `Bearer ${bearer}` } });
  return { status: response.status, body: await response.json() };
}
const missing = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'M_NOT_FOUND' } };
const room = {
  alias: '#_xmpp_tea=40rooms.example.org:hs',
  protocol: 'xmpp',
  fields: { server: 'rooms.example.org', room: 'tea' },
};
const bob = { userid: '@_xmpp_bob=40example.org:hs', protocol: 'xmpp', fields: { jid: 'bob@example.org' } };

describe('a look-up in the room directory', () => {
  for (const prefix of ['/_matrix/app/v1/thirdparty', '/_matrix/app/unstable/thirdparty']) {
    it(`finds protocols, people and rooms, and back, under ${prefix}`, async () => {
      const protocol = await get(`${prefix}/protocol/xmpp`);
      assert.equal(protocol.status, 200);
      assert.deepEqual(protocol.body, {
        user_fields: ['jid'],
        location_fields: ['server', 'room'],
        icon: '',
        field_types: names.fieldTypes,
        instances: [{ network_id: 'xmpp', desc: 'XMPP', fields: {} }],
      });
      assert.deepEqual(await get(`${prefix}/user/xmpp?jid=bob@example.org`), { status: 200, body: [bob] });
      const found = await get(`${prefix}/location/xmpp?server=rooms.example.org&room=tea`);
      assert.deepEqual(found, { status: 200, body: [room] });
      const back = `${prefix}/location?alias=${encodeURIComponent(room.alias)}`;
      assert.deepEqual(await get(back), { status: 200, body: [room] });
      assert.deepEqual(await get(`${prefix}/user?userid=${bob.userid}`), { status: 200, body: [bob] });
    });
  }

  it('of a protocol that is none of ours, or of names that are nobody’s, finds nothing', async () => {
    const prefix = '/_matrix/app/v1/thirdparty';
    for (const path of [
      ...['/protocol/irc', '/protocol/XMPP', '/user/irc?jid=a@b', '/location/__proto__?room=a@b'],
      ...['/user', '/user?userid=@alice:hs', '/user?userid=nobody', '/location', '/location?alias=%23x:hs'],
      ...['/user?userid=a&userid=b', '/location?alias[a]=b', '/elsewhere'],
    ]) {
      assert.equal((await get(prefix + path)).status, 404, path);
    }
    assert.deepEqual(await get(`${prefix}/protocol/irc`), missing);
  });

  it('by fields that name nobody answers an empty list', async () => {
    const prefix = '/_matrix/app/v1/thirdparty';
    for (const path of [
      ...[
        '/user/xmpp',
        '/user/xmpp?jid=',
        '/user/xmpp?jid=a&jid=b',
        '/user/xmpp?jid[x]=y',
        '/user/xmpp?__proto__=a',
      ],
      ...['/location/xmpp', '/location/xmpp?room=tea', `/location/xmpp?room=${'x'.repeat(900)}@example.org`],
    ]) {
      assert.deepEqual(await get(prefix + path), { status: 200, body: [] }, path);
    }
  });

  it('is for the homeserver alone', async () => {
    for (const path of [
      '/v1/thirdparty/user/xmpp',
      '/unstable/thirdparty/protocol/xmpp',
      '/v1/rooms/%23a:hs',
    ]) {
      assert.equal((await get(`/_matrix/app${path}`, 'another')).status, 403);
    }
  });
});

describe('the query for an alias', () => {
  it('is answered by what becomes of it, by the older path too', async () => {
    for (const path of ['/_matrix/app/v1/rooms/', '/rooms/']) {
      assert.deepEqual(await get(path + encodeURIComponent(room.alias)), { status: 200, body: {} });
      assert.deepEqual(await get(path + encodeURIComponent('#other:hs')), missing);
    }
    assert.deepEqual([...new Set(asked)], [room.alias, '#other:hs']);
  });
});
