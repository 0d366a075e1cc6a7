import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import pg from 'pg';
import {
  matrixEventId,
  matrixUserId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../../src/core/ids.ts';
import { matrixLane, networkLane } from '../../../../src/core/lane-name.ts';
import { matrixPayload, networkPayload } from '../../../../src/core/payload.ts';
import type { NewEvent } from '../../../../src/core/stores.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import type { Storage } from '../../../../src/storage/storage.ts';
import { aSettlement, eid, keepOne, mid, open, xmpp, type Backend } from '../../../support/storage.ts';

const eve = matrixUserId('@eve-who-goes:example.org');
const bob = matrixUserId('@bob:example.org');
const friend = remoteUserId('friend@example.net');
const groupRoom = roomId('!group:example.org');

/** A room event as the homeserver sends it. */
function roomEvent(id: string, sender: string, body: string, room = groupRoom): NewEvent {
  const eventId = matrixEventId(`$${id}`);
  const raw = JSON.stringify({ event_id: eventId, room_id: room, sender, content: { body } });
  return {
    source: 'matrix',
    outerId: eventId,
    lane: matrixLane(room),
    payload: matrixPayload({ eventId, room, raw }),
  };
}

/** Everything that a text of the user could be in: the bytes of the files, or every row of every table. */
async function everything(config: StorageConfig): Promise<string> {
  if (config.url === undefined) {
    const wal = await readFile(`${config.file}-wal`).catch(() => Buffer.alloc(0));
    return (await readFile(config.file)).toString('latin1') + wal.toString('latin1');
  }
  const client = new pg.Client({ connectionString: config.url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      'select table_name as name from information_schema.tables where table_schema = current_schema()',
    );
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const found = await client.query<{ row: string }>(`select t::text as row from "${name}" as t`);
      rows.push(...found.rows.map(({ row }) => row));
    }
    return rows.join('\n');
  } finally {
    await client.end();
  }
}

/** Adds a table such as a later release may bring, with the user in it. */
async function laterTable(config: StorageConfig): Promise<void> {
  const statements = [
    'create table later_people (portal text not null, user_id text not null)',
    `insert into later_people values ('p', '${eve}'), ('p', '${bob}')`,
  ];
  if (config.url === undefined) {
    const database = new Database(config.file);
    for (const statement of statements) database.exec(statement);
    database.close();
    return;
  }
  const client = new pg.Client({ connectionString: config.url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

export function erasureSuite(backend: Backend): void {
  describe('erasing a user', () => {
    let config: StorageConfig;
    let storage: Storage;
    before(async () => {
      config = await backend.config();
      storage = await open(config);
    });
    after(() => storage[Symbol.asyncDispose]());

    it('records the wish once, and what was told', async () => {
      await storage.erasures.intend(bob, 5);
      await storage.erasures.intend(bob, 9);
      assert.deepEqual(await storage.erasures.list(), [{ user: bob, askedAt: 5, told: false }]);
      await storage.erasures.told(bob);
      assert.deepEqual(await storage.erasures.list(), [{ user: bob, askedAt: 5, told: true }]);
      await storage.erasures.finish(bob);
      assert.deepEqual(await storage.erasures.list(), []);
    });

    it('leaves nothing that names them, and all that is of others', async () => {
      const chat = remoteChatId('friend@example.net');
      const direct = networkLane(xmpp, chat, eve);
      await laterTable(config);
      await storage.users.put({ userId: eve, managementRoom: roomId('!eves:example.org'), language: 'ar' });
      await storage.users.put({ userId: bob, managementRoom: undefined, language: 'en' });
      await storage.logins.put({ user: eve, network: xmpp, remote: friend, linkedAt: 1 });
      await storage.logins.putPending({
        user: eve,
        network: xmpp,
        state: 's',
        expiresAt: 1,
        wrongAnswers: 0,
      });
      const arrival = { outerId: 'a', chat, sender: friend, receiver: eve, at: 1, raw: '<message/>' };
      const waiting = await keepOne(storage, {
        source: xmpp,
        outerId: '["friend","eve-who-goes@bridge"]',
        lane: direct,
        payload: networkPayload(arrival),
      });
      const [mine, hers, named, hersWaits] = await storage.events.keep([
        roomEvent('mine', bob, 'hello'),
        roomEvent('hers', eve, 'hello'),
        roomEvent('named', bob, `what does ${eve} say?`),
        roomEvent('waits', eve, 'still on its way'),
      ]);
      assert.ok(mine !== undefined && hers !== undefined && named !== undefined && hersWaits !== undefined);
      const message = (author: typeof eve, name: string) => ({
        portal: portalId('group'),
        target: {
          eventIds: [eid(name)] as const,
          messageIds: [mid(name)] as const,
          author: { in: 'matrix', userId: author } as const,
        },
      });
      await storage.events.settle(aSettlement(mine.seq, { message: message(bob, 'mine') }));
      await storage.events.settle(aSettlement(hers.seq, { message: message(eve, 'hers') }));
      const reactions = {
        portal: portalId('group'),
        message: mid('mine'),
        author: { in: 'matrix', userId: eve } as const,
        emojis: new Map([['👍', eid('r')]]),
      };
      await storage.events.settle(aSettlement(named.seq, { reactions }));
      const choice = { kind: 'token', token: 'of eve' } as const;
      await storage.puppets.put({ user: eve, choice, told: true, copies: true, since: 1 });
      // What was asked for before is not answered after.
      assert.equal(await storage.logins.owner(xmpp, friend), eve);
      assert.ok((await storage.puppets.get(eve)) !== undefined);
      assert.ok((await everything(config)).includes(eve));

      const dropped = await storage.erasures.purge(eve);
      await storage.erasures.finish(eve);

      assert.deepEqual(
        dropped.toSorted((a, b) => a - b),
        [waiting.seq, hersWaits.seq],
      );
      assert.ok(!(await everything(config)).includes('eve-who-goes'));
      assert.equal(await storage.users.get(eve), undefined);
      assert.equal((await storage.users.get(bob))?.language, 'en');
      assert.deepEqual(await storage.logins.list(eve), []);
      assert.equal(await storage.logins.pending(eve, xmpp), undefined);
      assert.equal(await storage.logins.owner(xmpp, friend), undefined);
      assert.equal(await storage.puppets.get(eve), undefined);
      assert.ok((await everything(config)).includes(bob));
      const find = (name: string) =>
        storage.messages.find(portalId('group'), { in: 'matrix', eventId: eid(name) });
      assert.deepEqual(
        [await find('hers'), (await find('mine'))?.author],
        [undefined, { in: 'matrix', userId: bob }],
      );
      const states = await Promise.all(
        ['$mine', '$hers', '$named', '$waits'].map(async (id) => {
          const record = await storage.events.find(id);
          return [record?.state, record?.retryable];
        }),
      );
      // The records stay, so that what the homeserver sends again is known; the content is gone.
      assert.deepEqual(states, [
        ['sent', true],
        ['sent', false],
        ['sent', false],
        ['ignored', false],
      ]);
    });

    it('goes through more than one page of events', async () => {
      const events = Array.from({ length: 450 }, (_, n) =>
        roomEvent(`page-${n}`, n % 2 === 0 ? eve : bob, 'x'),
      );
      await storage.events.keep(events);
      const dropped = await storage.erasures.purge(eve);
      assert.equal(dropped.length, 225);
      assert.equal((await storage.events.backlog()).pending, 225);
    });
  });
}
