import { setTimeout as sleep } from 'node:timers/promises';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import type { BlockStage } from './block-stage.ts';

/** What is tried while the bridge, the homeserver or the chat is away, or the rules change. */
export async function timeWays(stage: BlockStage): Promise<readonly XmppUser[]> {
  const { alice, root, stack } = stage;
  const pair = await stage.pair('tom');
  await root.ask(
    'rules add let-all allow text,image,edit,reaction,link,group direction=to-matrix',
    /was changed/,
  );
  await stage.way('a message under a rule that lets everything in', pair, (who, to) =>
    who.sendText(to, 'let in'),
  );
  await root.ask('rules remove let-all', /changed/);
  await root.ask('rules add no-text refuse text networks=xmpp people=/tom.*/ direction=to-matrix', /changed/);
  await stage.way('a message that a rule refuses, in the open', pair, (who, to) =>
    who.sendText(to, 'refused'),
  );
  await root.ask('rules remove no-text', /changed/);

  await stack.bridge.kill();
  await stage.way('messages while the bridge is off, and once it is back', pair, async (who, to) => {
    await who.sendText(to, 'while you were off');
    if (who === pair.blocked) {
      await sleep(1_000);
      await stack.bridge.start();
      await stack.bridge.untilReady(60_000);
    } else
      await stack.bridge
        .untilReady(60_000)
        .catch(() => sleep(5_000).then(() => stack.bridge.untilReady(60_000)));
    await who.sendText(to, 'after the restart');
  });
  const queued = await queuedWay(stage);

  await alice.user.leave(pair.room);
  await sleep(1_500);
  await stage.way('a message after alice has left the room', pair, (who, to) =>
    who.sendText(to, 'come back'),
  );
  const encrypted = await encryptedWay(stage);

  await alice.ask('disable xmpp yes', /can reach you any more/);
  await sleep(3_000);
  await alice.ask('enable xmpp', /You can be reached/);
  await stage.meetFriendAgain();
  await stage.way('a message after alice has disabled the network and enabled it again', pair, (who, to) =>
    who.sendText(to, 'a new start'),
  );
  return [pair.blocked, queued, encrypted];
}

/** Words that wait in the bridge while the homeserver is away, and are delivered after the block. */
async function queuedWay(stage: BlockStage): Promise<XmppUser> {
  const { alice, stack } = stage;
  const pair = await stage.strangers('quentin');
  await stage.chat(pair.blocked, 'hello from quentin');
  await pair.like.sendText(stage.silent, 'hello from quentin');
  const link = stack.homeserverLink;
  if (link === undefined) throw new Error('nothing stands between the bridge and the homeserver');
  await stage.barrier();
  await stage.way(
    'a message that waited for the homeserver, and was written before the block',
    pair,
    async (who, to) => {
      if (who !== pair.blocked) {
        await who.sendText(to, 'written before');
        return;
      }
      await link.set({ kind: 'down' });
      await who.sendText(to, 'written before');
      await sleep(1_000);
      // The homeserver brings the command, though the bridge cannot answer it yet.
      await alice.user.sendText(alice.management, `block xmpp ${pair.blocked.jid}`);
      await sleep(15_000);
      await link.heal();
      await alice.user.waitForEvent(
        alice.management,
        ({ content }) => String(content['body']).includes(`${pair.blocked.jid} on xmpp is blocked`),
        60_000,
      );
    },
    { allowed: [stack.botUserId] },
  );
  return pair.blocked;
}

async function encryptedWay(stage: BlockStage): Promise<XmppUser> {
  const { alice, stack } = stage;
  const pair = await stage.strangers('frank');
  const room = await alice.user.createDirectRoom(stack.ghostOf(pair.blocked.jid));
  await alice.user.waitForEvent(
    room,
    ({ type, sender }) => type === 'm.room.member' && sender === stage.ghostOf(pair.blocked),
    30_000,
  );
  await alice.user.sendText(room, 'hello frank');
  await pair.blocked.waitForText('hello frank', 30_000);
  await pair.blocked.sendText(alice.jid, 'hello alice');
  await alice.user.waitForText(room, 'hello alice', 30_000);
  await pair.like.sendText(stage.silent, 'hello');
  await stage.block(pair.blocked.jid);
  await stage.way('words, an edit and a reaction in an encrypted room', pair, async (who, to) => {
    const id = await who.sendText(to, 'sealed');
    await who.correct(to, id, 'sealed anew');
    await who.react(to, id, ['👍']);
  });
  return pair.blocked;
}
