import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, sees, seesText } from '../conformance/eventually.ts';
import type { Chat } from '../conformance/rig.ts';
import { noise, picture } from '../conformance/samples.ts';
import type { XmppRemote } from '../conformance/xmpp-remote.ts';
import type { Fault, FaultProxy } from '../support/fault-proxy.ts';
import {
  makeFaultScene,
  slowMs,
  textsSeen,
  type FaultScene,
  type FaultyMatrixPerson,
} from '../support/fault-scene.ts';

const patience = 40_000;
const json = (status: string, body: string, more = ''): Fault =>
  answer(http(status, 'application/json', body, more));
const html = (status: string): Fault =>
  answer(http(status, 'text/html', '<html><body><h1>It works!</h1></body></html>'));

function answer(bytes: string | Buffer, request = /^/): Fault {
  return { kind: 'answer', bytes, request };
}

function http(status: string, type: string, body: string, more = ''): string {
  const length = Buffer.byteLength(body);
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n${more}`;
  return `${head}Connection: close\r\n\r\n${body}`;
}

/** Each fault of a homeserver, and whether the bridge is to call it reachable meanwhile (undefined: now and then). */
const ofHomeserver: readonly (readonly [string, Fault, boolean | undefined])[] = [
  ['is down', { kind: 'down' }, false],
  ['hangs', { kind: 'hang' }, false],
  ['is slow', { kind: 'slow', ms: slowMs }, true],
  ['answers HTML with 200', html('200 OK'), false],
  ['answers HTML with 502', html('502 Bad Gateway'), false],
  ['answers half of a JSON text', json('200 OK', '{"event_id":"$half'), false],
  ['answers random bytes', answer(Buffer.from('\x00\xff\x17garbage\r\n\r\n', 'latin1')), false],
  ['answers JSON that says nothing', json('200 OK', '{}'), undefined],
  [
    'limits the rate',
    json('429 Too Many Requests', '{"errcode":"M_LIMIT_EXCEEDED"}', 'Retry-After: 1\r\n'),
    true,
  ],
];

const ofXmpp: readonly (readonly [string, Fault])[] = [
  ['is down', { kind: 'down' }],
  ['hangs', { kind: 'hang' }],
  ['is slow', { kind: 'slow', ms: slowMs }],
  ['answers what is no XML', answer(Buffer.from('\x00\xff<<>&garbage', 'latin1'))],
  ['answers HTML', html('200 OK')],
];

describe('servers with faults', { timeout: 300_000 }, () => {
  let scene: FaultScene;
  let alice: FaultyMatrixPerson;
  let bob: XmppRemote;
  let matrixChat: Chat;
  let remoteChat: Chat;
  let row = 0;

  before(async () => {
    scene = await makeFaultScene('faults');
    alice = await scene.matrixPerson('alice');
    bob = (await scene.remotePerson('bob')).remote;
    remoteChat = bob.chatWith(alice.user.userId);
    await remoteChat.say('hello');
    matrixChat = await alice.person.chatWith(bob);
    assert.match(await alice.command('status'), /xmpp .*State: connected/);
  });
  after(() => scene[Symbol.asyncDispose]());

  const newRow = (): string => `row ${(row += 1)}: `;
  const sayThree = async (chat: Chat, words: string): Promise<readonly string[]> => {
    const texts = [1, 2, 3].map((number) => `${words}${number}`);
    for (const text of texts) await chat.say(text);
    return texts;
  };
  const arrived = async (chat: Chat, words: string, texts: readonly string[]): Promise<void> => {
    await seesText(chat, texts.at(-1) ?? '', patience);
    assert.deepEqual(textsSeen(chat, words), texts);
  };
  const felt = (proxy: FaultProxy): Promise<unknown> =>
    eventually('the fault to be felt', () => proxy.suffered > 0 || undefined, patience);
  const is = (part: string, ready: boolean): Promise<unknown> =>
    eventually(
      `${part} to be called ${ready ? 'ready' : 'away'}`,
      async () => (await scene.readiness())[part] === ready || undefined,
      patience,
    );

  describe('a homeserver', () => {
    for (const [name, fault, reachable] of ofHomeserver) {
      it(`that ${name} loses and doubles nothing`, async () => {
        const words = newRow();
        await scene.toHomeserver.set(fault);
        const fromRemote = await sayThree(remoteChat, `${words}to Matrix `);
        const fromMatrix = await sayThree(matrixChat, `${words}to XMPP `);
        if (fault.kind !== 'down') await felt(scene.toHomeserver);
        if (reachable !== undefined) await is('homeserver', reachable);
        await scene.toHomeserver.heal();
        await arrived(matrixChat, `${words}to Matrix `, fromRemote);
        await arrived(remoteChat, `${words}to XMPP `, fromMatrix);
        await is('homeserver', true);
      });
    }

    it('whose answers are lost is asked again under the same name', async () => {
      const words = newRow();
      await scene.toHomeserver.set({ kind: 'lose', request: /^PUT \S+\/send\// });
      const texts = await sayThree(remoteChat, `${words}to Matrix `);
      await felt(scene.toHomeserver);
      await scene.toHomeserver.heal();
      await arrived(matrixChat, `${words}to Matrix `, texts);
    });

    it('that does not hear the answers of the bridge says everything again, to no effect', async () => {
      const words = newRow();
      await scene.toBridge.set({ kind: 'lose', request: /^PUT \S+\/transactions\// });
      const texts = await sayThree(matrixChat, `${words}to XMPP `);
      await felt(scene.toBridge);
      await scene.toBridge.heal();
      await arrived(remoteChat, `${words}to XMPP `, texts);
    });
  });

  describe('a new chat', () => {
    const unmade: Fault = { kind: 'lose', request: /^POST \S+\/createRoom/ };
    const nothing = http('200 OK', 'application/json', '{}');
    const faults: readonly (readonly [string, readonly Fault[]])[] = [
      ['the answer to its making is lost', [unmade]],
      ['the answer to the making of its ghost is lost', [{ kind: 'lose', request: /^POST \S+\/register/ }]],
      ['the homeserver answers JSON that says nothing', [json('200 OK', '{}')]],
      ['the ghost’s rooms cannot be learned after that', [unmade, answer(nothing, /^GET \S+\/joined_rooms/)]],
      [
        'what the room is cannot be learned after that',
        [unmade, answer(nothing, /^GET \S+\/m\.room\.create/)],
      ],
      ['the homeserver is slow', [{ kind: 'slow', ms: slowMs }]],
    ];
    for (const [index, [name, ofThem]] of faults.entries()) {
      it(`gets one room where ${name}`, async () => {
        const { remote } = await scene.remotePerson(`carol${index}`);
        const chat = remote.chatWith(alice.user.userId);
        const texts = ['first 1', 'first 2'];
        for (const fault of ofThem) {
          await scene.toHomeserver.set(fault);
          if (fault === ofThem[0]) for (const text of texts) await chat.say(text);
          await felt(scene.toHomeserver);
          // A slow homeserver stays so until the room is there.
          if (fault.kind === 'slow') await alice.person.chatWith(remote);
        }
        await scene.toHomeserver.heal();
        await arrived(await alice.person.chatWith(remote), 'first ', texts);
        assert.equal(await alice.person.roomsWith(remote), 1);
      });
    }
  });

  describe('a file', () => {
    const faults: readonly (readonly [string, Fault])[] = [
      ['is down', { kind: 'down' }],
      ['answers HTML with 200', html('200 OK')],
      ['does not answer the upload', { kind: 'lose', request: /^POST \S+\/upload/ }],
      ['does not answer the download', { kind: 'lose', request: /^GET \S+\/download\// }],
    ];
    for (const [index, [name, fault]] of faults.entries()) {
      it(`arrives whole and once from a homeserver that ${name}`, async () => {
        const files = [picture(`red-${index}.png`), noise(`noise-${index}.bin`, 100_000)];
        // What a Matrix user sends is uploaded without the bridge.
        await scene.toHomeserver.set(fault);
        for (const file of files) await remoteChat.sendFile(file);
        for (const file of files) await matrixChat.sendFile(file);
        if (fault.kind !== 'down') await felt(scene.toHomeserver);
        await scene.toHomeserver.heal();
        for (const chat of [matrixChat, remoteChat]) {
          for (const file of files) {
            const seen = await sees(chat, 'file', (one) => one.name === file.name, patience);
            assert.deepEqual(Buffer.from(await seen.load()), Buffer.from(file.bytes));
          }
          const names = chat.seen().flatMap((seen) => (seen.kind === 'file' ? [seen.name] : []));
          assert.deepEqual(
            names.filter((one) => one.includes(`-${index}.`)),
            files.map((file) => file.name),
          );
        }
      });
    }
  });

  describe('an XMPP server', () => {
    for (const [name, fault] of ofXmpp) {
      it(`that ${name} gets everything in its order, and what it lost was not acknowledged`, async () => {
        const words = newRow();
        await scene.toXmpp.set(fault);
        const sent = new Map<string, string>();
        for (const number of [1, 2]) {
          const text = `${words}to Matrix ${number}`;
          sent.set(text, await remoteChat.say(text));
        }
        const texts = await sayThree(matrixChat, `${words}to XMPP `);
        await is('xmpp', false);
        assert.match(await alice.command('status'), /xmpp .*State: (not connected|connecting)/);
        await scene.toXmpp.heal();
        await is('xmpp', true);
        await arrived(remoteChat, `${words}to XMPP `, texts);
        const last = `${words}last`;
        await remoteChat.say(last);
        await seesText(matrixChat, last, patience);
        const seen = textsSeen(matrixChat, `${words}to Matrix`);
        const acknowledged = [...sent].filter(([, id]) => remoteChat.isDelivered(id)).map(([text]) => text);
        assert.deepEqual(seen, [...new Set(seen)].sort());
        for (const text of acknowledged)
          assert.ok(seen.includes(text), `${text} was acknowledged and is lost`);
        assert.match(await alice.command('status'), /xmpp .*State: connected/);
      });
    }
  });
});
