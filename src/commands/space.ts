import type { ReasonCode } from '../core/outcome.ts';
import { text } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { networkArgument } from './network-argument.ts';
import { line } from './reply.ts';
import type { CommandNetwork, Services } from './services.ts';

/** `space`: whether the user's chats are gathered in a space for each network, or stand among the others. */
export const space: Command = {
  name: 'space',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const words = call.words.map((one) => one.toLowerCase());
    const [first, second, ...more] = words;
    if (more.length > 0) return 'usage';
    if (first !== undefined && !isChoice(first)) return ofNetwork(call, services, first, second);
    if (second !== undefined) return 'usage';
    const { spaces } = services;
    if (!spaces.offered) return [line(language, 'space.not-offered')];
    if (first === undefined) {
      const wanted = await spaces.wanted(user);
      return [line(language, wanted ? 'space.on' : 'space.off'), ...(await others(call, services, wanted))];
    }
    const failed = await spaces.choose(user, first === 'on');
    return failed === undefined ? [line(language, `space.${first}`)] : notClosed(call, failed.reason);
  },
};

async function ofNetwork(
  call: Call,
  services: Services,
  name: string,
  choice: string | undefined,
): Promise<Answer> {
  const { language, user } = call;
  const { spaces } = services;
  if (choice !== undefined && !isChoice(choice)) return 'usage';
  const network = networkArgument(name, call, services);
  if ('kind' in network) return network.blocks;
  if (!spaces.offered) return [line(language, 'space.not-offered')];
  if (choice !== undefined) {
    const failed = await spaces.choose(user, choice === 'on', network.id);
    if (failed !== undefined) return notClosed(call, failed.reason);
  }
  return [said(call, network, await spaces.wanted(user, network.id))];
}

/** The networks that the user chose otherwise for. */
async function others(call: Call, { networks, spaces }: Services, usual: boolean): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  for (const network of networks.values()) {
    const wanted = await spaces.wanted(call.user, network.id);
    if (wanted !== usual) blocks.push(said(call, network, wanted));
  }
  return blocks;
}

function said({ language }: Call, { id }: CommandNetwork, wanted: boolean): Block {
  return line(language, wanted ? 'space.on-for' : 'space.off-for', { network: id });
}

function notClosed({ language }: Call, reason: ReasonCode): Answer {
  return [line(language, 'space.failed', { reason: text(language, `reason.${reason}`) })];
}

function isChoice(word: string): word is 'on' | 'off' {
  return word === 'on' || word === 'off';
}
