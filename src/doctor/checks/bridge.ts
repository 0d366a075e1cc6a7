import type { Trouble } from '../../core/trouble.ts';
import { text, type Language } from '../../texts/catalogue.ts';
import { ok, told, type Check, type Finding } from '../check.ts';

/** What a running bridge says of its parts; its links are told of one by one, after this. */
export const bridge: Check = {
  name: told('doctor.check.bridge'),
  needs: [],
  run: async (context) => {
    const running = await context.bridge.look();
    if (running === undefined) return ok('doctor.bridge.none');
    const links = new Set<string>(context.links.map(({ network }) => network));
    const own = running.filter(({ name, trouble }) => trouble !== undefined && !links.has(name));
    if (own.length === 0) return ok('doctor.bridge.ok');
    const kind = own.some(({ state }) => state === 'failed') ? 'fail' : 'warn';
    return troubleFinding(
      kind,
      'doctor.bridge.trouble',
      own.flatMap(({ trouble }) => trouble ?? []),
    );
  },
};

/** A finding of troubles: each with what to do. */
export function troubleFinding(
  kind: Finding['kind'],
  key: 'doctor.bridge.trouble' | 'doctor.link.trouble',
  troubles: readonly Trouble[],
): Finding {
  const what = (language: Language): string =>
    [...new Set(troubles)].map((trouble) => text(language, `trouble.${trouble}`)).join(' ');
  return { kind, told: { key, in: (language) => text(language, key, { what: what(language) }) } };
}
