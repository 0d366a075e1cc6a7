/** Commands about people and what they said. */
import type { Failed } from '../../src/core/outcome.ts';
import { command, message, Mistake, needed, openChat, why, type Command, type Session } from './command.ts';
import { calledBy } from './lines.ts';

export const chatCommands: readonly Command[] = [
  command({
    name: 'chat',
    parameters: '<Matrix ID>',
    help: 'finds somebody and opens the chat',
    run: async (session, text) => {
      const { user, during, say } = session;
      const known = user.people().find(({ address, foundBy }) => address === text || foundBy === text);
      const person = known ?? (await during('Looking up', user.lookUp(needed(text, 'whom'))));
      if ('reason' in person) throw new Mistake(why(person));
      session.chat = person.address;
      say(`Now you chat with ${calledBy(person)}.`);
    },
  }),
  command({
    name: 'people',
    parameters: '',
    help: 'lists whom you know',
    run: async ({ user, say }) => {
      for (const person of user.people()) say(`  ${person.address}  ${calledBy(person)}`);
    },
  }),
  command({
    name: 'history',
    parameters: '[how many]',
    help: 'shows the end of the timeline again',
    run: async ({ user, show }, text) => {
      const count = text === '' ? 20 : Number(text);
      if (!Number.isInteger(count) || count < 1) throw new Mistake('How many lines?');
      for (const event of user.timeline().slice(-count)) show(event);
    },
  }),
  command({
    name: 'reply',
    parameters: '<n> <text>',
    help: 'answers a message',
    run: async ({ user }, text) => {
      const { event, rest } = message(user, text);
      await user.sendText(event.chat, needed(rest, 'what'), { answers: event });
    },
  }),
  command({
    name: 'react',
    parameters: '<n> [emoji]',
    help: 'reacts to a message; without an emoji, takes it back',
    run: async ({ user }, text) => {
      const { event, rest } = message(user, text);
      await user.react(event.chat, event, rest);
    },
  }),
  command({
    name: 'edit',
    parameters: '<n> <text>',
    help: 'changes a message of yours',
    run: async ({ user }, text) => {
      const { event, rest } = message(user, text);
      if (!event.mine) throw new Mistake('That message is not yours.');
      await user.edit(event.chat, event.id, needed(rest, 'what'));
    },
  }),
  command({
    name: 'revoke',
    parameters: '<n>',
    help: 'takes a message of yours back',
    run: async ({ user }, text) => {
      const { event } = message(user, text);
      if (!event.mine) throw new Mistake('That message is not yours.');
      await user.revoke(event.chat, event.id);
    },
  }),
  command({
    name: 'read',
    parameters: '<n>',
    help: 'tells that you have read a message',
    run: async ({ user }, text) => {
      const { event } = message(user, text);
      await user.markRead(event.chat, [event.id]);
    },
  }),
  command({
    name: 'typing',
    parameters: '[off]',
    help: 'tells that you are writing, or not any more',
    run: async (session, text) =>
      session.user.typing(openChat(session), text === 'off' ? 'paused' : 'composing'),
  }),
  command({
    name: 'block',
    parameters: '',
    help: 'blocks the person of the open chat',
    run: async (session) => done(await session.user.block(openChat(session), true), session, 'Blocked.'),
  }),
  command({
    name: 'unblock',
    parameters: '',
    help: 'takes that back',
    run: async (session) => done(await session.user.block(openChat(session), false), session, 'Unblocked.'),
  }),
  command({
    name: 'blocked',
    parameters: '',
    help: 'lists whom you have blocked',
    run: async ({ user, say }) => {
      const blocked = await user.blocked();
      if ('reason' in blocked) throw new Mistake(why(blocked));
      say(blocked.length === 0 ? 'Nobody.' : blocked.join('\n'));
    },
  }),
];

function done(result: { readonly kind: 'done' } | Failed, { say }: Session, text: string): void {
  if (result.kind === 'failed') throw new Mistake(why(result));
  say(text);
}
