import { xml } from '@xmpp/client';
import {
  attribute,
  bodyOf,
  NS,
  reactionParts,
  replyParts,
  retractionParts,
} from '../../../../test/support/xmpp-stanzas.ts';
import type { Exchange } from '../../exchange.ts';
import { reactionsIn, referred, type Salon } from '../../salon.ts';

const [question, answer] = ['Who brings the cake?', 'I do, it is in the oven.'];
const [corrected, correctedAnswer] = ['Who brings the two cakes?', 'I do, they are in the oven.'];
const emoji = '🎂';

/** Text, replies, edits, reactions and retractions in the group, each in both directions. */
export function talkExchanges(salon: Salon): readonly Exchange[] {
  return [...texts(salon), ...replies(salon), ...edits(salon), ...reactions(salon), ...retractions(salon)];
}

function texts(salon: Salon): readonly Exchange[] {
  return [
    {
      ...{ kind: 'text', direction: 'to-matrix', expected: `Bob's "${question}"` },
      run: async () => {
        const body = xml('body', {}, question);
        const heard = await salon.toMatrix(salon.bob, [body], ({ content }) => content['body'] === question);
        return salon.shown(salon.remember(question, heard));
      },
    },
    {
      ...{ kind: 'text', direction: 'to-network', expected: `Alice's "${answer}", at Bob's and Carol's` },
      run: async () => {
        const { alice, room } = salon;
        const heard = await salon.toNetwork(
          () => alice.sendText(room, answer),
          (stanza) => bodyOf(stanza) === answer,
        );
        await salon.carol.heard(answer);
        return salon.shown(salon.remember(answer, heard));
      },
    },
  ];
}

function replies(salon: Salon): readonly Exchange[] {
  const [fromBob, fromAlice] = ['Then I bring the tea.', 'Somebody with an oven.'];
  return [
    {
      ...{ kind: 'reply', direction: 'to-matrix', expected: `"${fromBob}" as a reply to "${answer}"` },
      run: async () => {
        const { eventId, roomsId, xmpp } = salon.told(answer);
        const parts = replyParts(attribute(xmpp, 'from') ?? '', roomsId, answer, fromBob);
        const isIt = (event: Parameters<Parameters<Salon['hear']>[0]>[0]): boolean =>
          event.content['body'] === fromBob && event.inReplyTo === eventId;
        return salon.shown(await salon.toMatrix(salon.bob, parts, isIt));
      },
    },
    {
      ...{ kind: 'reply', direction: 'to-network', expected: `"${fromAlice}" as a reply to "${question}"` },
      run: async () => {
        const { eventId, roomsId } = salon.told(question);
        return salon.shown(
          await salon.toNetwork(
            () => salon.alice.reply(salon.room, eventId, fromAlice),
            (stanza) =>
              bodyOf(stanza)?.endsWith(fromAlice) === true && referred(stanza, 'reply', NS.reply) === roomsId,
          ),
        );
      },
    },
  ];
}

/** A correction names its message by the id that its sender gave it. */
function edits(salon: Salon): readonly Exchange[] {
  return [
    {
      ...{ kind: 'edit', direction: 'to-matrix', expected: `"${question}" changed to "${corrected}"` },
      run: async () => {
        const { eventId, xmpp } = salon.told(question);
        const id = attribute(xmpp, 'id') ?? '';
        const parts = [xml('body', {}, corrected), xml('replace', { xmlns: NS.correct, id })];
        return salon.shown(
          await salon.toMatrix(
            salon.bob,
            parts,
            ({ relation, content }) =>
              relation?.type === 'm.replace' &&
              relation.eventId === eventId &&
              JSON.stringify([content['m.new_content']]).includes(corrected),
          ),
        );
      },
    },
    {
      ...{ kind: 'edit', direction: 'to-network', expected: `"${answer}" changed to "${correctedAnswer}"` },
      run: async () => {
        const { eventId, xmpp } = salon.told(answer);
        const id = attribute(xmpp, 'id');
        return salon.shown(
          await salon.toNetwork(
            () => salon.alice.edit(salon.room, eventId, correctedAnswer),
            (stanza) => bodyOf(stanza) === correctedAnswer && referred(stanza, 'replace', NS.correct) === id,
          ),
        );
      },
    },
  ];
}

function reactions(salon: Salon): readonly Exchange[] {
  return [
    {
      ...{ kind: 'reaction', direction: 'to-matrix', expected: `${emoji} at "${answer}"` },
      run: async () => {
        const { eventId, roomsId } = salon.told(answer);
        return salon.shown(
          await salon.toMatrix(
            salon.bob,
            reactionParts(roomsId, [emoji]),
            ({ type, relation }) =>
              type === 'm.reaction' && relation?.eventId === eventId && relation.key === emoji,
          ),
        );
      },
    },
    {
      ...{ kind: 'reaction', direction: 'to-network', expected: `${emoji} at "${question}"` },
      run: async () => {
        const { eventId, roomsId } = salon.told(question);
        return salon.shown(
          await salon.toNetwork(
            () => salon.alice.react(salon.room, eventId, emoji),
            (stanza) => reactionsIn(stanza, roomsId) === emoji,
          ),
        );
      },
    },
  ];
}

function retractions(salon: Salon): readonly Exchange[] {
  const [fromBob, fromAlice] = ['This was for the other room.', 'So was this.'];
  return [
    {
      ...{ kind: 'retraction', direction: 'to-matrix', expected: `"${fromBob}" taken back` },
      prepare: async () => {
        const body = xml('body', {}, fromBob);
        const heard = await salon.toMatrix(salon.bob, [body], ({ content }) => content['body'] === fromBob);
        salon.remember(fromBob, heard);
      },
      run: async () => {
        const { eventId, roomsId } = salon.told(fromBob);
        const parts = retractionParts(roomsId, 1);
        return salon.shown(await salon.toMatrix(salon.bob, parts, ({ redacts }) => redacts === eventId));
      },
    },
    {
      ...{ kind: 'retraction', direction: 'to-network', expected: `"${fromAlice}" taken back` },
      prepare: async () => {
        const heard = await salon.toNetwork(
          () => salon.alice.sendText(salon.room, fromAlice),
          (stanza) => bodyOf(stanza) === fromAlice,
        );
        salon.remember(fromAlice, heard);
      },
      run: async () => {
        const { eventId, roomsId } = salon.told(fromAlice);
        return salon.shown(
          await salon.toNetwork(
            () => salon.alice.redact(salon.room, eventId),
            (stanza) => referred(stanza, 'retract', NS.retract1) === roomsId,
          ),
        );
      },
    },
  ];
}
