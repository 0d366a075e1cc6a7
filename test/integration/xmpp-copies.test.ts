import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../conformance/eventually.ts';
import type { Chat } from '../conformance/rig.ts';
import { makeFaultScene, type FaultScene, type FaultyMatrixPerson } from '../support/fault-scene.ts';
import { bodyOf, type Stanza } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';

/** The messages that a client shows as sent by its own account elsewhere: whom to, and what. */
function sentElsewhere({ stanzas, jid }: XmppUser): readonly string[] {
  const forward = 'urn:xmpp:forward:0';
  const within = (stanza: Stanza): Stanza | undefined =>
    stanza
      .getChild('sent', 'urn:xmpp:carbons:2')
      ?.getChild('forwarded', forward)
      ?.getChild('message', 'jabber:client');
  return stanzas
    .filter((stanza) => stanza.attrs['from'] === jid)
    .flatMap((stanza) => within(stanza) ?? [])
    .map((inner) => `${String(inner.attrs['to'])}: ${bodyOf(inner) ?? inner.toString()}`);
}

describe('what a user writes on Matrix, in their own XMPP client', { timeout: 120_000 }, () => {
  let scene: FaultScene;
  let alice: FaultyMatrixPerson;
  let own: XmppUser;
  let bob: XmppUser;
  let chat: Chat;

  before(async () => {
    scene = await makeFaultScene('xmpp-copies');
    alice = await scene.matrixPerson('alice');
    own = (await scene.remotePerson('own')).user;
    const person = await scene.remotePerson('bob');
    bob = person.user;
    await person.remote.chatWith(alice.user.userId).say('hello');
    chat = await alice.person.chatWith(person.remote);
    assert.match(await alice.command(`link xmpp ${own.jid}`), /A code was sent/);
    const code = await eventually('the code', () =>
      own.stanzas.flatMap((stanza) => /is (\S+)\. It holds/.exec(bodyOf(stanza) ?? '')?.[1] ?? []).at(0),
    );
    assert.match(await alice.command(`link xmpp ${code}`), /is linked/);
  });
  after(() => scene[Symbol.asyncDispose]());

  it('is shown once they ask for it, and goes to nobody twice', async () => {
    await chat.say('before');
    await bob.waitForText('before');
    assert.match(await alice.command('puppet xmpp on'), /also shown/);
    await chat.say('after');
    await bob.waitForText('after');
    await eventually('the copy', () => sentElsewhere(own).at(0));
    assert.deepEqual(sentElsewhere(own), [`${bob.jid}: after`]);
    assert.match(await alice.command('puppet xmpp off'), /is not shown/);
    await chat.say('in the end');
    await bob.waitForText('in the end');
    assert.deepEqual(sentElsewhere(own), [`${bob.jid}: after`]);
    const bodies = bob.stanzas.flatMap((stanza) => bodyOf(stanza) ?? []);
    assert.deepEqual(bodies, ['before', 'after', 'in the end']);
    assert.ok(bob.stanzas.every((stanza) => !String(stanza.attrs['from']).startsWith(own.jid)));
  });
});
