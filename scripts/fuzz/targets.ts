// The targets of npm run fuzz, by name.
import { enlistment } from './enlistment.ts';
import type { Target } from './target.ts';
import { tokens } from './tokens.ts';

export const targets: readonly Target[] = [enlistment, tokens];
