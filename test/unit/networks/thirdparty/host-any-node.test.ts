import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { ChatTester } from '../../../support/chat-tester.ts';
import { connected } from '../../../support/connected-scene.ts';

const tags = fc.constantFrom(
  ...['message', 'receipt', 'iq', 'ib', 'ack', 'chatstate', 'presence', 'notification', 'call', 'success'],
  ...['stream:error', 'failure', 'toString', 'x'],
);
const inner = fc.constantFrom(
  ...[
    'enc',
    'body',
    'list',
    'item',
    'retry',
    'keys',
    'registration',
    'identity',
    'type',
    'skey',
    'key',
    'user',
  ],
  ...[
    'id',
    'value',
    'signature',
    'count',
    'rotate',
    'digest',
    'ping',
    'active',
    'passive',
    'users',
    'integrator',
  ],
  ...['reachability_settings', 'blocklist', 'composing', 'paused', 'offline_batch', 'error', 'constructor'],
);
const address = fc.constantFrom(
  '4242@lid',
  '4242:3@lid',
  '12-5@interop',
  '1@g.us',
  's.whatsapp.net',
  '@',
  'a@b',
);
const value = fc.oneof(
  address,
  fc.constantFrom(
    'get',
    'set',
    'result',
    'error',
    'read',
    'retry',
    'played',
    'pkmsg',
    'msg',
    '2',
    '0',
    '-1',
    'true',
  ),
  fc.constantFrom(
    'encrypt',
    'w:interop',
    'w:p',
    'passive',
    'block',
    'unblock',
    '99999999999999999999',
    '__proto__',
  ),
  fc.string({ maxLength: 8 }),
);
const names = fc.constantFrom(
  ...[
    'to',
    'from',
    'type',
    'xmlns',
    'v',
    'count',
    'id',
    't',
    'participant',
    'class',
    'jid',
    'action',
    'enabled',
  ],
  ...['external_id', 'integrator_id', 'notify', 'edit', 'offline', 'error'],
);
const attrs = fc.dictionary(names, value, { maxKeys: 6 });
const bytes = fc.oneof(
  fc.constantFrom(1, 3, 4, 32, 64).chain((size) => fc.uint8Array({ minLength: size, maxLength: size })),
  fc.uint8Array({ maxLength: 70 }),
);
const { node: below } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc
    .tuple(
      inner,
      attrs,
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constant(undefined),
        bytes,
        fc.string({ maxLength: 8 }),
        fc.array(tie('node'), { maxLength: 4 }),
      ),
    )
    .map(([tag, of, content]) => makeNode(tag, of, content)),
}));
const nodes = fc.tuple(tags, attrs, fc.array(below, { maxLength: 5 }));

/** What an answer is owed for, and its tag. */
function answerTo({ tag, attrs: of }: Node): 'ack' | 'iq' | undefined {
  if (tag === 'message' || tag === 'receipt') return 'ack';
  return tag === 'iq' && (of['type'] === 'get' || of['type'] === 'set') ? 'iq' : undefined;
}

describe('a host, for any nodes', () => {
  it('answers each question and each message once or ends the connection, and goes on for others', async () => {
    await using all = await connected({ limits: { lingerMs: 50 } });
    let client = await ChatTester.in(all.scene, all.ann, all.login);
    let at = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(nodes, { minLength: 1, maxLength: 12 }), async (many) => {
        if (client.isOver) client = await ChatTester.in(all.scene, all.ann, all.login);
        const owed = new Map<string, string | undefined>();
        for (const [tag, of, content] of many) {
          const node = makeNode(tag, { ...of, id: `n${(at += 1)}` }, content);
          owed.set(`n${at}`, answerTo(node));
          await client.sendNode(node);
        }
        const alive = await client.ask({ kind: 'ping' }).catch(() => undefined);
        const said = client.came.splice(0);
        if (alive === undefined) {
          await client.over();
          assert.ok(
            said.some(({ kind }) => kind === 'stream-error'),
            'it ends with a reason',
          );
          return;
        }
        for (const [id, kind] of owed) {
          const answers = said.filter((one) => 'id' in one && one.id === id);
          if (kind !== undefined)
            assert.deepEqual(
              answers.map((one) => one.kind),
              [kind],
              id,
            );
        }
      }),
      { numRuns: Number(process.env['CAUSEWAY_NODES'] ?? 150) },
    );
    await using other = await ChatTester.in(all.scene, all.ann, all.login);
    assert.deepEqual(await other.ask({ kind: 'ping' }), { kind: 'done' });
    await client[Symbol.asyncDispose]();
    assert.deepEqual(
      all.scene.log.lines.filter(({ level }) => level !== 'debug' && level !== 'info'),
      [],
    );
  });
});
