import { blockRules, isBlockRule, type BlockRule } from './core/blocked-door.ts';
import type { Portal } from './core/portal.ts';
import { notEnabledIn } from './core/reach-door.ts';
import { requestRules } from './core/request-door.ts';
import { strictRules } from './core/strict-door.ts';
import { render, type Language, type Rendered } from './texts/catalogue.ts';

/** What a user is told whose event a door has stopped, in words of its own; undefined where it has none. */
export function ruleLine(
  language: Language,
  rule: string,
  name: string | undefined,
  portal: Portal | undefined,
): Rendered | undefined {
  if (isBlockRule(rule)) return shutOut(language, rule, name, portal);
  const network = notEnabledIn(rule);
  if (network !== undefined) return render(language, 'failure.not-enabled', { network });
  if (rule === strictRules.identity && portal?.kind === 'direct')
    return render(language, 'failure.strict-identity', {
      name: name ?? portal.remote,
      command: `confirm ${portal.key.network} ${portal.remote}`,
    });
  if (rule === strictRules.encryption) return render(language, 'failure.strict-encryption');
  const isUnanswered = rule === requestRules.unanswered && name !== undefined;
  return isUnanswered ? render(language, 'requests.unanswered', { name }) : undefined;
}

/** Blocks are told with what ends them. */
function shutOut(
  language: Language,
  rule: BlockRule,
  name: string | undefined,
  portal: Portal | undefined,
): Rendered {
  const isOwn = rule === blockRules.user;
  if (name === undefined) return render(language, isOwn ? 'reason.you-blocked' : 'reason.shut-out');
  if (!isOwn || portal?.kind !== 'direct') return render(language, 'failure.banned', { name });
  const command = `unblock ${portal.key.network} ${portal.remote}`;
  return render(language, 'failure.blocked-by-user', { name, command });
}
