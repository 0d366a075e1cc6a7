import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { Cipher } from '../../../src/storage/cipher.ts';
import { Database } from '../../../src/storage/database.ts';
import { StorageUnavailableError } from '../../../src/storage/errors.ts';
import { SqlEventStore } from '../../../src/storage/events.ts';
import { GroupCommit, type Transact } from '../../../src/storage/group-commit.ts';
import { migrate, prepare } from '../../../src/storage/migrations.ts';
import { anEvent, silentLog, sqliteBackend } from '../../support/storage.ts';

describe('an event whose keeping ended in doubt', () => {
  const backend = sqliteBackend();
  after(() => backend.clean());

  it('is answered as kept when it is handed over again, once', async () => {
    const { file } = await backend.config();
    await using database = new Database({ kind: 'sqlite', file, synchronous: 'full' });
    await prepare(database);
    await migrate(database, async () => undefined);
    let answerLost = true;
    const transact: Transact = async (work) => {
      const result = await database.transaction(work);
      if (answerLost) throw new StorageUnavailableError('the answer to the commit was lost');
      return result;
    };
    const commit = new GroupCommit(transact, silentLog);
    const cipher = new Cipher([randomBytes(32)]);
    const events = new SqlEventStore({ database, commit, cipher, settle: async () => undefined });

    const [event, other] = [anEvent(), anEvent()];
    await assert.rejects(events.keep([event]), { code: 'unavailable' });
    answerLost = false;
    const [kept, fresh] = await events.keep([event, other]);
    assert.equal(kept?.payload, event.payload);
    assert.equal(fresh?.outerId, other.outerId);
    assert.deepEqual(await events.keep([event, other]), [undefined, undefined]);
  });
});
