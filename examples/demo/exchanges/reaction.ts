import type { SeenEvent } from '../../../test/support/matrix-event.ts';
import { attribute, NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { Chat, Crossed } from '../chat.ts';
import type { Exchange } from '../exchange.ts';
import { texts } from './text.ts';

const [first, second] = ['👍', '🎉'];

/** A reaction, another in its place, and none any more, each in both directions. */
export function reactionExchanges(chat: Chat): readonly Exchange[] {
  const [fromNetwork, fromMatrix] = [friendReactions(chat), aliceReactions(chat)];
  return fromNetwork.flatMap((exchange, index) => [exchange, fromMatrix[index] ?? []].flat());
}

/** On XMPP a person sends all reactions to a message anew; on Matrix each is an event, taken back by a redaction. */
function friendReactions(chat: Chat): readonly Exchange[] {
  const { friend, aliceAddress } = chat;
  const reactions = new Map<string, string>();
  const react = async (emojis: readonly string[]): Promise<string> =>
    friend.react(aliceAddress, chat.told(texts.fromAlice).stanzaId, emojis);
  const added = async (emoji: string): Promise<Crossed> => {
    const target = chat.told(texts.fromAlice).eventId;
    const crossed = await chat.toMatrix(() => react([emoji]), annotates(target, emoji));
    reactions.set(emoji, crossed.matrix.eventId);
    return crossed;
  };
  const gone =
    (emoji: string) =>
    (event: SeenEvent): boolean =>
      event.redacts !== undefined && event.redacts === reactions.get(emoji);
  return [
    {
      kind: 'reaction',
      direction: 'to-matrix',
      expected: `${first} at "${texts.fromAlice}"`,
      run: async () => chat.shown(await added(first)),
    },
    {
      kind: 'reaction-change',
      direction: 'to-matrix',
      expected: `${second} in the place of ${first} at "${texts.fromAlice}"`,
      run: async () => {
        const crossed = await added(second);
        return chat.shown(crossed, { matrix: await chat.hear(gone(first)) });
      },
    },
    {
      kind: 'reaction-removal',
      direction: 'to-matrix',
      expected: `no reaction at "${texts.fromAlice}" any more`,
      run: async () => chat.shown(await chat.toMatrix(() => react([]), gone(second))),
    },
  ];
}

function aliceReactions(chat: Chat): readonly Exchange[] {
  const { alice } = chat;
  const reactions = new Map<string, string>();
  const react = async (emoji: string): Promise<string> => {
    const id = await alice.react(chat.place.room, chat.told(texts.fromFriend).eventId, emoji);
    reactions.set(emoji, id);
    return id;
  };
  const takeBack = async (emoji: string): Promise<string> => {
    const id = reactions.get(emoji);
    if (id === undefined) throw new Error(`There is no ${emoji} to take back.`);
    return alice.redact(chat.place.room, id);
  };
  /** Only what comes after what is there now: sets may repeat. */
  const isNow = (emojis: readonly string[]): ((stanza: Stanza) => boolean) => {
    const before = new Set(chat.friend.stanzas);
    const target = chat.told(texts.fromFriend).stanzaId;
    return (stanza) => !before.has(stanza) && setOf(stanza, target) === emojis.join();
  };
  return [
    {
      kind: 'reaction',
      direction: 'to-network',
      expected: `${first} at "${texts.fromFriend}"`,
      run: async () => chat.shown(await chat.toNetwork(() => react(first), isNow([first]))),
    },
    {
      kind: 'reaction-change',
      direction: 'to-network',
      expected: `${second} in the place of ${first} at "${texts.fromFriend}"`,
      run: async () => {
        const expected = isNow([second]);
        const taken = await chat.ownEvent(await takeBack(first));
        return chat.shown({ matrix: taken }, await chat.toNetwork(() => react(second), expected));
      },
    },
    {
      kind: 'reaction-removal',
      direction: 'to-network',
      expected: `no reaction at "${texts.fromFriend}" any more`,
      run: async () => chat.shown(await chat.toNetwork(() => takeBack(second), isNow([]))),
    },
  ];
}

function annotates(target: string, emoji: string): (event: SeenEvent) => boolean {
  return ({ type, relation }) =>
    type === 'm.reaction' && relation?.eventId === target && relation.key === emoji;
}

/** The emojis of a stanza that says which reactions a message has; undefined where it is not about that. */
function setOf(stanza: Stanza, target: string): string | undefined {
  const reactions = stanza.getChild('reactions', NS.reactions);
  if (reactions === undefined || attribute(reactions, 'id') !== target) return undefined;
  return reactions
    .getChildren('reaction')
    .map((reaction) => reaction.text())
    .join();
}
