import { text } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { networkArgument } from './network-argument.ts';
import { line } from './reply.ts';

/** `unlink`: takes a login away; the address may be left out where there is only one. */
export const unlink: Command = {
  name: 'unlink',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const [name, address, ...more] = call.words;
    if (name === undefined || more.length > 0) return 'usage';
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    const mine = (await services.logins.list(user)).filter((login) => login.network === network.id);
    const [only] = mine;
    if (only === undefined) return [line(language, 'unlink.none', { network: network.id })];
    if (address === undefined && mine.length > 1) {
      const addresses = mine.map((login) => login.remote).join(', ');
      const command = `unlink ${network.id} ${only.remote}`;
      return [line(language, 'unlink.which', { network: network.id, addresses, command })];
    }
    const login =
      address === undefined
        ? only
        : mine.find((candidate) => candidate.remote.toLowerCase() === address.toLowerCase());
    if (login === undefined)
      return [line(language, 'unlink.unknown', { address: address ?? '', network: network.id })];
    const failed = await network.logins?.end?.(user, login.remote);
    if (failed !== undefined)
      return [line(language, 'unlink.failed', { reason: text(language, `reason.${failed.reason}`) })];
    await services.logins.remove(user, network.id, login.remote);
    return [line(language, 'unlink.done', { address: login.remote, network: network.id })];
  },
};
