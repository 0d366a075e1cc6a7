// The targets of npm run fuzz, by name.
import { messages } from './messages.ts';
import { nodes } from './nodes.ts';
import { noise } from './noise.ts';
import { stanzas } from './stanzas.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [messages, nodes, noise, stanzas];
