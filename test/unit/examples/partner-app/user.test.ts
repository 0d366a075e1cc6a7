import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesOf } from '../../../../examples/partner-app/outgoing-file.ts';
import { openSealed } from '../../../../src/interop/media/open.ts';
import { hostedPath, parseDownloadPath } from '../../../../src/interop/media/paths.ts';
import { seal } from '../../../../src/interop/media/seal.ts';
import { newRef } from '../../../../src/interop/media/shelf/shelf.ts';
import { readFile, type SealedFile } from '../../../../src/interop/message/sealed-file.ts';
import { gathered } from '../../../support/byte-streams.ts';
import { eventually } from '../../../conformance/eventually.ts';
import { partnerScene } from '../../../support/partner-scene.ts';

describe("a user of the app at a host's", { timeout: 60_000 }, () => {
  for (const over of ['tcp', 'websocket'] as const) {
    it(`enlists, connects over ${over}, finds somebody, writes and is written to`, async () => {
      await using stack = new AsyncDisposableStack();
      const { connected, bob, told } = await partnerScene(stack, { over });
      const { user, chat } = await connected('anna@bird.example');
      assert.equal(chat, '4711@lid');
      assert.equal(user.login?.integrator, 12);
      const id = await user.sendText(chat, 'hello Bob');
      await user.waitFor('receipt', ({ of, about }) => of === id && about === 'delivered');
      assert.deepEqual(
        bob.arrived.map(({ message, notify }) => [message.conversation, notify]),
        [['hello Bob', 'anna']],
      );
      assert.equal(await bob.say(user.login, 'B1', { conversation: 'hello Anna' }), 'kept');
      const came = await user.waitFor('message', ({ mine }) => !mine);
      assert.ok(came.content.kind === 'text');
      assert.deepEqual([came.content.text.plain, came.chat, came.id], ['hello Anna', chat, 'B1']);
      await eventually('Bob has his receipt', () => bob.receipts.find(({ ids }) => ids.includes('B1')));
      assert.deepEqual(told.slice(0, 1), ['enlisted new']);
    });
  }

  it('sends what was said without a connection once there is one, in order', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    await user.rest();
    for (const text of ['one', 'two', 'three']) await user.sendText(chat, text);
    await user.sendText(chat, 'three', { cause: 'once' });
    await user.sendText(chat, 'three', { cause: 'once' });
    assert.equal(bob.arrived.length, 0);
    await user.connect();
    await eventually('all of it', () => (bob.arrived.length >= 4 ? true : undefined));
    const texts = bob.arrived.map(({ message }) => message.conversation);
    assert.deepEqual(texts, ['one', 'two', 'three', 'three']);
  });

  it('is woken by a push, empties its mailbox, and rests again', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob, provider, host } = await partnerScene(stack);
    const { user } = await connected('anna@bird.example', { wokenForMs: 200 });
    assert.ok(user.login);
    await user.rest();
    await eventually('nobody is connected', () => (host.connected() === 0 ? true : undefined));
    assert.equal(await bob.say(user.login, 'B1', { conversation: 'are you there?' }), 'kept');
    await user.waitFor('message', ({ id }) => id === 'B1');
    assert.equal(provider.pushes.get('woken'), 1);
    await eventually('it rests', () => (user.health().kind === 'down' ? true : undefined));
    assert.equal(host.connected(), 0);
    await eventually('the receipt went out before', () => bob.receipts[0]);
  });

  it('sends files that the host finds, and opens those of the host', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob, shelf, provider } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    assert.ok(user.login);
    const bytes = Buffer.from('not really a picture '.repeat(999));
    const picture = { kind: 'image', mimetype: 'image/png', name: 'cat.png', caption: 'my cat' } as const;
    const sent = await user.sendFile(chat, { ...picture, bytes: bytesOf(bytes) });
    assert.ok(typeof sent === 'string');
    const { message } = await eventually('the picture', () => bob.arrived[0]);
    assert.equal(message.imageMessage?.caption, 'my cat');
    const file = readFile(message.imageMessage ?? {}, 'image');
    assert.ok(file);
    const ref = parseDownloadPath(file.directPath)?.ref ?? '';
    const fetched = Buffer.from(await (await fetch(`${provider.mediaUrl}/${ref}`)).arrayBuffer());
    assert.deepEqual(await opened(file, fetched), bytes);

    const own = newRef();
    const sealing = seal(bytesOf(bytes), new Uint8Array(32).fill(5), 'audio');
    await shelf.put({ ref: own, owner: 'bob', keepMs: 60_000 }, sealing.stream);
    const facts = sealing.facts();
    assert.ok(facts);
    const audioMessage = {
      ...{
        mediaKey: new Uint8Array(32).fill(5),
        fileSha256: facts.plainHash,
        fileEncSha256: facts.sealedHash,
      },
      ...{ fileLength: bytes.byteLength, mimetype: 'audio/ogg', directPath: hostedPath(own) },
      ...{ ptt: true, seconds: 3 },
    };
    await bob.say(user.login, 'B1', { audioMessage });
    const came = await user.waitFor('message', ({ mine }) => !mine);
    assert.ok(came.content.kind === 'media');
    const { media } = came.content;
    assert.deepEqual([media.kind, media.duration], ['voice', 3000]);
    const read = await media.open(AbortSignal.timeout(5_000));
    assert.ok(read.kind === 'open');
    assert.deepEqual(await gathered(read.stream), bytes);
    const again = user.timeline().find((event) => event.kind === 'message' && event.mine);
    assert.ok(again?.kind === 'message' && again.content.kind === 'media');
    const mine = await again.content.media.open(AbortSignal.timeout(5_000));
    assert.deepEqual(mine.kind === 'open' && (await gathered(mine.stream)), bytes);
  });

  it('tells that its partner has other keys, once, and goes on with them', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    assert.ok(user.login);
    const first = await user.sendText(chat, 'before');
    await user.waitFor('receipt', ({ of, about }) => of === first && about === 'delivered');
    bob.loseKeys();
    await bob.say(user.login, 'B1', { conversation: 'after' });
    await user.waitFor('message', ({ id }) => id === 'B1');
    const second = await user.sendText(chat, 'still there?');
    await user.waitFor('receipt', ({ of, about }) => of === second && about === 'delivered');
    const notices = user.timeline().filter(({ kind }) => kind === 'identity-changed');
    assert.equal(notices.length, 1);
    assert.deepEqual(
      bob.arrived.map(({ message }) => message.conversation),
      ['before', 'still there?'],
    );
  });

  it('says again what its partner could not open, under the same id', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    const first = await user.sendText(chat, 'one');
    await user.waitFor('receipt', ({ of, about }) => of === first && about === 'delivered');
    assert.ok(user.login);
    await bob.say(user.login, 'B1', { conversation: 'so that the session stands' });
    await user.waitFor('message', ({ id }) => id === 'B1');
    // Whoever loses all keys asks for what was sealed for the old ones.
    bob.loseKeys();
    const second = await user.sendText(chat, 'two');
    const { id } = await eventually('it comes again', () => bob.arrived.at(1));
    assert.equal(id, second);
    assert.equal(bob.unopened.length, 1);
    assert.equal(
      user.timeline().filter((event) => event.kind === 'message' && event.id === second).length,
      1,
    );
  });

  it('asks again for what it cannot open itself, and shows it once it can', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob, provider } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    const first = await user.sendText(chat, 'one');
    await user.waitFor('receipt', ({ of, about }) => of === first && about === 'delivered');
    assert.ok(user.login);
    await bob.say(user.login, 'B1', { conversation: 'first' });
    await user.waitFor('message', ({ id }) => id === 'B1');
    provider.database.prepare("delete from signal_records where kind = 'session'").run();
    await bob.say(user.login, 'B2', { conversation: 'second' });
    await user.waitFor('message', ({ id }) => id === 'B2');
    assert.ok(bob.receipts.some(({ about }) => about === 'retry'));
    assert.equal(user.timeline().filter((event) => 'id' in event && event.id === 'B2').length, 1);
  });

  it('tells what could not be sent, and what went no further', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    const lost = await user.sendText('999@lid', 'hello nobody');
    const trouble = await user.waitFor('trouble', ({ id }) => id === lost);
    assert.deepEqual([trouble.mine, trouble.reason], [true, 'no-such-user']);
    const sent = await user.sendText(chat, 'not allowed');
    await user.waitFor('receipt', ({ of, about }) => of === sent && about === 'delivered');
    assert.ok(user.login);
    for (const id of ['UNKNOWN', sent]) await bob.tell(user.login, id, { kind: 'other', type: 'refused' });
    const refused = await user.waitFor('trouble', ({ id }) => id === sent);
    assert.equal(refused.reason, 'network-refused');
    assert.equal(user.timeline().filter(({ kind }) => kind === 'trouble').length, 2);
  });

  it('blocks, lists whom it has blocked, and takes it back', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    assert.equal((await user.block(chat, true)).kind, 'done');
    assert.deepEqual(await user.blocked(), [chat]);
    assert.equal((await user.block(chat, false)).kind, 'done');
    assert.deepEqual(await user.blocked(), []);
  });

  it('is reachable as long as it says so', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected } = await partnerScene(stack);
    const { user } = await connected('anna@bird.example');
    const set = await user.reachability({ enabled: false, integrators: [] });
    assert.deepEqual(set, await user.reachability());
  });

  it('finds nobody where there is nobody', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected } = await partnerScene(stack);
    const { user } = await connected('anna@bird.example');
    const nobody = await user.lookUp('@nobody:example.org');
    assert.equal('reason' in nobody && nobody.reason, 'no-such-user');
  });

  it('tells that it writes, and hears that somebody does', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, told, host, bob } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    await user.typing(chat, 'composing');
    await eventually('it is told', () => (told.includes('composing') ? true : undefined));
    const typing = user.waitFor('typing');
    assert.ok(user.login);
    const signal = { from: bob.address, to: undefined, participant: undefined } as const;
    host.signal(user.login, { kind: 'chatstate', ...signal, state: 'recording' });
    assert.deepEqual(await typing, { kind: 'typing', chat, state: 'recording' });
  });

  it('tells what it has read, and that once', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, bob } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    assert.ok(user.login);
    for (const id of ['B1', 'B2']) await bob.say(user.login, id, { conversation: id });
    await user.waitFor('message', ({ id }) => id === 'B2');
    await user.markRead(chat, ['B1', 'B2']);
    const read = await eventually('it is read', () => bob.receipts.find(({ about }) => about === 'read'));
    assert.deepEqual(read.ids, ['B1', 'B2']);
  });

  it('enlists again by itself where the host does not know it any more', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, host, told, bob } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    const before = user.login;
    assert.ok(before);
    await user.rest();
    await host.remove(before);
    await user.connect();
    const id = await user.sendText(chat, 'here again');
    await user.waitFor('receipt', ({ of, about }) => of === id && about === 'delivered');
    assert.equal(bob.arrived.length, 1);
    assert.deepEqual(
      told.filter((one) => !one.startsWith('presence')),
      ['enlisted new', 'gone removed', 'enlisted new'],
    );
  });

  it('deletes its account at the host, and everything here', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected, told, provider, host } = await partnerScene(stack);
    const { user, chat } = await connected('anna@bird.example');
    const { login } = user;
    assert.ok(login);
    const bytes = bytesOf(Buffer.from('a note'));
    await user.sendFile(chat, { kind: 'file', mimetype: 'text/plain', name: 'note.txt', bytes });
    assert.equal((await user.deleteAccount()).kind, 'deleted');
    assert.ok(told.includes('gone deleted'));
    assert.equal(await host.account(login), undefined);
    assert.deepEqual(provider.shelf.total(), { files: 0, bytes: 0 });
    for (const table of ['users', 'signal_records', 'timeline', 'outbox', 'people']) {
      const { count } = provider.database
        .prepare<[], { count: number }>(`select count(*) as count from ${table}`)
        .get() ?? { count: -1 };
      assert.equal(count, 0, table);
    }
    assert.equal(provider.wakers.size, 0);
  });
});

async function opened(file: SealedFile, bytes: Uint8Array): Promise<Uint8Array> {
  const fetched = { kind: 'open', stream: bytesOf(bytes), size: undefined, mimetype: undefined } as const;
  const one = await openSealed(async () => fetched, file, 1e6);
  assert.ok(one.kind === 'opened');
  await using owned = one;
  return await gathered(owned.read());
}
