import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LoopbackPerson } from '../../src/networks/loopback/index.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import { SealedScene } from '../support/sealed-scene.ts';

const patience = 30_000;

for (const isolation of ['all-devices', 'signed-devices'] as const) {
  describe(`what ghosts say to a client that heeds ${isolation}`, () => {
    let scene: SealedScene;
    let user: MatrixUser;
    let person: LoopbackPerson;
    let room: string;
    before(async () => {
      scene = await SealedScene.start({ strategy: isolation });
      [user, person] = [await scene.user({ isolation }), scene.person()];
      person.send(user.userId, 'hello');
      room = await scene.invited(user, person);
      assert.equal(await scene.shield(user, room, 'hello'), 'none');
    });
    after(() => scene[Symbol.asyncDispose]());

    /** Waits for an event of the ghost that was encrypted, and is opened without a shield. */
    async function sealed(
      test: (content: Readonly<Record<string, unknown>>, type: string) => boolean,
    ): Promise<string> {
      const event = await user.waitForEvent(
        room,
        ({ sender, type, content }) => sender === scene.ghostOf(person) && test(content, type),
        patience,
      );
      assert.ok(event.encrypted, JSON.stringify(event));
      assert.equal(await user.shieldOf(room, event.eventId), 'none');
      return event.eventId;
    }

    it('opens without a shield, whatever it is', async () => {
      const to = user.userId;
      const id = person.send(to, 'a word');
      const said = await sealed(({ body }) => body === 'a word');
      person.reply(to, id, 'an answer');
      const answered = await sealed(({ body }) => body === 'an answer');
      assert.equal(user.timeline(room).find(({ eventId }) => eventId === answered)?.inReplyTo, said);
      person.edit(to, id, 'another word');
      await sealed((content) => JSON.stringify(content['m.new_content'] ?? {}).includes('another word'));
      person.sendBody(to, { kind: 'location', latitude: 1, longitude: 2, description: 'here' });
      await sealed(({ msgtype }) => msgtype === 'm.location');
      const poll = person.sendBody(to, {
        ...{ kind: 'poll', question: 'Which?', maxSelections: 1, disclosed: true },
        answers: [
          { id: 'a', text: 'one' },
          { id: 'b', text: 'two' },
        ],
      });
      await sealed((_, type) => type === 'org.matrix.msc3381.poll.start');
      person.sendBody(to, { kind: 'vote', target: poll, choices: ['a'] });
      await sealed((_, type) => type === 'org.matrix.msc3381.poll.response');
      person.sendBody(to, { kind: 'poll-end', target: poll });
      await sealed((_, type) => type === 'org.matrix.msc3381.poll.end');
    });

    it('leaves reactions and redactions in the clear', async () => {
      const id = person.send(user.userId, 'to be liked');
      const said = await sealed(({ body }) => body === 'to be liked');
      person.react(user.userId, id, ['👍']);
      const reaction = await user.waitForEvent(
        room,
        ({ type, relation }) => type === 'm.reaction' && relation?.eventId === said,
        patience,
      );
      assert.equal(reaction.encrypted, false);
      person.retract(user.userId, id);
      await user.waitForEvent(room, ({ redacts }) => redacts === said, patience);
    });
  });
}
