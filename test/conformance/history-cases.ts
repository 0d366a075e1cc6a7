import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from './eventually.ts';
import type { GroupChat, GroupRig } from './group-chat.ts';
import { text, texts } from './group-stage.ts';
import { SdkGroupPerson } from './matrix-group-person.ts';
import { MatrixGroup } from './matrix-group.ts';

/** What was said in a group before a user came, on every network with archives. */
export function historyCases(name: string, makeRig: () => Promise<GroupRig>): void {
  describe(`what was said before in groups of ${name}`, { timeout: 300_000 }, () => {
    let rig: GroupRig | undefined;
    before(async () => {
      rig = await makeRig();
    });
    after(() => rig?.[Symbol.asyncDispose]());

    it('is in the room of the first who enters: in order, with its times, once, and unread by nobody', async () => {
      const there = rig ?? assert.fail();
      const [alice, carol] = [await sdkPerson(there), await there.remotePerson()];
      const { address, chat: carols } = await carol.makeGroup('The Past');
      const from = Date.now();
      const lines = Array.from({ length: 60 }, (_, n) => `long ago ${n}`);
      for (const line of lines) await carols.say(line);
      const until = Date.now() + 1_000;
      // The bot's answer comes with the invitation; the room fills while the user is not in it yet.
      const room = await invited(alice, address);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await alice.user.join(room);
      const alices = new MatrixGroup(alice.user, room, alice.bot);
      await text(alices, 'long ago 59');
      assert.deepEqual(texts(alices, /^long ago/), lines.slice(10));
      const events = alice.user
        .timeline(room)
        .filter(({ content }) => String(content['body']).startsWith('long ago'));
      assert.ok(events.every(({ content }) => content['io.causeway.history'] === true));
      assert.ok(events.every(({ content }) => JSON.stringify(content['m.mentions']) === '{}'));
      for (const { eventId } of events) {
        const at = alice.user.sdk.getRoom(room)?.findEventById(eventId)?.getTs() ?? 0;
        assert.ok(at >= from - 1_000 && at <= until, `${at} is not between ${from} and ${until}`);
      }
      assert.equal(alice.user.sdk.getRoom(room)?.getUnreadNotificationCount(), 0);
      await carols.say('and now');
      assert.equal((await text(alices, 'and now')).by, carol.name);
      const live = alice.user.timeline(room).find(({ content }) => content['body'] === 'and now');
      assert.equal(live?.content['io.causeway.history'], undefined);
    });

    it('comes further back on command, once, over a restart', async () => {
      const there = rig ?? assert.fail();
      const [bob, carol] = [await sdkPerson(there), await there.remotePerson()];
      const { address, chat: carols } = await carol.makeGroup('The Other Past');
      for (let n = 0; n < 130; n += 1) await carols.say(`line ${n}`);
      const bobs = await entered(bob, address);
      await text(bobs, 'line 129');
      assert.equal(texts(bobs, /^line/).length, 50);
      assert.match(await bob.ask(`history 120 ${address}`, address), /last 120 messages/);
      await there.restartBridge();
      await eventually(
        'all of them',
        () => texts(bobs, /^line/).length === 120 || undefined,
        40_000,
        () => `There are ${texts(bobs, /^line/).length}.`,
      );
      const older = texts(bobs, /^line/).slice(50);
      assert.deepEqual(
        older,
        Array.from({ length: 70 }, (_, n) => `line ${n + 10}`),
      );
      assert.match(
        await bob.ask(`history 120 ${address}`, address),
        /nothing in the archive|not here already/,
      );
      await carols.say('the present');
      await text(bobs, 'the present');
      assert.equal(texts(bobs, /^line/).length, 120);
    });
  });
}

async function sdkPerson(rig: GroupRig): Promise<SdkGroupPerson> {
  const person = await rig.matrixPerson();
  if (!(person instanceof SdkGroupPerson)) throw new Error('this is no person at matrix-js-sdk');
  return person;
}

/** The room that the bot invites a user to who asks to enter a group. */
async function invited(person: SdkGroupPerson, address: string): Promise<string> {
  const answer = await person.ask(`join ${person.network} ${address}`, address);
  const [, link] = /matrix\.to\/#\/([^"'\s<?]+)/.exec(answer) ?? [];
  return decodeURIComponent(link ?? assert.fail(answer));
}

async function entered(person: SdkGroupPerson, address: string): Promise<GroupChat> {
  const chat = await person.join(address);
  return chat === 'refused' ? assert.fail('refused') : chat;
}
