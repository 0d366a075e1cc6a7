// Stanzas in the shapes that the profile's sources give: what they are read as, and what is written for them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAddress } from '../../../../src/interop/node/address.ts';
import { makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { parseAnswer } from '../../../../src/interop/stanza/answer.ts';
import type { Asking } from '../../../../src/interop/stanza/asking.ts';
import { parseStanza, renderStanza } from '../../../../src/interop/stanza/stanza.ts';

const server = { kind: 'pair', user: '', server: 's.whatsapp.net' } as const;
const birdy = { kind: 'interop', integrator: 12, user: '105012705411308', device: 0 } as const;
const asked = (ask: Asking): Node =>
  renderStanza({ kind: 'iq', id: '7', from: undefined, to: server, body: { kind: 'ask', ask } });
const ofServer = (xmlns: string, type: string): Record<string, string> => ({
  id: '7',
  to: 's.whatsapp.net',
  xmlns,
  type,
});

describe('a message', () => {
  it('of a partner has one sealed part, and no list of participants', () => {
    const parsed = parseStanza(
      makeNode('message', { id: 'AB', from: '12-105012705411308@interop', type: 'text', t: '1750000000' }, [
        makeNode('enc', { v: '2', type: 'pkmsg' }, Uint8Array.of(0x33, 1, 2)),
      ]),
    );
    assert.equal(parsed.kind, 'message');
    assert.deepEqual(parsed.from, birdy);
    assert.deepEqual(parsed.sealed, [
      {
        type: 'pkmsg',
        ciphertext: Uint8Array.of(0x33, 1, 2),
        mediaType: undefined,
        count: undefined,
        decryptFail: undefined,
      },
    ]);
  });
});

describe('a receipt', () => {
  it('without type says delivered; more messages stand in a list', () => {
    const items = ['B', 'C'].map((id) => makeNode('item', { id }));
    const receipt = makeNode('receipt', { id: 'A', from: '12@lid' }, [makeNode('list', {}, items)]);
    const parsed = parseStanza(receipt);
    assert.deepEqual(parsed.kind === 'receipt' ? parsed.about : parsed, {
      kind: 'delivered',
      more: ['B', 'C'],
    });
  });

  it('that asks for a message again has the registration beside the keys', () => {
    const node = renderStanza({
      kind: 'receipt',
      id: 'A',
      from: undefined,
      to: birdy,
      participant: undefined,
      recipient: undefined,
      time: undefined,
      offline: undefined,
      about: {
        kind: 'retry',
        count: 2,
        messageId: 'A',
        messageTime: 1750000000,
        error: 0,
        registration: 0x01020304,
        keys: {
          identity: new Uint8Array(32).fill(1),
          signed: { id: 0x010203, key: new Uint8Array(32).fill(2), signature: new Uint8Array(64).fill(3) },
          prekey: { id: 9, key: new Uint8Array(32).fill(4) },
        },
      },
    });
    assert.deepEqual(node.attrs, { id: 'A', to: '12-105012705411308@interop', type: 'retry' });
    const bytes = (tag: string, ...content: number[]): Node => makeNode(tag, {}, Uint8Array.from(content));
    const filled = (tag: string, size: number, byte: number): Node =>
      makeNode(tag, {}, new Uint8Array(size).fill(byte));
    assert.deepEqual(node.content, [
      makeNode('retry', { count: '2', id: 'A', t: '1750000000', v: '1', error: '0' }),
      bytes('registration', 1, 2, 3, 4),
      makeNode('keys', {}, [
        bytes('type', 5),
        filled('identity', 32, 1),
        makeNode('key', {}, [bytes('id', 0, 0, 9), filled('value', 32, 4)]),
        makeNode('skey', {}, [bytes('id', 1, 2, 3), filled('value', 32, 2), filled('signature', 64, 3)]),
      ]),
    ]);
  });
});

describe('a question', () => {
  it('about third-party chats', () => {
    const id = (tag: string, value: string): Node => makeNode(tag, { id: value });
    assert.deepEqual(asked({ kind: 'integrators' }).attrs, ofServer('w:interop', 'get'));
    assert.deepEqual(asked({ kind: 'integrators' }).content, [makeNode('integrator', { fetch: 'all' })]);
    assert.deepEqual(
      asked({ kind: 'look-up', wanted: [{ externalId: 'a@b.example', integrator: 12 }] }).content,
      [makeNode('users', {}, [makeNode('user', { external_id: 'a@b.example', integrator_id: '12' })])],
    );
    assert.deepEqual(asked({ kind: 'block', who: birdy }).content, [
      makeNode('blocklist', {}, [makeNode('item', { action: 'block', jid: '12-105012705411308@interop' })]),
    ]);
    assert.deepEqual(asked({ kind: 'opt-in', integrators: [12, 13] }).content, [
      makeNode('opt_in_integrators', {}, [
        makeNode('integrator_list', {}, [id('integrator', '12'), id('integrator', '13')]),
      ]),
    ]);
    const reachability = { enabled: true, integrators: [12] };
    const set = asked({ kind: 'set-reachability', reachability });
    assert.deepEqual(set.attrs, ofServer('w:interop', 'set'));
    assert.deepEqual(set.content, [
      makeNode('reachability_settings', { enabled: 'true' }, [id('integrator', '12')]),
    ]);
  });

  it('for keys', () => {
    assert.deepEqual(asked({ kind: 'fetch-keys', of: [birdy] }).attrs, ofServer('encrypt', 'get'));
    assert.deepEqual(asked({ kind: 'fetch-keys', of: [birdy] }).content, [
      makeNode('key', {}, [makeNode('user', { jid: '12-105012705411308@interop' })]),
    ]);
    assert.deepEqual(asked({ kind: 'count-keys' }).content, [makeNode('count', {})]);
  });
});

describe('an answer', () => {
  it('lists integrators, opted into one by one or all at once', () => {
    const list = (attrs: Record<string, string>): readonly Node[] => [
      makeNode('integrator_list', attrs, [
        makeNode('integrator', { id: '12', name: 'BirdyChat', status: 'active', identifier_type: 'email' }),
        makeNode('integrator', { id: '13', status: 'onboarding', identifier_type: 'pn', opted_in: 'true' }, [
          makeNode('features', { group_messaging: 'true' }),
        ]),
      ]),
    ];
    const first = { id: 12, name: 'BirdyChat', state: 'active', identifierType: 'email', groups: false };
    const second = { id: 13, name: undefined, state: 'onboarding', identifierType: 'pn', groups: true };
    const all = parseAnswer('integrators', list({ opted_in: 'true' }));
    assert.deepEqual(all, {
      kind: 'integrators',
      integrators: [
        { ...first, optedIn: true },
        { ...second, optedIn: true },
      ],
    });
    const some = parseAnswer('integrators', list({}));
    assert.deepEqual(some, {
      kind: 'integrators',
      integrators: [
        { ...first, optedIn: false },
        { ...second, optedIn: true },
      ],
    });
  });

  it('tells of each look-up by itself', () => {
    const answered = parseAnswer('look-up', [
      makeNode('users', {}, [
        makeNode('user', {
          jid: '12-105012705411308@interop',
          external_id: 'A@b.example',
          normalized_external_id: 'a@b.example',
          integrator_id: '12',
        }),
        makeNode('user', { external_id: 'nobody', integrator_id: '12' }, [
          makeNode('error', { code: '404', text: 'item-not-found' }),
        ]),
      ]),
    ]);
    assert.deepEqual(answered, {
      kind: 'found',
      users: [
        {
          kind: 'found',
          wanted: { externalId: 'A@b.example', integrator: 12 },
          address: parseAddress('12-105012705411308@interop'),
          normalized: 'a@b.example',
        },
        {
          kind: 'refused',
          wanted: { externalId: 'nobody', integrator: 12 },
          error: { code: 404, text: 'item-not-found' },
        },
      ],
    });
  });
});

describe('what the server tells', () => {
  const aboutOf = (node: Node): unknown => {
    const parsed = parseStanza(node);
    return 'about' in parsed ? parsed.about : parsed;
  };

  it('of keys, of the mailbox and of the stream', () => {
    const encrypt = { id: '1', from: 's.whatsapp.net', type: 'encrypt' };
    assert.deepEqual(aboutOf(makeNode('notification', encrypt, [makeNode('count', { value: '3' })])), {
      kind: 'prekeys-left',
      count: 3,
    });
    assert.deepEqual(
      aboutOf(makeNode('notification', { ...encrypt, from: '12@lid' }, [makeNode('identity', {})])),
      {
        kind: 'identity-changed',
      },
    );
    assert.deepEqual(aboutOf(makeNode('ib', {}, [makeNode('offline', { count: '7' })])), {
      kind: 'offline-end',
      count: 7,
    });
    assert.deepEqual(aboutOf(makeNode('ib', {}, [makeNode('dirty', { type: 'groups', timestamp: '5' })])), {
      kind: 'dirty',
      type: 'groups',
      timestamp: 5,
    });
    assert.deepEqual(aboutOf(makeNode('stream:error', {}, [makeNode('conflict', { type: 'replaced' })])), {
      kind: 'conflict',
      type: 'replaced',
    });
    const recording = makeNode('chatstate', { from: '12@lid' }, [makeNode('composing', { media: 'audio' })]);
    const parsed = parseStanza(recording);
    assert.equal(parsed.kind === 'chatstate' ? parsed.state : parsed.kind, 'recording');
  });
});
