import { parseRoomId } from '../core/ids.ts';
import type { Command } from './command.ts';
import { line } from './reply.ts';

/** `discard`: what comes next in a room is encrypted anew. */
export const discard: Command = {
  name: 'discard',
  admin: true,
  run: async ({ language, words }, { keys }) => {
    const [name, ...more] = words;
    const room = name === undefined ? undefined : parseRoomId(name);
    if (room === undefined || more.length > 0) return 'usage';
    if (keys === undefined) return [line(language, 'keys.off')];
    keys.discard(room);
    return [line(language, 'keys.discarded', { room })];
  },
};
