import { strictLevels, type Strict } from '../core/strict.ts';
import type { Block, Call, Command } from './command.ts';
import { line } from './reply.ts';
import type { Services } from './services.ts';

/** `strict`: how strict the user is about who may reach them. */
export const strict: Command = {
  name: 'strict',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const [word, ...more] = call.words.map((one) => one.toLowerCase());
    if (more.length > 0) return 'usage';
    const now = await services.strict.of(user);
    if (word === undefined) return [line(language, `strict.${now}`), ...inGroups(call, now)];
    const wanted = strictLevels.find((level) => level === word);
    if (wanted === undefined) return 'usage';
    await services.strict.choose(user, wanted);
    return [
      line(language, `strict.${wanted}`),
      ...inGroups(call, wanted),
      ...(wanted === 'on' ? ended(call, services) : []),
    ];
  },
};

function inGroups({ language }: Call, level: Strict): readonly Block[] {
  return level === 'off' ? [] : [line(language, 'strict.groups')];
}

/** The networks on which nothing passes by it. */
function ended({ language }: Call, { networks }: Services): readonly Block[] {
  const plain = [...networks.values()].filter(({ capabilities }) => capabilities.encrypted !== true);
  if (plain.length === 0) return [];
  return [line(language, 'strict.nothing-there', { networks: plain.map(({ id }) => id).join(', ') })];
}
