import type { MatrixUserId } from '../core/ids.ts';
import type { Language } from '../texts/catalogue.ts';
import { text } from '../texts/catalogue.ts';
import { nearest } from '../texts/nearest.ts';
import type { Block, Call, Command } from './command.ts';
import { commands } from './list.ts';
import { line, replyOf, type Reply } from './reply.ts';
import type { Services } from './services.ts';

/** A message in a management room. `at` is when it was sent, milliseconds since the epoch. */
export interface CommandMessage {
  readonly user: MatrixUserId;
  readonly text: string;
  readonly language: Language;
  readonly admin: boolean;
  readonly at?: number;
  readonly message?: Call['message'];
}

/** Answers a message with exactly one reply, whatever it says; never throws. What a command throws is logged. */
export async function runCommand(message: CommandMessage, services: Services): Promise<Reply> {
  const { language, admin } = message;
  const [name, ...words] = wordsOf(message.text);
  const rest = restOf(message.text);
  if (name === undefined) return replyOf([line(language, 'command.empty')]);
  const command = commands.find((candidate) => candidate.name === name.toLowerCase());
  if (command === undefined) return replyOf([unknown(message, name)]);
  if (command.admin && !admin) return replyOf([line(language, 'command.admin-only', { name: command.name })]);
  const { user, at } = message;
  const call: Call = { user, language, admin, words, rest, at, message: message.message };
  return replyOf(await answer(command, call, services));
}

async function answer(command: Command, call: Call, services: Services): Promise<readonly Block[]> {
  try {
    const blocks = await command.run(call, services);
    if (blocks !== 'usage') return blocks;
    return [line(call.language, 'command.usage', { usage: text(call.language, `usage.${command.name}`) })];
  } catch (error) {
    services.log.error({ err: error, command: command.name }, 'command failed');
    return [line(call.language, 'command.failed')];
  }
}

/** What copying out of a right-to-left text brings along. */
const directionMarks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `!causeway help`, `/help`, `!help` and `help` are the same. */
function wordsOf(written: string): readonly string[] {
  const words = written
    .replace(directionMarks, '')
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const [first, ...rest] = words;
  if (first === undefined) return [];
  if (/^[!/]causeway:?$/i.test(first)) return rest;
  const bare = first.replace(/^[!/]/, '');
  return bare === '' ? rest : [bare, ...rest];
}

/** What stands behind the command's name. */
function restOf(written: string): string {
  const trimmed = written.replace(directionMarks, '').trim();
  return trimmed.replace(/^(?:[!/]causeway:?\s+|[!/]\s+)?\S+\s*/i, '');
}

function unknown({ language, admin }: CommandMessage, name: string): Block {
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  const near = nearest(
    name,
    commands.filter((command) => admin || !command.admin).map((command) => command.name),
  );
  return near === undefined
    ? line(language, 'command.unknown', { name: shown })
    : line(language, 'command.unknown-near', { name: shown, near });
}
