import { randomInt } from 'node:crypto';
import { parseMatrixUserId, type MatrixUserId } from '../core/ids.ts';
import type { Answer, Call, Command } from './command.ts';
import { line } from './reply.ts';
import type { Services } from './services.ts';

/** How long the number is good for, milliseconds. */
const lifetime = 600_000;
const mostWaiting = 1_000;

/** The numbers that wait to be repeated; a restart forgets them, and nothing has been erased then. */
export class Confirmations {
  readonly #waiting = new Map<string, { readonly number: string; readonly until: number }>();

  /** A number for somebody who wants to erase somebody, or to do something else that is named by a text. */
  ask(asker: MatrixUserId, whom: string, now: number): string {
    const number = String(randomInt(1_000, 10_000));
    const name = `${asker} ${whom}`;
    this.#waiting.delete(name);
    this.#waiting.set(name, { number, until: now + lifetime });
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= mostWaiting) break;
      this.#waiting.delete(oldest);
    }
    return number;
  }

  /** Whether this is the number; right or wrong, it is good for nothing after that. */
  answer(asker: MatrixUserId, whom: string, number: string, now: number): boolean {
    const name = `${asker} ${whom}`;
    const asked = this.#waiting.get(name);
    this.#waiting.delete(name);
    return asked?.number === number && asked.until > now;
  }
}

/** `erase`: erases all that is kept of the user, or for administrators of anybody, after a number was repeated. */
export const erase: Command = {
  name: 'erase',
  admin: false,
  run: async (call, services) => {
    const { language, user, admin } = call;
    const [who, number, ...more] = call.words;
    if (who === undefined || more.length > 0) return 'usage';
    const whom = who.toLowerCase() === 'me' ? user : parseMatrixUserId(who);
    if (whom === undefined) return [line(language, 'erase.no-user', { user: who })];
    if (whom !== user && !admin) return [line(language, 'erase.admin-only')];
    return number === undefined
      ? asked(call, services, who, whom)
      : answered(call, services, who, whom, number);
  },
};

function asked(call: Call, { erasures, now }: Services, who: string, whom: MatrixUserId): Answer {
  const number = erasures.confirmations.ask(call.user, whom, now());
  return [line(call.language, 'erase.ask', { user: whom, command: `erase ${who} ${number}` })];
}

async function answered(
  { language, user }: Call,
  { erasures, now }: Services,
  who: string,
  whom: MatrixUserId,
  number: string,
): Promise<Answer> {
  // Under way already: the command is repeated after a crash, or was written twice.
  const goesOn = erasures.isUnderWay(whom);
  if (!goesOn && !erasures.confirmations.answer(user, whom, latin(number), now()))
    return [line(language, 'erase.wrong', { command: `erase ${who}` })];
  if (!goesOn) await erasures.begin(whom);
  return [line(language, whom === user ? 'erase.begun' : 'erase.begun-other', { user: whom })];
}

/** Figures of any script as those that the number was given in. */
export function latin(typed: string): string {
  return typed.replace(/\p{Nd}/gu, (figure) => {
    const code = figure.codePointAt(0) ?? 0;
    for (let zero = code; zero > code - 10; zero -= 1)
      if (!/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) return String(code - zero);
    return String(code - 48);
  });
}
