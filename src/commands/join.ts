import { text } from '../texts/catalogue.ts';
import type { Answer, Call, Command } from './command.ts';
import { networkArgument } from './network-argument.ts';
import { line, roomLink } from './reply.ts';
import type { CommandNetwork, EnteredGroup, Services } from './services.ts';

/** `join`: enters a group; the user is invited to its room. Where one network has groups, its name may be left out. */
export const join: Command = {
  name: 'join',
  admin: false,
  run: async (call, services) => {
    const [name, address, ...more] = withNetwork(call.words, 1, services);
    if (name === undefined || address === undefined || more.length > 0) return 'usage';
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    if (network.groups === undefined)
      return [line(call.language, 'group.none-there', { network: network.id })];
    return entered(call, address, await services.groups.join(call.user, network.id, address));
  },
};

/** `create`: makes a group that belongs to the user. */
export const create: Command = {
  name: 'create',
  admin: false,
  run: async (call, services) => {
    const [name, address, ...words] = call.words;
    if (name === undefined || address === undefined) return 'usage';
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    if (network.groups?.create === undefined) {
      return [line(call.language, 'group.none-there', { network: network.id })];
    }
    const title = words.length === 0 ? address : words.join(' ');
    return entered(call, address, await services.groups.create(call.user, network.id, address, title));
  },
};

/** Puts the name of the only network with groups before the words, where they are as few as they are without it. */
function withNetwork(words: readonly string[], few: number, { networks }: Services): readonly string[] {
  const having = [...networks.values()].filter((network: CommandNetwork) => network.groups !== undefined);
  const [only, ...others] = having;
  return words.length === few && only !== undefined && others.length === 0 ? [only.id, ...words] : words;
}

function entered({ language }: Call, address: string, group: EnteredGroup): Answer {
  if (group.kind === 'failed') {
    const reason = text(language, `reason.${group.reason}`);
    return [line(language, 'group.failed', { address, reason })];
  }
  return [line(language, 'group.joined', { address, nick: group.nick }), roomLink(group.room)];
}
