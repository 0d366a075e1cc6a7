// The targets of npm run fuzz, by name.
import { media } from './media.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [media];
