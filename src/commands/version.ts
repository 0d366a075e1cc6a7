import type { Command } from './command.ts';
import { line } from './reply.ts';

/** `version`: of the bridge and of what runs it. */
export const version: Command = {
  name: 'version',
  admin: false,
  run: async ({ language, words }, services) =>
    words.length > 0
      ? 'usage'
      : [line(language, 'version.is', { version: services.version, node: process.versions.node })],
};
