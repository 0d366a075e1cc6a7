import type { KeyDevice } from '../core/key-desk.ts';
import { parseMatrixUserId } from '../core/ids.ts';
import type { ReasonCode } from '../core/outcome.ts';
import { render, text, type Language } from '../texts/catalogue.ts';
import type { Answer, Command } from './command.ts';
import { cell, code, line, table } from './reply.ts';

/** `devices`: the keys of a ghost or of the bot, shown or replaced by new ones. */
export const devices: Command = {
  name: 'devices',
  admin: true,
  run: async ({ language, words }, { keys }) => {
    const isReset = words[0]?.toLowerCase() === 'reset';
    const [name, ...more] = isReset ? words.slice(1) : words;
    const account = name === undefined ? undefined : parseMatrixUserId(name);
    if (account === undefined || more.length > 0) return 'usage';
    if (keys === undefined) return [line(language, 'keys.off')];
    const found = await keys.devices(account);
    if (found === undefined) return [line(language, 'keys.not-ours', { account })];
    if ('kind' in found) return failed(language, found.reason);
    if (!isReset) return shown(language, account, found);
    const problem = await keys.reset(account);
    return problem === undefined
      ? [line(language, 'keys.reset', { account })]
      : failed(language, problem.reason);
  },
};

function failed(language: Language, reason: ReasonCode): Answer {
  return [line(language, 'keys.failed', { reason: text(language, `reason.${reason}`) })];
}

function shown(language: Language, account: string, found: readonly KeyDevice[]): Answer {
  if (found.length === 0) return [line(language, 'keys.none', { account })];
  const head = (['device', 'fingerprint', 'signed', 'open'] as const).map((name) =>
    render(language, `keys.${name}`),
  );
  const answer = (is: boolean): ReturnType<typeof cell> => render(language, is ? 'keys.yes' : 'keys.no');
  return [
    line(language, 'keys.head', { account }),
    table(
      head,
      found.map(({ deviceId, fingerprint, signed, open }) => [
        ...[cell(deviceId), code(fingerprint)],
        ...[answer(signed), answer(open)],
      ]),
    ),
  ];
}
