/** The conversation of a user with the app: lines in, lines out. */
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Session } from './command.ts';
import { perform } from './commands.ts';
import type { AppEvent } from './event.ts';
import { calledBy, linesOf, type Naming } from './lines.ts';
import type { PartnerUser } from './user.ts';

export interface Streams {
  readonly input: Readable;
  readonly output: Writable & { readonly isTTY?: boolean };
  /** What the app is called. */
  readonly name: string;
}

const shownAtStart = 20;
const dotMs = 1_000;

/** Resolves once the user has quit, or the input has ended. */
export async function converse(user: PartnerUser, { input, output, name }: Streams): Promise<void> {
  const screen = createInterface({ input, output, terminal: output.isTTY === true });
  const say = (text: string): void => {
    // The line that is being typed stays below.
    output.write(`${screen.terminal ? '\r\u001b[2K' : ''}${text}\n`);
    if (screen.terminal) screen.prompt(true);
  };
  const show = (event: AppEvent): void => {
    for (const line of linesOf(event, namingOf(user))) say(line);
  };
  const session: Session = {
    ...{ user, say, show, chat: undefined, quit: () => screen.close() },
    during: (what, work) => during(what, work, say),
  };
  say(`${name}: ${user.name} <${user.identifier}>. /help lists what one can type.`);
  for (const event of user.timeline().slice(-shownAtStart)) show(event);
  const stop = user.listen(show);
  try {
    if (user.login === undefined) say('You are not enlisted yet: /enlist');
    else await attempt(session, '/connect');
    await readLines(screen, session);
  } finally {
    stop();
    screen.close();
  }
}

/** One line after the other: the next is read when the last is done. */
async function readLines(screen: Interface, session: Session): Promise<void> {
  const prompt = (): void => {
    const { chat, user } = session;
    const person = user.people().find(({ address }) => address === chat);
    screen.setPrompt(person === undefined ? '> ' : `${calledBy(person)}> `);
    if (screen.terminal) screen.prompt();
  };
  prompt();
  for await (const line of screen) {
    await attempt(session, line);
    prompt();
  }
}

async function attempt(session: Session, line: string): Promise<void> {
  try {
    await perform(session, line);
  } catch (error) {
    session.say(error instanceof Error ? error.message : String(error));
  }
}

/** Says what is going on, once it takes longer. */
async function during<T>(what: string, work: Promise<T>, say: (text: string) => void): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => {
    say(`      ${what} ... (${Math.round((Date.now() - started) / 1_000)} s)`);
  }, dotMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

function namingOf(user: PartnerUser): Naming {
  return {
    person: (chat) => user.person(chat),
    numberOf: (chat, id) => user.numberOf(chat, id),
  };
}
