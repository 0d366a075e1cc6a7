import { xml } from '@xmpp/client';
import type { SeenEvent } from '../../../test/support/matrix-event.ts';
import { attribute, bodyOf, NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { Chat } from '../chat.ts';
import type { Exchange } from '../exchange.ts';

const question = 'Shall we meet on Tuesday?';
const answer = 'Yes, Tuesday is fine.';
const corrected = 'Shall we meet on Wednesday?';
const correctedAnswer = 'Yes, Wednesday is fine.';

/** The texts that others refer to: what the friend wrote, and what Alice wrote. */
export const texts = { fromFriend: question, fromAlice: answer } as const;

/** Text, formatted text, replies and edits, each in both directions. */
export function textExchanges(chat: Chat): readonly Exchange[] {
  return [...plainTexts(chat), ...formattedTexts(chat), ...replies(chat), ...edits(chat)];
}

function plainTexts(chat: Chat): readonly Exchange[] {
  const { alice, friend, aliceAddress } = chat;
  return [
    {
      kind: 'text',
      direction: 'to-matrix',
      expected: `the message "${question}"`,
      run: async () => {
        const crossed = await chat.toMatrix(() => friend.sendText(aliceAddress, question), says(question));
        return chat.shown(chat.remember(question, crossed));
      },
    },
    {
      kind: 'text',
      direction: 'to-network',
      expected: `the message "${answer}"`,
      run: async () => {
        const crossed = await chat.toNetwork(
          () => alice.sendText(chat.place.room, answer),
          saysThere(answer),
        );
        return chat.shown(chat.remember(answer, crossed));
      },
    },
  ];
}

function formattedTexts(chat: Chat): readonly Exchange[] {
  const { alice, friend, aliceAddress } = chat;
  const fromFriend = 'That is very good news.';
  const fromAlice = 'I am really glad.';
  return [
    {
      kind: 'formatted',
      direction: 'to-matrix',
      expected: `"${fromFriend}" with "very good" in bold`,
      run: async () =>
        chat.shown(
          await chat.toMatrix(
            () =>
              friend.sendFormatted(aliceAddress, fromFriend, [
                'That is ',
                xml('strong', {}, 'very good'),
                ' news.',
              ]),
            ({ content }) => /<(strong|b)>very good<\/\1>/.test(String(content['formatted_body'])),
          ),
        ),
    },
    {
      kind: 'formatted',
      direction: 'to-network',
      expected: `"${fromAlice}" with "really" in bold (XHTML-IM and message styling)`,
      run: async () =>
        chat.shown(
          await chat.toNetwork(
            () => alice.sendHtml(chat.place.room, fromAlice, 'I am <strong>really</strong> glad.'),
            (stanza) =>
              bodyOf(stanza) === 'I am *really* glad.' &&
              stanza.getChild('html', NS.xhtmlIm)?.toString().includes('<strong>really</strong>') === true,
          ),
        ),
    },
  ];
}

function replies(chat: Chat): readonly Exchange[] {
  const { alice, friend, aliceAddress } = chat;
  const fromFriend = 'Then I will book a table.';
  const fromAlice = 'At noon?';
  return [
    {
      kind: 'reply',
      direction: 'to-matrix',
      expected: `"${fromFriend}" as a reply to "${answer}", without the quoted text`,
      run: async () => {
        const { eventId, stanzaId } = chat.told(answer);
        const original = { id: stanzaId, from: aliceAddress, body: answer };
        return chat.shown(
          await chat.toMatrix(
            () => friend.reply(aliceAddress, original, fromFriend),
            (event) => event.content['body'] === fromFriend && event.inReplyTo === eventId,
          ),
        );
      },
    },
    {
      kind: 'reply',
      direction: 'to-network',
      expected: `"${fromAlice}" as a reply to "${question}"`,
      run: async () => {
        const { eventId, stanzaId } = chat.told(question);
        return chat.shown(
          await chat.toNetwork(
            () => alice.reply(chat.place.room, eventId, fromAlice),
            (stanza) =>
              bodyOf(stanza)?.endsWith(fromAlice) === true &&
              referred(stanza, 'reply', NS.reply) === stanzaId,
          ),
        );
      },
    },
  ];
}

function edits(chat: Chat): readonly Exchange[] {
  const { alice, friend, aliceAddress } = chat;
  return [
    {
      kind: 'edit',
      direction: 'to-matrix',
      expected: `"${question}" changed to "${corrected}"`,
      run: async () => {
        const { eventId, stanzaId } = chat.told(question);
        return chat.shown(
          await chat.toMatrix(
            () => friend.correct(aliceAddress, stanzaId, corrected),
            ({ relation, content }) =>
              relation?.type === 'm.replace' &&
              relation.eventId === eventId &&
              JSON.stringify([content['m.new_content']]).includes(corrected),
          ),
        );
      },
    },
    {
      kind: 'edit',
      direction: 'to-network',
      expected: `"${answer}" changed to "${correctedAnswer}"`,
      run: async () => {
        const { eventId, stanzaId } = chat.told(answer);
        return chat.shown(
          await chat.toNetwork(
            () => alice.edit(chat.place.room, eventId, correctedAnswer),
            (stanza) =>
              bodyOf(stanza) === correctedAnswer && referred(stanza, 'replace', NS.correct) === stanzaId,
          ),
        );
      },
    },
  ];
}

function says(body: string): (event: SeenEvent) => boolean {
  return ({ content, relation }) => content['body'] === body && relation === undefined;
}

function saysThere(body: string): (stanza: Stanza) => boolean {
  return (stanza) => bodyOf(stanza) === body;
}

function referred(stanza: Stanza, name: string, namespace: string): string | undefined {
  const child = stanza.getChild(name, namespace);
  return child && attribute(child, 'id');
}
