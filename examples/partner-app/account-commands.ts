/** Commands about the user. */
import { command, Mistake, needed, why, type Command } from './command.ts';

export const accountCommands: readonly Command[] = [
  command({
    name: 'enlist',
    parameters: '',
    help: 'makes you reachable from the homeserver, and connects',
    run: async ({ user, say, during }) => {
      const enlisted = await during('Enlisting', user.enlist());
      if (enlisted.kind !== 'enlisted') throw new Mistake(`The host did not take you: ${enlisted.reason}.`);
      const connected = await during('Connecting', user.connect());
      if (connected.kind === 'failed') throw new Mistake(why(connected));
      say('You are enlisted and connected. /chat @somebody:their.server opens a chat.');
    },
  }),
  command({
    name: 'connect',
    parameters: '',
    help: 'connects',
    run: async ({ user, during }) => {
      if (user.login === undefined) throw new Mistake('You are not enlisted: /enlist.');
      const connected = await during('Connecting', user.connect());
      if (connected.kind === 'failed') throw new Mistake(why(connected));
    },
  }),
  command({
    name: 'rest',
    parameters: '',
    help: 'disconnects; a push wakes you when there is something',
    run: ({ user, during }) => during('Disconnecting', user.rest()),
  }),
  command({
    name: 'name',
    parameters: '<name>',
    help: 'changes the name that goes along with your messages',
    run: async ({ user }, text) => void (user.name = needed(text, 'which name')),
  }),
  command({
    name: 'status',
    parameters: '',
    help: 'shows who you are and how the connection is',
    run: async ({ user, say, chat }) => {
      const { identifier, name, login } = user;
      const address = login === undefined ? 'not enlisted' : `${login.integrator}-${login.user}@interop`;
      say(`${name} <${identifier}>, ${address}; connection: ${user.health().kind}; chat: ${chat ?? 'none'}`);
    },
  }),
  command({
    name: 'delete-account',
    parameters: 'yes',
    help: 'deletes your account at the host, and everything here',
    run: async ({ user, say, during, quit }, text) => {
      if (text !== 'yes') throw new Mistake('That cannot be taken back. Type: /delete-account yes');
      const deleted = await during('Deleting', user.deleteAccount());
      if (deleted.kind === 'failed') throw new Mistake(why(deleted));
      say('Your account is deleted.');
      quit();
    },
  }),
  command({
    name: 'quit',
    parameters: '',
    help: 'ends the app; everything is kept',
    run: async ({ quit }) => quit(),
  }),
];
