/** Commands about files, places and cards. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  command,
  cut,
  message,
  Mistake,
  needed,
  openChat,
  why,
  type Command,
  type Session,
} from './command.ts';
import type { OutgoingFile } from './outgoing-file.ts';

export const fileCommands: readonly Command[] = [
  command({
    name: 'file',
    parameters: '<path> [caption]',
    help: 'sends a file: a picture, a film, a sound or any other',
    run: async (session, text) => {
      const [path, caption] = cut(needed(text, 'which file'));
      await sendFile(session, await fileAt(path, caption));
    },
  }),
  command({
    name: 'voice',
    parameters: '<path> [seconds]',
    help: 'sends an Ogg Opus file as a voice message',
    run: async (session, text) => {
      const [path, seconds] = cut(needed(text, 'which file'));
      const file = await fileAt(path, '');
      const duration = Number(seconds) > 0 ? Number(seconds) * 1000 : 1000;
      await sendFile(session, { ...file, kind: 'voice', mimetype: 'audio/ogg', duration });
    },
  }),
  command({
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
  }),
  command({
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
      await session.user.sendPlace(openChat(session), place);
    },
  }),
  command({
    name: 'card',
    parameters: '<telephone> <name>',
    help: "sends somebody's contact card",
    run: async (session, text) => {
      const [telephone, name] = cut(text);
      const lines = ['BEGIN:VCARD', 'VERSION:3.0', `FN:${needed(name, 'whose')}`, `TEL:${telephone}`];
      await session.user.sendContact(openChat(session), name, `${[...lines, 'END:VCARD'].join('\n')}\n`);
    },
  }),
];

async function sendFile(session: Session, file: OutgoingFile): Promise<void> {
  const { user, during } = session;
  const sent = await during('Encrypting', user.sendFile(openChat(session), file));
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
