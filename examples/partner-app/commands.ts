/** What one can type. A line that begins with `/` is a command, any other is said in the open chat. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Failed } from '../../src/core/outcome.ts';
import type { TimelineEvent } from './event.ts';
import { calledBy } from './lines.ts';
import type { OutgoingFile } from './outgoing-file.ts';
import type { PartnerUser } from './user.ts';
import type { Named } from './writing.ts';

/** What commands work on. */
export interface Session {
  readonly user: PartnerUser;
  /** The chat that is open. */
  chat: string | undefined;
  readonly say: (line: string) => void;
  readonly show: (event: TimelineEvent) => void;
  /** Shows that something is going on, until it has ended. */
  readonly during: <T>(what: string, work: Promise<T>) => Promise<T>;
  readonly quit: () => void;
}

export interface Command {
  readonly name: string;
  readonly parameters: string;
  readonly help: string;
  readonly run: (session: Session, text: string) => Promise<void>;
}

/** Told to whoever typed it. */
export class Mistake extends Error {}

/** Every command, in the order of `/help`. */
export const commands: readonly Command[] = [
  {
    name: 'help',
    parameters: '',
    help: 'shows this',
    run: async ({ say }) => {
      const width = Math.max(...commands.map((one) => usage(one).length));
      for (const one of commands) say(`  ${usage(one).padEnd(width)}  ${one.help}`);
      say('  Anything else that you type is said in the open chat. <n> is the number in front of a message.');
    },
  },
  {
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
  },
  {
    name: 'connect',
    parameters: '',
    help: 'connects',
    run: async ({ user, during }) => {
      if (user.login === undefined) throw new Mistake('You are not enlisted: /enlist.');
      const connected = await during('Connecting', user.connect());
      if (connected.kind === 'failed') throw new Mistake(why(connected));
    },
  },
  {
    name: 'rest',
    parameters: '',
    help: 'disconnects; a push wakes you when there is something',
    run: ({ user, during }) => during('Disconnecting', user.rest()),
  },
  {
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
  },
  {
    name: 'people',
    parameters: '',
    help: 'lists whom you know',
    run: async ({ user, say }) => {
      for (const person of user.people()) say(`  ${person.address}  ${calledBy(person)}`);
    },
  },
  {
    name: 'history',
    parameters: '[how many]',
    help: 'shows the end of the timeline again',
    run: async ({ user, show }, text) => {
      const count = text === '' ? 20 : Number(text);
      if (!Number.isInteger(count) || count < 1) throw new Mistake('How many lines?');
      for (const event of user.timeline().slice(-count)) show(event);
    },
  },
  {
    name: 'reply',
    parameters: '<n> <text>',
    help: 'answers a message',
    run: async ({ user }, text) => {
      const { event, rest } = message(user, text);
      await user.sendText(event.chat, needed(rest, 'what'), { answers: event });
    },
  },
  {
    name: 'react',
    parameters: '<n> [emoji]',
    help: 'reacts to a message; without an emoji, takes it back',
    run: async ({ user }, text) => {
      const { event, rest } = message(user, text);
      await user.react(event.chat, event, rest);
    },
  },
  {
    name: 'edit',
    parameters: '<n> <text>',
    help: 'changes a message of yours',
    run: async ({ user }, text) => {
      const { event, rest } = message(user, text);
      if (!event.mine) throw new Mistake('That message is not yours.');
      await user.edit(event.chat, event.id, needed(rest, 'what'));
    },
  },
  {
    name: 'revoke',
    parameters: '<n>',
    help: 'takes a message of yours back',
    run: async ({ user }, text) => {
      const { event } = message(user, text);
      if (!event.mine) throw new Mistake('That message is not yours.');
      await user.revoke(event.chat, event.id);
    },
  },
  {
    name: 'read',
    parameters: '<n>',
    help: 'tells that you have read a message',
    run: async ({ user }, text) => {
      const { event } = message(user, text);
      await user.markRead(event.chat, [event.id]);
    },
  },
  {
    name: 'file',
    parameters: '<path> [caption]',
    help: 'sends a file: a picture, a film, a sound or any other',
    run: async (session, text) => {
      const [path, caption] = cut(needed(text, 'which file'));
      await sendFile(session, await fileAt(path, caption));
    },
  },
  {
    name: 'voice',
    parameters: '<path> [seconds]',
    help: 'sends an Ogg Opus file as a voice message',
    run: async (session, text) => {
      const [path, seconds] = cut(needed(text, 'which file'));
      const file = await fileAt(path, '');
      const duration = Number(seconds) > 0 ? Number(seconds) * 1000 : 1000;
      await sendFile(session, { ...file, kind: 'voice', mimetype: 'audio/ogg', duration });
    },
  },
  {
    name: 'place',
    parameters: '<latitude> <longitude> [what]',
    help: 'sends a place',
    run: async (session, text) => {
      const [first = '', second = '', ...words] = text.split(/\s+/);
      const [latitude, longitude] = [Number(first), Number(second)];
      if (first === '' || second === '' || !(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180))
        throw new Mistake('Where? For example: /place 52.52 13.4 Berlin');
      const description = words.length === 0 ? undefined : words.join(' ');
      const place = { latitude, longitude, accuracy: undefined, description };
      await session.user.sendPlace(open(session), place);
    },
  },
  {
    name: 'card',
    parameters: '<telephone> <name>',
    help: "sends somebody's contact card",
    run: async (session, text) => {
      const [telephone, name] = cut(text);
      const lines = ['BEGIN:VCARD', 'VERSION:3.0', `FN:${needed(name, 'whose')}`, `TEL:${telephone}`];
      await session.user.sendContact(open(session), name, `${[...lines, 'END:VCARD'].join('\n')}\n`);
    },
  },
  {
    name: 'typing',
    parameters: '[off]',
    help: 'tells that you are writing, or not any more',
    run: async (session, text) => session.user.typing(open(session), text === 'off' ? 'paused' : 'composing'),
  },
  {
    name: 'save',
    parameters: '<n> [path]',
    help: 'fetches the file of a message, opens it and keeps it',
    run: async ({ user, say, during }, text) => {
      const { event, rest } = message(user, text);
      const media =
        event.kind === 'message' && event.content.kind === 'media' ? event.content.media : undefined;
      if (media === undefined) throw new Mistake('That message has no file.');
      const path = rest === '' ? media.name : rest;
      const opened = await during('Fetching', media.open(AbortSignal.timeout(300_000)));
      if (opened.kind === 'failed') throw new Mistake(why(opened));
      await pipeline(opened.stream, createWriteStream(path, { flags: 'wx' }));
      say(`Kept as ${path}.`);
    },
  },
  {
    name: 'block',
    parameters: '',
    help: 'blocks the person of the open chat',
    run: async (session) => done(await session.user.block(open(session), true), session, 'Blocked.'),
  },
  {
    name: 'unblock',
    parameters: '',
    help: 'takes that back',
    run: async (session) => done(await session.user.block(open(session), false), session, 'Unblocked.'),
  },
  {
    name: 'blocked',
    parameters: '',
    help: 'lists whom you have blocked',
    run: async ({ user, say }) => {
      const blocked = await user.blocked();
      if ('reason' in blocked) throw new Mistake(why(blocked));
      say(blocked.length === 0 ? 'Nobody.' : blocked.join('\n'));
    },
  },
  {
    name: 'name',
    parameters: '<name>',
    help: 'changes the name that goes along with your messages',
    run: async ({ user }, text) => void (user.name = needed(text, 'which name')),
  },
  {
    name: 'status',
    parameters: '',
    help: 'shows who you are and how the connection is',
    run: async ({ user, say, chat }) => {
      const { identifier, name, login } = user;
      const address = login === undefined ? 'not enlisted' : `${login.integrator}-${login.user}@interop`;
      say(`${name} <${identifier}>, ${address}; connection: ${user.health().kind}; chat: ${chat ?? 'none'}`);
    },
  },
  {
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
  },
  { name: 'quit', parameters: '', help: 'ends the app; everything is kept', run: async ({ quit }) => quit() },
];

