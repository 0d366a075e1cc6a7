import { text } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { notEnabledYet } from './enable.ts';
import { networkArgument } from './network-argument.ts';
import { line, roomLink } from './reply.ts';

/** `start`: opens a chat, or shows the one that is there. Where there is one network only, its name may be left out. */
export const start: Command = {
  name: 'start',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const [only, ...others] = services.networks.keys();
    const said = withNumber(call.words);
    const words = said.length === 1 && only !== undefined && others.length === 0 ? [only, ...said] : said;
    const [name, address, ...more] = words;
    if (name === undefined || address === undefined || more.length > 0) return 'usage';
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    const shut = await notEnabledYet(call, network, services);
    if (shut !== undefined) return shut;
    const opened = await services.portals.open(user, network.id, address);
    if (opened.kind === 'failed') {
      const reason = text(language, `reason.${opened.reason}`);
      return [line(language, 'start.failed', { address, reason })];
    }
    // An opaque id tells nobody anything, and the address by which one finds people stays out of what the bot says.
    const { name: known, userId } = opened.profile;
    const shown = known ?? (network.capabilities.addressIsPrivate === true ? undefined : userId);
    const key = opened.created ? 'start.opened' : 'start.exists';
    const reply =
      shown === undefined ? line(language, `${key}.unnamed`) : line(language, key, { name: shown });
    return [reply, roomLink(opened.room)];
  },
};

/** A number may be typed with spaces. */
function withNumber(words: readonly string[]): readonly string[] {
  const from = words.findIndex((word) => /^[+(]?\p{Nd}/u.test(word));
  const number = from === -1 ? [] : words.slice(from);
  const isOne = number.length > 1 && number.every((word) => /^[+(]?\p{Nd}[\p{Nd}()./-]*$/u.test(word));
  return isOne ? [...words.slice(0, from), number.join('')] : words;
}
