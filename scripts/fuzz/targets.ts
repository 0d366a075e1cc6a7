// The targets of npm run fuzz, by name.
import { messages } from './messages.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [messages];
