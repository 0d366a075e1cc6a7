import { text } from '../texts/catalogue.ts';
import type { Block, Call, Command } from './command.ts';
import { notEnabledYet } from './enable.ts';
import { networkArgument } from './network-argument.ts';
import { line, roomLink } from './reply.ts';
import type { CommandNetwork, EnteredGroup, Services } from './services.ts';

/**
 * `join`: enters a group; the user is invited to its room. Where one network has groups, its name may be left out. A
 * message with a password goes out of the room first, whatever comes of the rest.
 */
export const join: Command = {
  name: 'join',
  admin: false,
  run: async (call, services) => {
    const [name, address, ...secret] = withNetwork(call.words, services);
    if (name === undefined || address === undefined) return 'usage';
    const erased = secret.length === 0 ? [] : await eraseMessage(call, services);
    const network = networkArgument(name, call, services);
    if ('kind' in network) return [...network.blocks, ...erased];
    if (network.groups === undefined)
      return [line(call.language, 'group.none-there', { network: network.id }), ...erased];
    const shut = await notEnabledYet(call, network, services);
    if (shut !== undefined) return [...shut, ...erased];
    const password = secret.length === 0 ? undefined : secret.join(' ');
    const group = await services.groups.join(call.user, network.id, address, password);
    return [...entered(call, address, group), ...erased];
  },
};

async function eraseMessage(
  { language, user, message }: Call,
  { redact }: Services,
): Promise<readonly Block[]> {
  const gone = message !== undefined && (await redact(user, message.room, message.eventId)) === true;
  return [line(language, gone ? 'group.password-erased' : 'group.password-not-erased')];
}

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
    const shut = await notEnabledYet(call, network, services);
    if (shut !== undefined) return shut;
    const title = words.length === 0 ? address : words.join(' ');
    const group = await services.groups.create(call.user, network.id, address, title);
    return entered(call, address, group);
  },
};

/** Puts the name of the only network with groups before the words, where they begin with an address: networks have none such. */
function withNetwork(words: readonly string[], { networks }: Services): readonly string[] {
  const having = [...networks.values()].filter((network: CommandNetwork) => network.groups !== undefined);
  const [only, ...others] = having;
  const [first] = words;
  const isAddress = first !== undefined && (words.length === 1 || !/^[\w-]+$/.test(first));
  return isAddress && only !== undefined && others.length === 0 ? [only.id, ...words] : words;
}

function entered({ language }: Call, address: string, group: EnteredGroup): readonly Block[] {
  if (group.kind === 'blocked') return [line(language, 'group.ruled-out', { address, rule: group.rule })];
  if (group.kind === 'failed') {
    const reason = text(language, `reason.${group.reason}`);
    return [line(language, 'group.failed', { address, reason })];
  }
  return [line(language, 'group.joined', { address, nick: group.nick }), roomLink(group.room)];
}
