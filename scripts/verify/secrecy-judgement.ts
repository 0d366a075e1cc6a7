import { guarantee, type Guarantee } from './guarantee.ts';
import type { RunRecord } from './record.ts';

/** What has to hold of a run whose rooms are encrypted; nothing of one whose rooms are not. */
export function secrecyGuarantees({ secrecy }: Pick<RunRecord, 'secrecy'>): readonly Guarantee[] {
  if (secrecy === undefined) return [];
  const { steps, clear, unopened } = secrecy;
  const seen = new Set<string>();
  const again = steps.filter((step) => seen.size === seen.add(step).size);
  const none = steps.length === 0 ? ['nothing was sealed'] : [];
  return [
    guarantee(
      'no step of a session is used twice',
      [...none, ...again.map((step) => `step ${step} was used again`)],
      `${steps.length} sealed events`,
    ),
    guarantee(
      'nothing goes in the clear',
      clear.map((id) => `${id} was not encrypted`),
      `${clear.length} in the clear`,
    ),
    guarantee(
      'the user can open everything',
      unopened.map((id) => `${id} could not be opened`),
      `${unopened.length} closed`,
    ),
  ];
}
