import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitBytes, type Media } from '../../../../src/core/media.ts';
import { remoteUserId } from '../../../../src/core/ids.ts';
import { failedForNow } from '../../../../src/core/outcome.ts';
import { alice, bob, handle, join, message, portal, target, turn } from './rig.ts';

function media(bytes: Uint8Array, size: number | undefined = bytes.byteLength): Media {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 3);
    yield bytes.subarray(3);
  }
  const open: Media['open'] = async () => ({ kind: 'open', stream: stream(), size, mimetype: 'image/png' });
  return {
    kind: 'image',
    name: 'a.png',
    mimetype: 'image/png',
    size,
    width: 2,
    height: 1,
    ...{ duration: undefined, waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open,
  };
}

function file(cause: string, what: Media): ReturnType<typeof message> {
  return message(cause, '', { content: { kind: 'media', media: what, caption: undefined } });
}

describe('what Matrix users send', () => {
  it('reaches the person under a name that a repeat has too', async () => {
    await using rig = await join();
    const person = rig.world.person('bob');
    const event = message('c1', 'hello', { replyTo: target('bob.w.7') });
    const first = await handle(rig.network, event);
    assert.deepEqual(first, { kind: 'sent', messageIds: ['mx.c1'] });
    assert.deepEqual(await handle(rig.network, event), first);
    assert.equal(person.inboxWithRepeats.length, 2);
    assert.equal(person.inbox.length, 1);
    assert.deepEqual(person.inbox[0], {
      id: 'mx.c1',
      from: alice,
      to: bob,
      at: 1_000,
      body: { kind: 'text', style: 'normal', text: 'hello', html: undefined, replyTo: 'bob.w.7' },
    });
  });

  it('is an edit, a full set of reactions, a retraction', async () => {
    await using rig = await join();
    const person = rig.world.person('bob');
    const { cause, sender, name, at, content, mentions } = message('c2', 'better');
    const envelope = { cause, sender, name, at, content, mentions };
    await handle(rig.network, { ...envelope, kind: 'edit', target: target('mx.1') });
    const reactions = { emojis: ['👍'], previous: ['🎉'], previousEvents: new Map() };
    await handle(rig.network, {
      ...envelope,
      cause: 'c3',
      kind: 'reaction',
      target: target('bob.w.1'),
      reactions,
    });
    const gone = await handle(rig.network, {
      ...envelope,
      cause: 'c4',
      kind: 'redaction',
      target: target('mx.1'),
    });
    assert.deepEqual(gone, { kind: 'sent', messageIds: [] });
    assert.partialDeepStrictEqual(
      person.inbox.map((packet) => packet.body),
      [
        { kind: 'edit', target: 'mx.1', content: { kind: 'text', text: 'better' } },
        { kind: 'reaction', target: 'bob.w.1', emojis: ['👍'] },
        { kind: 'retraction', target: 'mx.1' },
      ],
    );
  });

  it('is answered with a receipt under one name, and with none where the world gives none', async () => {
    await using rig = await join();
    rig.world.person('bob');
    await handle(rig.network, message('c1', 'hello'));
    await handle(rig.network, message('c1', 'hello'));
    await turn();
    assert.deepEqual(
      rig.sink.kept.map((arrival) => arrival.outerId),
      ['delivered.mx.c1'],
    );
    await using silent = await join({ receipts: false });
    silent.world.person('bob');
    await handle(silent.network, message('c1', 'hello'));
    await turn();
    assert.deepEqual(silent.sink.kept, []);
  });

  it('brings files across byte for byte, both ways', async () => {
    await using rig = await join();
    const person = rig.world.person('bob');
    const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
    assert.equal((await handle(rig.network, file('c1', media(bytes)))).kind, 'sent');
    const body = person.inbox[0]?.body;
    assert.ok(body?.kind === 'file');
    assert.deepEqual(rig.world.files.whole(body.file), Buffer.from(bytes));
    person.sendFile(alice, { media: 'file', name: 'b.bin', mimetype: 'application/x-b', bytes });
    await turn();
    const arrival = rig.sink.kept.find(({ outerId }) => outerId.startsWith('bob.'));
    assert.ok(arrival !== undefined);
    const opened = rig.network.open(arrival, 'c2');
    assert.ok(
      opened.kind === 'event' && opened.event.kind === 'message' && opened.event.content.kind === 'media',
    );
    const incoming = await opened.event.content.media.open(AbortSignal.timeout(1_000));
    assert.ok(incoming.kind === 'open');
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming.stream) chunks.push(chunk);
    assert.ok(chunks.length > 1, 'in pieces');
    assert.deepEqual(Buffer.concat(chunks), Buffer.from(bytes));
  });

  it('is refused where it is too large, by what is declared and by what really comes', async () => {
    await using rig = await join({}, undefined, { maxMediaBytes: 10, maxTextBytes: 12 });
    rig.world.person('bob');
    const bytes = new Uint8Array(11);
    const never: Media = { ...media(bytes), open: () => Promise.reject(new Error('opened')) };
    for (const [event, reason] of [
      [file('c1', never), 'too-large'],
      [file('c2', media(bytes, undefined)), 'too-large'],
      [file('c3', media(bytes, 3)), 'too-large'],
    ] as const) {
      const answer = await handle(rig.network, event);
      assert.ok(answer.kind === 'failed');
      assert.deepEqual([answer.reason, answer.retry], [reason, { kind: 'never' }]);
    }
    assert.deepEqual(rig.world.person('bob').inbox, []);
  });

  it('ends as its media ended', async () => {
    await using rig = await join();
    rig.world.person('bob');
    const failed = failedForNow('media-unavailable');
    const closed: Media = { ...media(new Uint8Array(4)), open: async () => failed };
    assert.equal(await handle(rig.network, file('c1', closed)), failed);
    const breaking: Media = {
      ...media(new Uint8Array(4)),
      open: async () => ({
        kind: 'open',
        stream: limitBytes(
          (async function* () {
            yield new Uint8Array(9);
          })(),
          5,
        ),
        size: undefined,
        mimetype: undefined,
      }),
    };
    const answer = await handle(rig.network, file('c2', breaking));
    assert.ok(answer.kind === 'failed' && answer.reason === 'too-large');
  });
});

