import type { AppChat } from '../../app-chat.ts';
import type { Exchange } from '../../exchange.ts';
import { both, says, sending } from './sending.ts';

/** The texts that others refer to: what the app's user wrote, and what Alice wrote. */
export const texts = {
  fromFriend: 'Have you seen the kingfisher?',
  fromAlice: 'Yes, by the old bridge.',
} as const;

/** Text in every form that third-party chats have, each in both directions. */
export function wordExchanges(chat: AppChat): readonly Exchange[] {
  return [...plain(chat), ...formatted(chat), ...answers(chat), ...withoutForm(chat), ...long(chat)];
}

function plain(chat: AppChat): readonly Exchange[] {
  return both(chat, (direction) => {
    const text = direction === 'to-matrix' ? texts.fromFriend : texts.fromAlice;
    return {
      ...{ kind: 'text', expected: `the message "${text}"`, arrived: says(text), remembered: text },
      send: (from) => from.say(text),
    };
  });
}

function formatted(chat: AppChat): readonly Exchange[] {
  const bold = both(chat, (direction) => {
    const text = direction === 'to-matrix' ? 'It was quite blue.' : 'And quite fast.';
    return {
      kind: 'formatted',
      expected: `"${text}" with "quite" in bold`,
      send: (from) => from.sayBold(text, 'quite'),
      // The marks of the network stay in the words that are not formatted.
      arrived: (seen) =>
        seen.kind === 'said' &&
        seen.text.replaceAll('*', '') === text &&
        chat
          .ends(direction)
          .to.seen()
          .some((one) => one.kind === 'text' && one.id === seen.id && one.bold.includes('quite')),
    };
  });
  const code = both(chat, (direction) => {
    const text = direction === 'to-matrix' ? 'while (dark) sleep();' : 'if (light) sing();';
    return {
      ...{ kind: 'code', expected: `"${text}" as a block of code` },
      send: (from) => from.sayCode(text, 'javascript'),
      arrived: (seen) => seen.kind === 'said' && seen.code.some((one) => one.text.trim() === text),
    };
  });
  return [...bold, ...code];
}

function answers(chat: AppChat): readonly Exchange[] {
  const replies = both(chat, (direction) => {
    const toMatrix = direction === 'to-matrix';
    const [text, about] = toMatrix
      ? ['I know the place.', texts.fromAlice]
      : ['Twice this week.', texts.fromFriend];
    const name = (side: 'from' | 'to'): string => {
      const { eventId, appId } = chat.known(about);
      return toMatrix === (side === 'from') ? appId : eventId;
    };
    return {
      ...{ kind: 'reply', expected: `"${text}" as a reply to "${about}"` },
      send: (from) => from.reply(name('from'), text),
      arrived: (seen) => seen.kind === 'said' && seen.text === text && seen.replyTo === name('to'),
    };
  });
  const mentions = both(chat, (direction) => {
    const text = direction === 'to-matrix' ? 'look up!' : 'I am looking.';
    return {
      ...{ kind: 'mention', expected: `"${text}", by which the reader is called` },
      send: (from) => from.mention(text),
      arrived: (seen) => seen.kind === 'said' && seen.text.endsWith(text) && seen.mentionsMe,
    };
  });
  return [...replies, ...mentions];
}

/** What third-party chats have no form for arrives in words; nobody in the app can send it. */
function withoutForm(chat: AppChat): readonly Exchange[] {
  const direction = 'to-network';
  const [question, options] = ['Who brings the telescope?', ['Alice', 'Erin']] as const;
  const [rain, thread, secret] = [
    'Rain at six.',
    'Under that: at dawn it fishes.',
    'It was a magpie.',
  ] as const;
  return [
    sending(chat, {
      ...{ kind: 'emote', direction, expected: 'that Alice waves, with "/me"' },
      send: (from) => from.sayAs('emote', 'waves'),
      arrived: (seen) => seen.kind === 'said' && seen.text.endsWith('waves'),
    }),
    sending(chat, {
      ...{ kind: 'notice', direction, expected: `"${rain}", as text`, arrived: says(rain) },
      send: (from) => from.sayAs('notice', rain),
    }),
    sending(chat, {
      ...{ kind: 'spoiler', direction, expected: `"${secret}" between marks` },
      send: (from) => from.saySpoiler(secret, 'magpie'),
      arrived: (seen) => seen.kind === 'said' && seen.text.includes('magpie'),
    }),
    sending(chat, {
      ...{ kind: 'thread', direction, expected: `"${thread}" as a reply to "${texts.fromFriend}"` },
      send: (from) => from.sayInThread(chat.known(texts.fromFriend).eventId, thread),
      arrived: (seen) =>
        seen.kind === 'said' && seen.text === thread && seen.replyTo === chat.known(texts.fromFriend).appId,
    }),
    sending(chat, {
      ...{ kind: 'poll', direction, expected: `"${question}" with its answers, as text` },
      send: (from) => from.askPoll(question, options, 1),
      arrived: (seen) =>
        seen.kind === 'said' && [question, ...options].every((words) => seen.text.includes(words)),
    }),
  ];
}

/** A text of 30,000 characters, as one message. */
function long(chat: AppChat): readonly Exchange[] {
  const words = Array.from({ length: 6_000 }, (_, index) => `word${index}`).join(' ');
  return both(chat, (direction) => {
    const start = direction === 'to-matrix' ? 'My notes' : 'My diary';
    const text = `${start} ${words}`.slice(0, 30_000);
    return {
      ...{
        kind: 'long-text',
        expected: `all ${text.length} characters of "${start} …"`,
        arrived: says(text),
      },
      send: (from) => from.say(text),
    };
  });
}
