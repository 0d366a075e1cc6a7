// The targets of npm run fuzz, by name.
import { enlistment } from './enlistment.ts';
import { media } from './media.ts';
import { messages } from './messages.ts';
import { nodes } from './nodes.ts';
import { noise } from './noise.ts';
import { stanzas } from './stanzas.ts';
import type { Target } from './target.ts';
import { tokens } from './tokens.ts';

export const targets: readonly Target[] = [enlistment, media, messages, nodes, noise, stanzas, tokens];
