import { notEnabledIn } from './core/reach-door.ts';
import { strictEncryption } from './core/strict-door.ts';
import { render, type Language, type Rendered } from './texts/catalogue.ts';

/** What a user is told whose event was stopped by a rule that they can do something about; undefined for all others. */
export function ruleLine(language: Language, rule: string): Rendered | undefined {
  const network = notEnabledIn(rule);
  if (network !== undefined) return render(language, 'failure.not-enabled', { network });
  return rule === strictEncryption ? render(language, 'failure.strict-encryption') : undefined;
}
