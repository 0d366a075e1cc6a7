import { text } from '../texts/catalogue.ts';
import type { Answer, Call, Command } from './command.ts';
import { notEnabledYet } from './enable.ts';
import { networkArgument } from './network-argument.ts';
import { line } from './reply.ts';
import { tieWhy } from './tie-why.ts';

/** `bridge`: a room that is there already is to be bridged with a group that is there already, when both sides agree. */
export const bridge: Command = {
  name: 'bridge',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const [name, address, room, ...more] = call.words;
    if (name === undefined || address === undefined || room === undefined || more.length > 0) return 'usage';
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    const shut = await notEnabledYet(call, network, services);
    if (shut !== undefined) return shut;
    const round = String(call.at ?? services.now());
    const begun = await services.ties.begin({ user, network: network.id, address, room, round });
    switch (begun.kind) {
      case 'begun':
        return [line(language, 'tie.begun', { room, address, minutes: begun.minutes })];
      case 'refused':
        return [
          { kind: 'line', line: tieWhy(language, begun.why, { room, address, bot: services.ties.bot }) },
        ];
      case 'failed': {
        const reason = text(language, `reason.${begun.reason}`);
        return [line(language, 'tie.failed', { room, address, reason })];
      }
    }
  },
};

/** `unbridge`: ends what bridges a room, or what was asked for that; the room stays as it is. */
export const unbridge: Command = {
  name: 'unbridge',
  admin: false,
  run: async (call, services) => {
    const [which, ...more] = call.words;
    if (which === undefined || more.length > 0) return 'usage';
    return ended(call, which, await services.ties.end(call.user, call.admin, which));
  },
};

type Ended = Awaited<ReturnType<Parameters<Command['run']>[1]['ties']['end']>>;

function ended({ language }: Call, which: string, end: Ended): Answer {
  switch (end.kind) {
    case 'ended':
    case 'ends':
    case 'withdrawn':
      return [line(language, `tie.${end.kind}`, { room: end.room, address: end.address })];
    case 'not-bridged':
      return [line(language, 'tie.not-bridged', { which })];
    case 'may-not-end':
      return [line(language, 'tie.may-not-end')];
    case 'failed': {
      const reason = text(language, `reason.${end.reason}`);
      return [line(language, 'tie.end-failed', { which, reason })];
    }
  }
}