/** Does what was typed. Rejects with a `Mistake` where that is not possible. */
export async function perform(session: Session, line: string): Promise<void> {
  const typed = line.trim();
  if (typed === '') return;
  if (!typed.startsWith('/')) {
    await session.user.sendText(open(session), typed);
    return;
  }
  const [name, text] = cut(typed.slice(1));
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw new Mistake(`There is no /${name}. /help lists what there is.`);
  await command.run(session, text);
}

function usage({ name, parameters }: Command): string {
  return `/${name} ${parameters}`.trimEnd();
}

function cut(text: string): readonly [string, string] {
  const [, first = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(text.trim()) ?? [];
  return [first, rest];
}

function needed(text: string, what: string): string {
  if (text === '') throw new Mistake(`Say ${what}. /help shows how.`);
  return text;
}

function open({ chat }: Session): string {
  if (chat === undefined) throw new Mistake('No chat is open: /chat @somebody:their.server');
  return chat;
}

type Spoken = TimelineEvent & Named;

function message(user: PartnerUser, text: string): { readonly event: Spoken; readonly rest: string } {
  const [number, rest] = cut(text);
  const seq = Number(number.replace(/^#/, ''));
  const event = Number.isInteger(seq) ? user.at(seq) : undefined;
  if (event === undefined || !('mine' in event)) throw new Mistake('Which message? Say its number.');
  return { event, rest };
}

async function sendFile(session: Session, file: OutgoingFile): Promise<void> {
  const { user, during } = session;
  const sent = await during('Encrypting', user.sendFile(open(session), file));
  if (typeof sent !== 'string') throw new Mistake(why(sent));
}

const types: Readonly<Record<string, readonly [OutgoingFile['kind'], string]>> = {
  '.png': ['image', 'image/png'],
  '.jpg': ['image', 'image/jpeg'],
  '.jpeg': ['image', 'image/jpeg'],
  '.gif': ['image', 'image/gif'],
  '.webp': ['image', 'image/webp'],
  '.mp4': ['video', 'video/mp4'],
  '.3gp': ['video', 'video/3gpp'],
  '.mp3': ['audio', 'audio/mpeg'],
  '.m4a': ['audio', 'audio/mp4'],
  '.ogg': ['audio', 'audio/ogg'],
  '.wav': ['audio', 'audio/wav'],
  '.pdf': ['file', 'application/pdf'],
  '.txt': ['file', 'text/plain'],
};

async function fileAt(path: string, caption: string): Promise<OutgoingFile> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new Mistake(`There is no file ${path}.`);
  const [kind, mimetype] = types[extname(path).toLowerCase()] ?? ['file', 'application/octet-stream'];
  const words = caption === '' ? undefined : caption;
  return { kind, mimetype, name: basename(path), bytes: createReadStream(path), caption: words };
}

function done(result: { readonly kind: 'done' } | Failed, { say }: Session, text: string): void {
  if (result.kind === 'failed') throw new Mistake(why(result));
  say(text);
}

function why({ reason, retry }: Failed): string {
  return `That did not work (${reason}).${retry.kind === 'later' ? ' It may, later.' : ''}`;
}
