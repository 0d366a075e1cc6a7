import type { GroupPortal } from '../core/portal.ts';
import { render, text } from '../texts/catalogue.ts';
import type { Answer, Call, Command } from './command.ts';
import { cell, code, line, table } from './reply.ts';
import type { Services } from './services.ts';

/** `leave`: leaves a group, named by its address or by its number in the list that `leave` alone shows. */
export const leave: Command = {
  name: 'leave',
  admin: false,
  run: async (call, services) => {
    const [which, ...more] = call.words;
    if (more.length > 0) return 'usage';
    const groups = await services.groups.of(call.user);
    if (which === undefined) return listed(call, groups);
    const found = meant(which, groups);
    if (found === undefined) return [line(call.language, 'leave.unknown', { address: which })];
    return left(call, services, found);
  },
};

/** The same order whenever it is asked for: a number is good until the next group is joined or left. */
export function meant(which: string, groups: readonly GroupPortal[]): GroupPortal | undefined {
  const wanted = which.toLowerCase();
  const named = groups.find(({ key, room }) => key.chat.toLowerCase() === wanted || room === which);
  return named ?? (/^[1-9]\d{0,5}$/.test(which) ? groups[Number(which) - 1] : undefined);
}

function listed({ language }: Call, groups: readonly GroupPortal[]): Answer {
  if (groups.length === 0) return [line(language, 'leave.none')];
  return [
    line(language, 'leave.which'),
    table(
      [
        render(language, 'column.group'),
        render(language, 'column.network'),
        render(language, 'column.command'),
      ],
      groups.map(({ key }, index) => [cell(key.chat), cell(key.network), code(`leave ${index + 1}`)]),
    ),
  ];
}

async function left({ language, user }: Call, services: Services, portal: GroupPortal): Promise<Answer> {
  const address = portal.key.chat;
  const failed = await services.groups.leave(user, portal);
  if (failed === undefined) return [line(language, 'leave.done', { address })];
  return [line(language, 'leave.failed', { address, reason: text(language, `reason.${failed.reason}`) })];
}
