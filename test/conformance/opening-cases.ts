import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refused, seesText } from './eventually.ts';
import { acquaint, type Stage } from './stage.ts';
import type { Chat, MatrixPerson, RemotePerson } from './rig.ts';

/** How a chat comes to be, and that there is only ever one. */
export function openingCases(stage: Stage): void {
  describe('a chat is opened', () => {
    it('by a first message from the network, which is in the room', async () => {
      const { matrix, remote, matrixChat } = await acquaint(stage.rig());
      await seesText(matrixChat, 'hello');
      await talk(matrix, remote, matrixChat);
    });

    it('by the command, and asking again finds the same room', async () => {
      const [matrix, remote] = [await stage.rig().matrixPerson(), await stage.rig().remotePerson()];
      const chat = await matrix.start(remote.address);
      assert.ok(chat !== 'refused', matrix.notices().join('\n'));
      await talk(matrix, remote, chat);
      assert.ok((await matrix.start(remote.address)) !== 'refused');
      await talk(matrix, remote, chat);
      assert.equal(await matrix.roomsWith(remote), 1);
    });

    it('by inviting a ghost that does not exist yet', async () => {
      const [matrix, remote] = [await stage.rig().matrixPerson(), await stage.rig().remotePerson()];
      const chat = await matrix.invite(remote);
      assert.ok(chat !== 'declined');
      await talk(matrix, remote, chat);
    });

    it('by inviting a ghost that exists', async () => {
      const { remote } = stage.pair();
      const other = await stage.rig().matrixPerson();
      const chat = await other.invite(remote);
      assert.ok(chat !== 'declined');
      await talk(other, remote, chat);
    });

    it('once: a second room with the same ghost is declined', async () => {
      const { matrix, remote, matrixChat } = await acquaint(stage.rig());
      assert.equal(await matrix.invite(remote), 'declined');
      await talk(matrix, remote, matrixChat);
    });

    it('for each Matrix user apart', async () => {
      const { remote, matrixChat } = stage.pair();
      const other = await stage.rig().matrixPerson();
      await remote.chatWith(other.userId).say('only for the other');
      await seesText(await other.chatWith(remote), 'only for the other');
      assert.ok(
        !matrixChat.seen().some((seen) => seen.kind === 'text' && seen.text === 'only for the other'),
      );
    });
  });

  describe('where nobody is there', () => {
    it('the sender on the network is told', async () => {
      const chat = stage.pair().remote.chatWith(stage.rig().strangerUserId);
      await refused(chat, await chat.say('is anybody there?'));
    });

    it('the Matrix user is told, by the command or by the first message', async () => {
      const matrix = await stage.rig().matrixPerson();
      const chat = await matrix.start(stage.rig().strangerAddress);
      if (chat === 'refused') return;
      await refused(chat, await chat.say('is anybody there?'));
    });
  });
}

async function talk(matrix: MatrixPerson, remote: RemotePerson, matrixChat: Chat): Promise<void> {
  const remoteChat = remote.chatWith(matrix.userId);
  const word = `word ${matrixChat.seen().length} ${remoteChat.seen().length}`;
  await matrixChat.say(`${word} across`);
  await seesText(remoteChat, `${word} across`);
  await remoteChat.say(`${word} back`);
  await seesText(matrixChat, `${word} back`);
}
