import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Element } from '@xmpp/xml';
import fc from 'fast-check';
import { parse } from 'ltx';
import { mostListed, type ListEntry } from '../../../../src/core/blocklist.ts';
import { remoteUserId } from '../../../../src/core/ids.ts';
import { createBlocklist } from '../../../../src/networks/xmpp/blocklist.ts';
import type { Answer, Request } from '../../../../src/networks/xmpp/iq.ts';
import { Privilege } from '../../../../src/networks/xmpp/privilege.ts';

const [domain, server] = ['matrix.x.test', 'x.test'];
const me = remoteUserId('me@x.test');
const person = (jid: string): ListEntry => ({ kind: 'person', remote: remoteUserId(jid) });
const everybody = (name: string): ListEntry => ({ kind: 'server', domain: name });
const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas';

const grant = (perms: string, version = 2): Element =>
  parse(
    `<message from="${server}" to="${domain}"><privilege xmlns="urn:xmpp:privilege:${version}">${perms}</privilege></message>`,
  );
const blocking = (type: string, ns = 'urn:xmpp:blocking'): string =>
  `<perm access="iq"><namespace ns="${ns}" type="${type}"/></perm>`;

/** A server that grants what it is told to, and answers what it is asked as `answers` says. */
class FakeServer {
  readonly asked: Request[] = [];
  readonly privilege = new Privilege(server, domain);
  fences = 0;
  isUp = true;
  /** What comes with the next fence. */
  coming: Element | undefined;
  answers: (inner: Element) => Answer = () => wrapped('<iq xmlns="jabber:client" type="result"/>');
  readonly list = createBlocklist({
    ...{ privilege: this.privilege, domain, server },
    link: {
      deliver: async () => {
        this.fences += 1;
        if (this.coming !== undefined) this.privilege.take(this.coming);
        return this.isUp;
      },
      ask: async (request) => {
        this.asked.push(request);
        return this.answers(inner(request));
      },
    },
  });

  constructor(granted = blocking('both')) {
    if (granted !== '') this.privilege.take(grant(granted));
  }
}

function inner({ child }: Request): Element {
  const iq = child.getChild('iq', 'jabber:client');
  assert.ok(iq !== undefined && child.is('privileged_iq', 'urn:xmpp:privilege:2'), child.toString());
  return iq;
}
function wrapped(iq: string): Answer {
  const forwarded = `<forwarded xmlns="urn:xmpp:forward:0">${iq}</forwarded>`;
  const privilege = `<privilege xmlns="urn:xmpp:privilege:2">${forwarded}</privilege>`;
  return { kind: 'result', stanza: parse(`<iq type="result" from="${me}">${privilege}</iq>`) };
}
function listOf(...items: readonly string[]): Answer {
  const all = items.map((jid) => `<item jid="${jid}"/>`).join('');
  return wrapped(
    `<iq xmlns="jabber:client" type="result"><blocklist xmlns="urn:xmpp:blocking">${all}</blocklist></iq>`,
  );
}
function innerError(condition: string): Answer {
  return wrapped(
    `<iq xmlns="jabber:client" type="error"><error type="modify"><${condition} xmlns="${stanzas}"/></error></iq>`,
  );
}
const outerError = (condition: string): Answer => ({ kind: 'error', condition, stanza: parse('<iq/>') });

