import type { Chat } from '../chat.ts';
import type { Exchange } from '../exchange.ts';
import type { ManagementRoom } from '../management-room.ts';

/** A vote in a poll. XMPP has none, so nothing crosses: whoever votes is told so. */
export function voteExchanges(chat: Chat, management: ManagementRoom): readonly Exchange[] {
  return [
    {
      kind: 'vote',
      direction: 'to-network',
      expected: 'a line of the bot which says that votes are not carried to XMPP',
      prepare: () => management.open(),
      run: async () => {
        const end = chat.aliceEnd;
        const poll = await end.askPoll('Who is coming?', ['I am', 'Not me'], 1);
        management.listen();
        await end.vote(poll, ['I am']);
        const told = await management.hear((text) => text.includes('do not cross the bridge'));
        return chat.shown({ matrix: await chat.ownEvent(poll) }, { matrix: told });
      },
    },
  ];
}
