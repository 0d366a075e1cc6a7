import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenEvent } from '../../../test/support/matrix-event.ts';
import { bodyOf } from '../../../test/support/xmpp-stanzas.ts';
import type { Chat } from '../chat.ts';
import { patienceMs, type Exchange } from '../exchange.ts';
import type { ManagementRoom } from '../management-room.ts';

/** Alice says that she wants to be reached on XMPP. The address of her own XMPP account is proved to be hers, with a code that is sent to it. */
export function linkExchange(management: ManagementRoom, own: Chat, component: string): Exchange {
  const { jid } = own.friend;
  return {
    kind: 'link',
    direction: 'to-network',
    expected: `the bot's word that she can be reached, a code for ${jid} at her XMPP client, and the bot's word that the account is linked`,
    prepare: () => management.open(),
    run: async () => {
      const wish = await management.write('enable xmpp');
      const granted = await management.hear((text) => text.includes('You can be reached on xmpp'));
      const asked = await management.write(`link xmpp ${jid}`);
      const stanza = await own.friend.waitFor(
        (one) => one.is('message') && one.attrs['from'] === component && codeIn(bodyOf(one)) !== undefined,
        patienceMs,
        `a message with a code from ${component}`,
      );
      const sent = await management.hear((text) => text.includes(jid));
      const answer = await management.write(`link xmpp ${codeIn(bodyOf(stanza)) ?? ''}`);
      const linked = await management.hear((text) => text.includes(jid) && text.includes('linked'));
      return own.shown(
        { matrix: wish },
        { matrix: granted },
        { matrix: asked },
        { matrix: sent, xmpp: stanza },
        { matrix: answer },
        { matrix: linked },
      );
    },
  };
}

/** The first message of a stranger: Alice is invited to a room with him, and the message is in it. */
export function openedFromNetwork(chat: Chat): Exchange {
  const body = `Hello Alice, this is ${chat.friendName} on XMPP.`;
  return {
    kind: 'portal',
    direction: 'to-matrix',
    expected: `an invitation to a room with ${chat.friend.jid}, and in it the message "${body}"`,
    run: async () => {
      const send = async (): Promise<string> => {
        const stanzaId = await chat.friend.sendText(chat.aliceAddress, body);
        const local = chat.friend.jid.split('@', 1)[0] ?? '';
        const invite = await chat.alice.waitForInvite((one) => one.inviter.includes(local), patienceMs);
        await accept(chat, invite.roomId, invite.inviter);
        return stanzaId;
      };
      return chat.shown(await chat.toMatrix(send, ({ content }) => content['body'] === body));
    },
  };
}

/** The command `start`: the bot answers with a room, and what Alice writes there reaches the XMPP user. */
export function openedByCommand(management: ManagementRoom, chat: Chat): Exchange {
  const body = `Hi ${chat.friendName}, I have opened this chat from Matrix.`;
  const { jid } = chat.friend;
  return {
    kind: 'portal',
    direction: 'to-network',
    expected: `a room with ${jid} from the bot, and at ${jid} the message "${body}"`,
    prepare: () => management.open(),
    run: async () => {
      const asked = await management.write(`start xmpp ${jid}`);
      const answer = await management.hear((text) => /matrix\.to|could not/.test(text));
      const invite = await chat.alice.waitForInvite((one) => linksTo(answer, one.roomId), patienceMs);
      await accept(chat, invite.roomId, invite.inviter);
      const first = await chat.toNetwork(
        () => chat.alice.sendText(invite.roomId, body),
        (stanza) => bodyOf(stanza) === body,
      );
      return chat.shown({ matrix: asked }, { matrix: answer }, first);
    },
  };
}

/** Whether the bot's answer leads to a room. */
export function linksTo({ content }: SeenEvent, roomId: string): boolean {
  const body = String(content['body']);
  return body.includes(roomId) || body.includes(encodeURIComponent(roomId));
}

async function accept(chat: Chat, room: string, ghost: string): Promise<void> {
  await chat.alice.join(room);
  await chat.alice.markDirect(ghost, room);
  chat.open({ room, ghost });
  // The client needs its own sight of the room before it can send to it.
  while (chat.alice.sdk.getRoom(room)?.getMyMembership() !== 'join') await sleep(10);
}

/** The digits of a code, at least four of them. */
function codeIn(body: string | undefined): string | undefined {
  return body === undefined ? undefined : /(?<!\d)\d{4,10}(?!\d)/.exec(body)?.[0];
}
