/** What one can type. A line that begins with `/` is a command, any other is said in the open chat. */
import { accountCommands } from './account-commands.ts';
import { chatCommands } from './chat-commands.ts';
import { command, cut, Mistake, openChat, type Command, type Session } from './command.ts';
import { fileCommands } from './file-commands.ts';

const help = command({
  name: 'help',
  parameters: '',
  help: 'shows this',
  run: async ({ say }) => {
    const width = Math.max(...commands.map((one) => usage(one).length));
    for (const one of commands) say(`  ${usage(one).padEnd(width)}  ${one.help}`);
    say('  Anything else that you type is said in the open chat. <n> is the number in front of a message.');
  },
});

/** Every command, in the order of `/help`. */
export const commands: readonly Command[] = [help, ...accountCommands, ...chatCommands, ...fileCommands];

/** Does what was typed. Rejects with a `Mistake` where that is not possible. */
export async function perform(session: Session, line: string): Promise<void> {
  const typed = line.trim();
  if (typed === '') return;
  if (!typed.startsWith('/')) {
    await session.user.sendText(openChat(session), typed);
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
