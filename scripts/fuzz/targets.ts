// The targets of npm run fuzz, by name.
import { nodes } from './nodes.ts';
import { noise } from './noise.ts';
import { stanzas } from './stanzas.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [nodes, noise, stanzas];
