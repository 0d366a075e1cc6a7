import type { AppChat } from '../../app-chat.ts';
import { app } from '../../app-plan.ts';
import { arrival } from '../../ends.ts';
import { patienceMs, type Exchange } from '../../exchange.ts';
import type { ManagementRoom } from '../../management-room.ts';
import { linksTo } from '../opening.ts';

/** Alice says that she wants to be reached: before that the app finds nobody of her name. */
export function enableExchange(chat: AppChat, management: ManagementRoom): Exchange {
  const { friend, friendName, alice } = chat;
  return {
    kind: 'enable',
    direction: 'to-network',
    expected: `nobody found for ${friendName} at ${alice.userId}, and Alice once she has written "enable thirdparty"`,
    prepare: () => management.open(),
    run: async () => {
      const before = await friend.lookUp(alice.userId);
      if (!('reason' in before)) throw new Error('The app found her before she wanted that.');
      const wish = await management.write('enable thirdparty');
      const granted = await management.hear((text) => text.includes('You can be reached on thirdparty'));
      const found = await friend.lookUp(alice.userId);
      if ('reason' in found) throw new Error(`The app does not find her: ${found.reason}.`);
      const line = (text: string) => ({ speaker: friendName, text });
      return chat.shown(
        { app: line(`(looks for ${alice.userId}, and finds nobody)`) },
        { matrix: wish },
        { matrix: granted },
        { app: line(`(looks for ${alice.userId}, and finds her)`) },
      );
    },
  };
}

/** The first message of a stranger, who knows Alice's Matrix ID: she is invited to a room with the message in it. */
export function openedFromApp(chat: AppChat): Exchange {
  const body = `Hello Alice, this is ${chat.friendName} with another app.`;
  return {
    kind: 'portal',
    direction: 'to-matrix',
    expected: `an invitation to a room with ${chat.friendName}, and in it the message "${body}"`,
    run: async () => {
      const { alice } = chat;
      const appId = await chat.friendEnd.say(body);
      // Both together are to end in time, so that the report says which of them did not.
      const withinMs = patienceMs / 2 - 1_000;
      const invite = await alice.waitForInvite(({ inviter }) => inviter === ghostOf(chat), withinMs);
      await chat.enter(invite.roomId, invite.inviter);
      const { eventId } = await chat.hear(({ content }) => content['body'] === body, withinMs);
      return chat.shown(await chat.row('to-matrix', { eventId, appId }));
    },
  };
}

/** The command `start` with an e-mail address: what Alice writes in the room reaches the user of the app. */
export function openedByAddress(chat: AppChat, management: ManagementRoom): Exchange {
  const { identifier } = chat.friend;
  const body = `Hi ${chat.friendName}, I have found you by your e-mail address.`;
  return {
    kind: 'portal',
    direction: 'to-network',
    expected: `a room with ${identifier} from the bot, and in the app the message "${body}"`,
    prepare: () => management.open(),
    run: async () => {
      const asked = await management.write(`start thirdparty ${identifier}`);
      const answer = await management.hear((text) => /matrix\.to|could not/.test(text));
      const invite = await chat.alice.waitForInvite(({ roomId }) => linksTo(answer, roomId), patienceMs);
      await chat.enter(invite.roomId, invite.inviter);
      const eventId = await chat.aliceEnd.say(body);
      const said = await arrival(chat.friendEnd, {
        expected: body,
        arrived: (seen) => seen.kind === 'said' && seen.text === body,
      });
      return chat.shown(
        { matrix: asked },
        { matrix: answer },
        await chat.row('to-network', { eventId, appId: said.id }),
      );
    },
  };
}

/** The account that stands for the app's user: its login, without the server. */
function ghostOf({ friend, alice }: AppChat): string {
  const server = alice.userId.slice(alice.userId.indexOf(':'));
  return `@_thirdparty_${app.integrator}-${friend.login?.user ?? ''}${server}`;
}
