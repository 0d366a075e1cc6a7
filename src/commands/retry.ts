import type { Command } from './command.ts';
import { line } from './reply.ts';

/** `retry`: makes an ended event pending again. */
export const retry: Command = {
  name: 'retry',
  admin: true,
  run: async ({ language, words }, services) => {
    const [id, ...more] = words;
    if (id === undefined || more.length > 0) return 'usage';
    if ((await services.events.find(id)) === undefined) return [line(language, 'outcome.unknown', { id })];
    const revived = await services.events.retry(id);
    return [line(language, revived === undefined ? 'retry.impossible' : 'retry.started', { id })];
  },
};
