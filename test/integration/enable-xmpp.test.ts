import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import { eventually } from '../conformance/eventually.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixGuest } from '../support/matrix-guest.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { startProsody } from '../support/prosody.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { attribute, bodyOf, type Stanza } from '../support/xmpp-stanzas.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const domain = 'matrix.xmpp.localhost';
const aliceJid = `alice@${domain}`;
const nobodyJid = `nobody@${domain}`;

describe('opting in, on Synapse and Prosody', { timeout: 180_000 }, () => {
  const stack = new AsyncDisposableStack();
  const except = ['@mallory:*'];
  let bridged: BridgedHomeserver;
  let alice: MatrixUser;
  let bob: XmppUser;
  let eve: XmppUser;
  let guest: MatrixGuest;
  before(async () => {
    const dir = stack.use(await makeRunDir('enable-xmpp'));
    const component = { domain, secret: 'component-secret' };
    const prosody = stack.use(
      await startProsody({
        ...{ dir: `${dir.path}/prosody`, components: [component] },
        users: ['bob', 'eve'].map((local) => ({ local, password: 'secret' })),
      }),
    );
    const xmpp = { service: prosody.componentService, ...component };
    bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, networks: { xmpp }, maxMediaBytes: 1_000_000 },
        config: { reach: { xmpp: { optIn: 'required', eligible: { except } } } },
      }),
    );
    const login = async (name: string): Promise<MatrixUser> => {
      const account = await bridged.synapse.createUser(name, 'a password');
      return stack.use(
        await MatrixUser.login({ baseUrl: bridged.synapse.baseUrl, ...account, displayName: name }),
      );
    };
    alice = await login('alice');
    guest = await MatrixGuest.meet(alice, bridged.botUserId);
    const friend = async (username: string): Promise<XmppUser> =>
      stack.use(
        await XmppUser.login({
          ...{ service: prosody.service, domain: prosody.domain, username, password: 'secret' },
        }),
      );
    [bob, eve] = [await friend('bob'), await friend('eve')];
  });
  after(() => stack.disposeAsync());

  const ask = (text: string, wanted: RegExp): Promise<string> => guest.ask(text, wanted);
  /** The error that a message comes back with: its type, condition and text, without ids and addresses. */
  const refusal = async (from: XmppUser, to: string): Promise<string> => {
    const id = await from.sendText(to, `for ${to}`);
    const answer = await from.waitFor(
      (stanza) => attribute(stanza, 'type') === 'error' && attribute(stanza, 'id') === id,
    );
    return answer.getChild('error')?.toString() ?? '';
  };
  const vcard = (jid: string): Promise<unknown> =>
    bob.request('get', xml('vCard', 'vcard-temp'), jid).catch((error: unknown) => String(error));
  /** What somebody who asks to follow a person gets to see; that they may is said by `subscribed`, before or after it. */
  const probe = async (jid: string): Promise<string | undefined> => {
    await bob.request('get', xml('query', 'jabber:iq:roster'));
    const before = bob.stanzas.length;
    await bob.send(xml('presence', { type: 'subscribe', to: jid }));
    await bob.waitFor(
      (stanza) =>
        stanza.is('presence') &&
        attribute(stanza, 'from')?.startsWith(jid) === true &&
        attribute(stanza, 'type') !== 'subscribed' &&
        bob.stanzas.indexOf(stanza) >= before,
    );
    return types(bob, jid, before).find((type) => type !== 'subscribed');
  };
  const isPresence = (one: Stanza, type: string | undefined): boolean =>
    one.is('presence') &&
    attribute(one, 'from')?.startsWith(aliceJid) === true &&
    attribute(one, 'type') === type;
  const hears = (stanza: string, user = bob): Promise<Stanza> => user.waitForText(stanza);
  let chat: string;

  it('is needed before anybody can be reached, and from outside nobody sees that they are there', async () => {
    assert.equal(await refusal(bob, aliceJid), await refusal(bob, nobodyJid));
    assert.match(await refusal(bob, aliceJid), /item-not-found/);
    assert.equal(await vcard(aliceJid), await vcard(nobodyJid));
    assert.equal(await probe(aliceJid), 'unsubscribed');
    assert.equal(await probe(nobodyJid), 'unsubscribed');
    await ask(`start xmpp ${bob.jid}`, /Write enable xmpp first/);
    const room = await alice.createDirectRoom(bridged.ghostOf('xmpp', eve.jid));
    await guest.line(/have not enabled xmpp.*Write enable xmpp here first/);
    const ghost = bridged.ghostOf('xmpp', eve.jid);
    await eventually(
      'that the invitation is declined',
      async () => (await alice.memberships(room))[ghost] === 'leave' || undefined,
    );
  });

  it('makes a user reachable at once, and tells them what that means', async () => {
    const told = await ask('enable xmpp', /You can be reached on xmpp now/);
    assert.match(told, /Your address there is alice@matrix\.xmpp\.localhost/);
    assert.match(told, /The bridge reads all that passes/);
    assert.match(told, /not end-to-end encrypted/);
    await bob.sendText(aliceJid, 'hello');
    const invite = await alice.waitForInvite(({ inviter }) => inviter === bridged.ghostOf('xmpp', bob.jid));
    chat = invite.roomId;
    await alice.join(chat);
    await alice.waitForText(chat, 'hello');
    await alice.sendText(chat, 'hello yourself');
    await hears('hello yourself');
    assert.notEqual(await probe(aliceJid), 'unsubscribed');
  });

  it('lasts over a restart', async () => {
    await bridged.restart();
    await bob.sendText(aliceJid, 'still there?');
    await alice.waitForText(chat, 'still there?');
  });

  it('is refused with the reason to who may not', async () => {
    const account = await bridged.synapse.createUser('mallory', 'a password');
    await using mallory = await MatrixUser.login({
      ...{ baseUrl: bridged.synapse.baseUrl, displayName: 'Mallory', ...account },
    });
    const excepted = await MatrixGuest.meet(mallory, bridged.botUserId);
    await excepted.ask('enable xmpp', /your administrator has excepted you/);
    assert.match(await refusal(bob, `mallory@${domain}`), /item-not-found/);
  });

  it('in strict mode lets only accepted people in, and only over encrypted ways unless the user says so', async () => {
    const before = bob.stanzas.length;
    await ask('strict unencrypted', /Strict mode is on/);
    // Whoever followed her sees her as away from now on, and so does who asks.
    await bob.waitFor((one) => isPresence(one, 'unavailable') && bob.stanzas.indexOf(one) >= before);
    assert.equal(await probe(aliceJid), 'unavailable');
    await eve.sendText(aliceJid, 'you do not know me');
    await bob.sendText(aliceJid, 'but you know me');
    await alice.waitForText(chat, 'but you know me');
    await alice.setTyping(chat, true);
    await alice.sendText(chat, 'I do');
    await hears('I do');
    const composing = bob.stanzas.filter((one) => one.getChild('composing') !== undefined);
    assert.deepEqual(composing, []);
    const available = bob.stanzas.slice(before).filter((one) => isPresence(one, undefined));
    assert.deepEqual(available.map(String), []);
    await ask('strict on', /Nothing passes on xmpp any more/);
    await alice.sendText(chat, 'in the clear');
    await guest.line(/you are in strict mode, and the chat is not end-to-end encrypted/);
    await ask('strict off', /Strict mode is off/);
    await alice.sendText(chat, 'after that');
    await hears('after that');
    assert.equal(
      bob.stanzas.some((one) => bodyOf(one) === 'in the clear'),
      false,
    );
    await eve.sendText(aliceJid, 'and now?');
    const invite = await alice.waitForInvite(({ inviter }) => inviter === bridged.ghostOf('xmpp', eve.jid));
    await alice.join(invite.roomId);
    await alice.waitForText(invite.roomId, 'and now?');
    const said = alice.timeline(invite.roomId).map(({ content }) => content['body']);
    assert.equal(said.includes('you do not know me'), false);
    assert.deepEqual(types(eve, aliceJid).includes('error'), false);
  });

  it('ends when the user says so: unreachable at once, forgotten by the network, and so after a restart', async () => {
    const before = bob.stanzas.length;
    await ask('disable xmpp', /Nobody on xmpp can reach you any more/);
    assert.match(await refusal(bob, aliceJid), /item-not-found/);
    assert.equal(await vcard(aliceJid), await vcard(nobodyJid));
    await bob.waitFor(
      (one) => attribute(one, 'type') === 'unsubscribed' && bob.stanzas.indexOf(one) >= before,
    );
    const ghost = bridged.ghostOf('xmpp', bob.jid);
    await eventually(
      'that the chat is closed',
      async () => (await alice.memberships(chat))[ghost] === 'leave' || undefined,
    );
    await alice.sendText(chat, 'nobody hears this');
    await bridged.restart();
    assert.equal(await refusal(bob, aliceJid), await refusal(bob, nobodyJid));
    await ask('enable', /xmpp · State: not enabled/);
    await ask('enable xmpp', /You can be reached on xmpp now/);
    await bob.sendText(aliceJid, 'back again');
    const invite = await alice.waitForInvite(({ inviter, roomId }) => inviter === ghost && roomId !== chat);
    await alice.join(invite.roomId);
    await alice.waitForText(invite.roomId, 'back again');
    assert.equal(
      bob.stanzas.some((one) => bodyOf(one) === 'nobody hears this'),
      false,
    );
  });

  it('ends where the user may not any more, who is told why, once, and when they may again', async () => {
    except.push('@alice:*');
    const since = guest.lines().length;
    await bridged.restart();
    const line =
      /Nobody on xmpp can reach you any more\. You cannot use xmpp: your administrator has excepted/;
    await guest.line(line, since);
    assert.equal(await refusal(bob, aliceJid), await refusal(bob, nobodyJid));
    await ask('enable xmpp', /excepted you from it[^]*please ask your administrator/);
    await bridged.restart();
    await ask('enable', /xmpp · State: not for you/);
    const told = guest
      .lines()
      .slice(since)
      .filter((said) =>
        said.includes(
          'Nobody on xmpp can reach you any more. You cannot use xmpp: your administrator has excepted',
        ),
      );
    assert.equal(told.length, 1);
    except.pop();
    await bridged.restart();
    await guest.line(/You can be reached on xmpp again/, since);
    await bob.sendText(aliceJid, 'once more');
    await eventually(
      'that it arrives',
      async () =>
        alice.sdk
          .getRooms()
          .some(({ roomId }) =>
            alice.timeline(roomId).some(({ content }) => content['body'] === 'once more'),
          ) || undefined,
    );
  });
});

/** The types of the presence and messages that came from an address, the oldest first. */
function types(user: XmppUser, jid: string, since = 0): readonly (string | undefined)[] {
  return user.stanzas
    .slice(since)
    .filter((stanza) => attribute(stanza, 'from')?.startsWith(jid) === true)
    .map((stanza) => attribute(stanza, 'type'));
}