describe('the list of an XMPP account', () => {
  it('is read as the account: bare addresses and domains of it, in one spelling', async () => {
    const there = new FakeServer();
    there.answers = () => listOf('Bob@X.test', 'evil.test', 'bob@x.test/phone', 'a@@b', '', 'carol@y.test');
    assert.deepEqual(await there.list.read(me), {
      kind: 'list',
      whole: true,
      entries: [person('bob@x.test'), everybody('evil.test'), person('carol@y.test')],
    });
    const [request] = there.asked;
    assert.ok(request !== undefined);
    const { type, from, to } = request;
    assert.deepEqual([type, from, to, there.fences], ['get', domain, me, 0]);
    const { type: innerType, from: as, to: at, id } = inner(request).attrs;
    assert.deepEqual([innerType, as, at, typeof id], ['get', me, me, 'string']);
  });

  it('is read as far as the bound', async () => {
    const there = new FakeServer();
    there.answers = () => listOf(...Array.from({ length: mostListed + 1 }, (_, n) => `p${n}@y.test`));
    const read = await there.list.read(me);
    assert.ok(read.kind === 'list' && !read.whole && read.entries.length === mostListed);
  });

  it('is not asked for where it is not granted: not both ways, not this, not any more', async () => {
    for (const granted of ['', blocking('get'), blocking('set'), blocking('both', 'jabber:iq:roster')]) {
      const there = new FakeServer(granted);
      const read = await there.list.read(me);
      assert.ok(read.kind === 'failed' && read.retry.kind === 'never', granted);
      assert.deepEqual([there.asked.length, there.fences], [0, 1]);
    }
    const older = new FakeServer('');
    older.privilege.take(grant(blocking('both'), 1));
    assert.equal((await older.list.read(me)).kind, 'failed');
    const down = new FakeServer();
    down.privilege.reset();
    down.isUp = false;
    const read = await down.list.read(me);
    assert.ok(read.kind === 'failed' && read.retry.kind === 'later', 'the next connection may bring it');
  });

  it('is asked for once the grant is there, which comes before anything that is answered later', async () => {
    const there = new FakeServer('');
    there.coming = grant(blocking('both'));
    there.answers = () => listOf('bob@x.test');
    assert.equal((await there.list.read(me)).kind, 'list');
    const abroad = await there.list.read(remoteUserId('me@y.test'));
    assert.ok(abroad.kind === 'failed' && abroad.retry.kind === 'never');
    assert.equal(there.asked.length, 1);
  });

  it('is changed in one step, and never emptied for want of names', async () => {
    const there = new FakeServer();
    assert.deepEqual(await there.list.add(me, [person('bob@x.test'), everybody('evil.test')]), {
      kind: 'added',
      refused: [],
    });
    assert.equal(await there.list.remove(me, [person('bob@x.test')]), undefined);
    assert.equal(await there.list.remove(me, []), undefined);
    assert.deepEqual(await there.list.add(me, []), { kind: 'added', refused: [] });
    assert.deepEqual(
      there.asked.map((request) => [request.type, inner(request).getChildElements()[0]?.toString()]),
      [
        ['set', '<block xmlns="urn:xmpp:blocking"><item jid="bob@x.test"/><item jid="evil.test"/></block>'],
        ['set', '<unblock xmlns="urn:xmpp:blocking"><item jid="bob@x.test"/></unblock>'],
      ],
    );
  });

  it('takes all others where the server refuses some, in few steps', async () => {
    const there = new FakeServer();
    const bad = new Set(['p7@y.test', 'p90@y.test']);
    const on = new Set<string>();
    there.answers = (iq) => {
      const jids = (iq.getChildElements()[0]?.getChildElements() ?? []).map((item) =>
        String(item.attrs['jid']),
      );
      if (jids.some((jid) => bad.has(jid))) return innerError('jid-malformed');
      for (const jid of jids) on.add(jid);
      return wrapped('<iq xmlns="jabber:client" type="result"/>');
    };
    const all = Array.from({ length: 100 }, (_, n) => person(`p${n}@y.test`));
    const added = await there.list.add(me, all);
    assert.ok(added.kind === 'added');
    assert.deepEqual(added.refused, [...bad].map(person));
    assert.equal(on.size, 98);
    assert.ok(there.asked.length < 40, `${there.asked.length} steps`);
    assert.equal(await there.list.remove(me, all), undefined);
  });

  it('fails for good only where asking again does not help', async () => {
    const cases: readonly (readonly [Answer, 'never' | 'later'])[] = [
      [outerError('forbidden'), 'never'],
      [outerError('service-unavailable'), 'never'],
      [outerError('feature-not-implemented'), 'never'],
      [outerError('internal-server-error'), 'later'],
      [outerError('remote-server-timeout'), 'later'],
      [outerError('constructor'), 'later'],
      [innerError('service-unavailable'), 'never'],
      [innerError('resource-constraint'), 'later'],
      [{ kind: 'no-answer', why: 'timeout' }, 'later'],
      [{ kind: 'no-answer', why: 'link-down' }, 'later'],
      [{ kind: 'result', stanza: parse('<iq type="result"/>') }, 'later'],
      [wrapped('<iq xmlns="jabber:client" type="result"/>'), 'later'],
      [wrapped('<presence xmlns="jabber:client"/>'), 'later'],
    ];
    for (const [answer, retry] of cases) {
      const there = new FakeServer();
      there.answers = () => answer;
      const read = await there.list.read(me);
      assert.ok(read.kind === 'failed' && read.retry.kind === retry, JSON.stringify(read));
    }
  });

  it('holds accounts and other domains, and never what is of the bridge or of a room', () => {
    const { list } = new FakeServer();
    for (const [entry, is] of [
      [person('bob@x.test'), true],
      [everybody('evil.test'), true],
      [everybody('x.test'), false],
      [everybody('matrix.x.test'), false],
      [person('alice@matrix.x.test'), false],
      [person('room@rooms.x.test/nick'), false],
      [person('room@rooms.x.test?0123'), false],
      [person('x.test'), false],
      [person('BOB@x.test'), false],
    ] as const)
      assert.equal(list.holds(entry), is, JSON.stringify(entry));
  });

  it('is never more than a value, whatever a server writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 20 }), async (jids) => {
        const there = new FakeServer();
        const answer = listOf();
        assert.ok(answer.kind === 'result');
        const list = answer.stanza
          .getChild('privilege')
          ?.getChild('forwarded')
          ?.getChild('iq')
          ?.getChild('blocklist');
        for (const jid of jids) list?.c('item', { jid });
        there.answers = () => answer;
        const read = await there.list.read(me);
        assert.ok(read.kind === 'list' && read.whole);
        for (const entry of read.entries) there.list.holds(entry);
      }),
      { numRuns: 10_000 },
    );
  });
});
