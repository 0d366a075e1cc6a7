import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Element } from '@xmpp/xml';
import { parse } from 'ltx';
import {
  matrixUserId,
  remoteUserId,
  type MatrixUserId,
  type RemoteUserId,
} from '../../../../src/core/ids.ts';
import type { Link } from '../../../../src/networks/xmpp/client.ts';
import { Privilege, withOwnCopies } from '../../../../src/networks/xmpp/privilege.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const [domain, server] = ['matrix.x.test', 'x.test'];
const alice = matrixUserId('@alice:hs.test');

const grant = (inner: string, version = 2, from = server, to = domain): Element =>
  parse(
    `<message from="${from}" to="${to}"><privilege xmlns="urn:xmpp:privilege:${version}">${inner}</privilege></message>`,
  );
const outgoing = '<perm access="roster" type="both"/><perm access="message" type="outgoing"/>';

describe('what the server grants', () => {
  it('is taken from the server alone, in both versions, until the link goes down', () => {
    for (const version of [1, 2]) {
      const privilege = new Privilege(server, domain);
      assert.equal(privilege.granted, undefined);
      assert.ok(privilege.take(grant(outgoing, version)));
      assert.equal(privilege.granted, `urn:xmpp:privilege:${version}`);
      privilege.reset();
      assert.equal(privilege.granted, undefined);
    }
    const privilege = new Privilege(server, domain);
    for (const other of [
      grant(outgoing, 2, 'mallory@x.test'),
      grant(outgoing, 2, 'other.test'),
      grant(outgoing, 2, server, `alice@${domain}`),
      grant(outgoing, 3),
      parse(`<message from="${server}" to="${domain}"><body>hi</body></message>`),
      parse(`<presence from="${server}" to="${domain}"/>`),
    ])
      assert.equal(privilege.take(other), false);
    assert.equal(privilege.granted, undefined);
  });

  it('is nothing where messages are not among it, also after they were', () => {
    const privilege = new Privilege(server, domain);
    for (const inner of [
      '',
      '<perm access="message" type="none"/>',
      '<perm access="roster" type="outgoing"/>',
    ]) {
      privilege.take(grant(outgoing));
      assert.ok(privilege.take(grant(inner)));
      assert.equal(privilege.granted, undefined);
    }
  });
});

interface Rig {
  readonly link: Link;
  readonly posted: string[];
  granted: string | undefined;
  delivers: boolean;
}

function rig(accounts: (user: MatrixUserId) => readonly string[] = () => ['alice@x.test']): Rig {
  const made: Rig = { posted: [], granted: 'urn:xmpp:privilege:2', delivers: true, link: undefined as never };
  const inner: Link = {
    deliver: async () => made.delivers,
    post: (stanza) => void made.posted.push(stanza.toString()),
    ask: async () => ({ kind: 'no-answer', why: 'link-down' }),
  };
  const link = withOwnCopies(inner, {
    privilege: {
      get granted() {
        return made.granted;
      },
    },
    addresses: { userAt: (local) => (local === 'alice' ? alice : undefined) },
    ...{ domain, server, log: new RecordingLog() },
    accounts: async (user): Promise<readonly RemoteUserId[]> => accounts(user).map(remoteUserId),
  });
  return Object.assign(made, { link });
}

const said = (from: string, to: string, type = 'chat'): string =>
  `<message from="${from}" to="${to}" type="${type}" id="m1"><body>hi &amp; bye</body></message>`;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what a user writes on Matrix', () => {
  it('is shown in the clients of their account, as a carbon of what they sent, after the server has it', async () => {
    const { link, posted } = rig();
    assert.equal(await link.deliver([said(`alice@${domain}`, 'bob@y.test')]), true);
    await settle();
    assert.equal(posted.length, 1);
    const stanza = parse(posted[0] ?? '');
    assert.deepEqual([stanza.attrs['from'], stanza.attrs['to']], [domain, server]);
    const outer = stanza
      .getChild('privilege', 'urn:xmpp:privilege:2')
      ?.getChild('forwarded', 'urn:xmpp:forward:0');
    const carbon = outer?.getChild('message', 'jabber:client') ?? assert.fail();
    assert.deepEqual([carbon.attrs['from'], carbon.attrs['to']], ['alice@x.test', 'alice@x.test']);
    assert.ok(carbon.getChild('no-copy', 'urn:xmpp:hints'));
    const inner = carbon.getChild('sent', 'urn:xmpp:carbons:2')?.getChild('forwarded', 'urn:xmpp:forward:0');
    const original = inner?.getChild('message', 'jabber:client') ?? assert.fail();
    const { from, to, id, type } = original.attrs;
    assert.deepEqual([from, to, id, type], ['alice@x.test/Matrix', 'bob@y.test', 'm1', 'chat']);
    assert.equal(original.getChildText('body'), 'hi & bye');
  });

  it('is not where it did not go out, nothing is granted, nobody asked for it, or it is no chat of theirs', async () => {
    const lost = rig();
    lost.delivers = false;
    assert.equal(await lost.link.deliver([said(`alice@${domain}`, 'bob@y.test')]), false);
    const refused = rig();
    refused.granted = undefined;
    await refused.link.deliver([said(`alice@${domain}`, 'bob@y.test')]);
    const unasked = rig(() => []);
    await unasked.link.deliver([said(`alice@${domain}`, 'bob@y.test')]);
    const others = rig();
    await others.link.deliver([
      said(`alice@${domain}`, 'room@rooms.x.test', 'groupchat'),
      said(`alice@${domain}`, 'bob@y.test', 'error'),
      said(`alice@${domain}`, 'alice@x.test'),
      said(`alice@${domain}`, `bob@${domain}`),
      said(domain, 'bob@y.test'),
      said(`nobody@${domain}`, 'bob@y.test'),
      'no stanza at all',
    ]);
    const elsewhere = rig(() => ['alice@elsewhere.test']);
    await elsewhere.link.deliver([said(`alice@${domain}`, 'bob@y.test')]);
    await settle();
    for (const { posted } of [lost, refused, unasked, others, elsewhere]) assert.deepEqual(posted, []);
  });
});
