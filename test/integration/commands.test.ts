import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, refused } from '../conformance/eventually.ts';
import type { Chat } from '../conformance/rig.ts';
import { makeFaultScene, type FaultScene, type FaultyMatrixPerson } from '../support/fault-scene.ts';
import { bodyOf } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';

describe('commands in the management room', { timeout: 120_000 }, () => {
  let scene: FaultScene;
  let admin: FaultyMatrixPerson;
  let bob: XmppUser;
  let chat: Chat;

  before(async () => {
    scene = await makeFaultScene('commands');
    admin = await scene.matrixPerson('alice');
    const person = await scene.remotePerson('bob');
    bob = person.user;
    await person.remote.chatWith(admin.user.userId).say('hello');
    chat = await admin.person.chatWith(person.remote);
  });
  after(() => scene[Symbol.asyncDispose]());

  const answers = async (command: string, pattern: RegExp, who = admin): Promise<void> => {
    assert.match(await who.command(command), pattern, command);
  };
  const code = (nth: number): Promise<string> =>
    eventually('the code', () => {
      const bodies = bob.stanzas.flatMap((stanza) => bodyOf(stanza) ?? []);
      return bodies.flatMap((body) => /is (\S+)\. It holds/.exec(body)?.[1] ?? [])[nth];
    });

  it('tell of the bridge and of the way to it', async () => {
    await answers('help', /start <network> <address>/);
    await answers('status', /xmpp .*State: connected/);
    await answers('version', /^Causeway test on Node\.js/);
    await answers('ping', /took \d+ ms/);
  });

  it('link an address that proves itself by the code that is sent to it, and unlink it', async () => {
    await answers('link xmpp bob@xmpp.localhost', /A code was sent to/);
    await answers('link xmpp 000000000', /This is not the code/);
    await answers(`link xmpp ${await code(0)}`, /bob@xmpp\.localhost.* is linked/);
    await answers('logins', /bob@xmpp\.localhost/);
    await answers('unlink xmpp', /no longer linked/);
    await answers('logins', /no account/);
  });

  it('show administrators users and portals, and how a named event ended, which they try again', async () => {
    await answers('users', /@alice:localhost/);
    await answers('portals', /bob@xmpp\.localhost/);
    const bytes = Uint8Array.from(Buffer.from('no picture'));
    const id = await chat.sendFile({ name: 'lie.png', type: 'image/png', bytes });
    await refused(chat, id);
    await eventually('the line about it', () =>
      admin.person.notices().find((notice) => /bob.*not what/is.test(notice)),
    );
    await answers(`outcome ${id}`, /failed/);
    await answers('outcome $nothing', /No event/);
    const before = admin.person.notices().length;
    await answers(`retry ${id}`, /tried again/);
    await eventually('the line about the second failure', () => {
      const since = admin.person.notices().slice(before);
      return since.find((notice) => /bob.*not what/is.test(notice));
    });
  });

  it('keep what is for administrators from others, and speak the language that was chosen', async () => {
    const carol = await scene.matrixPerson('carol');
    await answers('users', /Only administrators/, carol);
    await answers('language ar', /[\u0600-\u06ff]/, carol);
    await answers('status', /[\u0600-\u06ff]{4}/, carol);
    await answers('status', /The networks of this bridge/);
  });
});
