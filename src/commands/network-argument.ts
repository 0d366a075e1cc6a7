import { nearest } from '../texts/nearest.ts';
import type { Block, Call } from './command.ts';
import { line } from './reply.ts';
import type { CommandNetwork, Services } from './services.ts';

/** The network that a word names, or the line that says which there are. */
export function networkArgument(
  word: string,
  { language }: Call,
  { networks }: Services,
): CommandNetwork | { readonly kind: 'refused'; readonly blocks: readonly Block[] } {
  const found = networks.get(word.toLowerCase());
  if (found !== undefined) return found;
  const names = [...networks.keys()];
  const blocks = [
    names.length === 0
      ? line(language, 'command.no-networks')
      : line(language, 'command.no-network', {
          name: word,
          networks: inOrder(names, nearest(word, names)).join(', '),
        }),
  ];
  return { kind: 'refused', blocks };
}

/** The nearest comes first. */
function inOrder(names: readonly string[], near: string | undefined): readonly string[] {
  return near === undefined ? names : [near, ...names.filter((name) => name !== near)];
}
