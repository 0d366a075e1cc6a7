import { render, text } from '../texts/catalogue.ts';
import type { Block, Call, Command } from './command.ts';
import { code, line, table } from './reply.ts';

/** `help`: made from the commands themselves. */
export function helpCommand(others: readonly Command[]): Command {
  const help: Command = {
    name: 'help',
    admin: false,
    run: async (call) => {
      const [name] = call.words;
      const all = [help, ...others].filter((command) => call.admin || !command.admin);
      const one = all.find((command) => command.name === name?.toLowerCase());
      if (name !== undefined && one === undefined) return [line(call.language, 'command.unknown', { name })];
      if (one !== undefined)
        return [
          line(call.language, `help.${one.name}`),
          line(call.language, 'command.usage', { usage: text(call.language, `usage.${one.name}`) }),
        ];
      const blocks: Block[] = [
        line(call.language, 'help.intro'),
        rows(
          call,
          all.filter((command) => !command.admin),
        ),
      ];
      const forAdmins = all.filter((command) => command.admin);
      if (forAdmins.length > 0) blocks.push(line(call.language, 'help.admin'), rows(call, forAdmins));
      return blocks;
    },
  };
  return help;
}

function rows({ language }: Call, commands: readonly Command[]): Block {
  return table(
    [render(language, 'column.command'), { plain: '', html: render(language, 'column.what').html }],
    commands.map((command) => [
      code(text(language, `usage.${command.name}`)),
      render(language, `help.${command.name}`),
    ]),
  );
}