describe('a world that fails', () => {
  it('answers each fault with a value that says whether a retry helps', async () => {
    await using rig = await join();
    rig.world.person('bob');
    const attempt = async (): Promise<unknown> => {
      const answer = await handle(rig.network, message('c1', 'hello'), AbortSignal.timeout(20));
      return answer.kind === 'failed' ? [answer.reason, answer.retry.kind] : answer.kind;
    };
    rig.world.fail({ down: true });
    assert.deepEqual(await attempt(), ['link-down', 'later']);
    rig.world.heal();
    rig.world.fail({ refuse: true });
    assert.deepEqual(await attempt(), ['network-refused', 'never']);
    rig.world.heal();
    rig.world.fail({ hang: true });
    assert.deepEqual(await attempt(), ['timeout', 'later']);
    rig.world.heal();
    rig.world.fail({ delayMs: 5 });
    assert.equal(await attempt(), 'sent');
    const away = { ...portal, remote: remoteUserId('carol') };
    const nobody = await rig.network.handlers.message?.(message('c2', 'x'), away, AbortSignal.timeout(50));
    assert.ok(nobody?.kind === 'failed' && nobody.reason === 'no-such-user');
  });

  it('is flaky in the same way for the same seed, and repeats never show twice', async () => {
    const run = async (): Promise<readonly [number, readonly string[]]> => {
      await using rig = await join({ seed: 42, receipts: false });
      const person = rig.world.person('bob');
      let listened = 0;
      rig.world.listen(() => (listened += 1));
      rig.world.fail({ flaky: 0.5 });
      for (let index = 0; index < 40; index += 1) {
        while ((await handle(rig.network, message(`c${index}`, 'hello'))).kind === 'failed');
      }
      assert.equal(listened, 40);
      return [person.inboxWithRepeats.length, person.inbox.map((packet) => packet.id)];
    };
    const [raw, ids] = await run();
    assert.ok(raw > 45, 'some were taken although the answer was lost');
    assert.deepEqual(
      ids,
      Array.from({ length: 40 }, (_, index) => `mx.c${index}`),
    );
    assert.deepEqual(await run(), [raw, ids]);
  });
});
