/** What a command is, and what commands share. */
import type { Failed } from '../../src/core/outcome.ts';
import type { TimelineEvent } from './event.ts';
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

/** Says of an object that it is a command. */
export function command(one: Command): Command {
  return one;
}

/** The first word, and the rest. */
export function cut(text: string): readonly [string, string] {
  const [, first = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(text.trim()) ?? [];
  return [first, rest];
}

/** The text, which has to be there. */
export function needed(text: string, what: string): string {
  if (text === '') throw new Mistake(`Say ${what}. /help shows how.`);
  return text;
}

/** The chat that is open. */
export function openChat({ chat }: Session): string {
  if (chat === undefined) throw new Mistake('No chat is open: /chat @somebody:their.server');
  return chat;
}

/** Something that one of the two said. */
export type Spoken = TimelineEvent & Named;

/** The message whose number comes first. */
export function message(user: PartnerUser, text: string): { readonly event: Spoken; readonly rest: string } {
  const [number, rest] = cut(text);
  const seq = Number(number.replace(/^#/, ''));
  const event = Number.isInteger(seq) ? user.at(seq) : undefined;
  if (event === undefined || !('mine' in event)) throw new Mistake('Which message? Say its number.');
  return { event, rest };
}

/** A failure in words. */
export function why({ reason, retry }: Failed): string {
  return `That did not work (${reason}).${retry.kind === 'later' ? ' It may, later.' : ''}`;
}
