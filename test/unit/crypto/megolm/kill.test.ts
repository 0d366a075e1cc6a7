import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import type { Device, LockedEvent } from '../../../../src/crypto/megolm/engine.ts';
import type { FromChild } from '../../../support/crypto-child.ts';
import {
  bodyOf,
  lockedEvent,
  nameOf,
  PaperEngines,
  paperRoom,
  sealed,
} from '../../../support/paper-engine.ts';

const user: Device = { userId: '@user:paper', deviceId: 'PHONE' };
const ghost: Device = { userId: '@ghost:paper', deviceId: 'GHOST' };
const child = fileURLToPath(new URL('../../../support/crypto-child.ts', import.meta.url));
const kills = 8;

describe('a crypto engine that is killed', () => {
  it('loses no key and uses no index twice', async () => {
    await using paper = await PaperEngines.start();
    const people = await paper.open('people');
    await people.identify(user);
    const seals: { readonly room: string; readonly content: string }[] = [];
    const events: LockedEvent[] = [];
    const troubles: string[] = [];
    for (let life = 0; life < kills; life += 1) {
      const opened = new Map<string, string>();
      const process = fork(child);
      const gone = new Promise((resolve) => process.once('exit', resolve));
      const begun = Promise.withResolvers<undefined>();
      process.on('message', (message: FromChild) => {
        if (message.kind === 'request') {
          void paper.server.request(message.as, message.request).then((answer) => {
            if (process.connected) process.send({ kind: 'answer', id: message.id, answer });
          });
        } else if (message.kind === 'sealed') {
          seals.push(message);
          begun.resolve(undefined);
        } else if (message.kind === 'opened') opened.set(message.eventId, message.outcome);
        else troubles.push(message.what);
      });
      const file = join(paper.dir.path, 'bridge.db');
      process.send({ kind: 'begin', file, device: ghost, reader: user.userId, events });
      await begun.promise;
      await new Promise((resolve) => setTimeout(resolve, 50 + 60 * life));
      process.kill('SIGKILL');
      await gone;
      for (const [id, outcome] of opened) assert.equal(outcome, 'opened', `${id} in life ${life}`);
      const room = paperRoom(`!talk${life}:paper`, [ghost.userId]);
      for (let i = 0; i < 5; i += 1) {
        const content = await sealed(people, user, room);
        events.push(lockedEvent(user, room.room, `$talk${life}-${i}`, content));
      }
    }
    assert.deepEqual(troubles, []);
    assert.ok(seals.length > kills * 3);
    assert.equal(new Set(seals.map(({ content }) => JSON.stringify(nameOf(content)))).size, seals.length);
    for (const [i, { room, content }] of seals.entries())
      assert.equal(bodyOf(await people.open(user, lockedEvent(ghost, room, `$seal${i}`, content))), 'hello');

    const bridge = await paper.open('bridge');
    for (const event of events) assert.equal(bodyOf(await bridge.open(ghost, event)), 'hello', event.eventId);
  });
});
