import type { KnownIdentity } from '../core/identities.ts';
import { parseFingerprint } from '../core/ids.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { cell, code, line, table } from './reply.ts';
import type { Services } from './services.ts';
import { render } from '../texts/catalogue.ts';
import { whomIn } from './whom.ts';

const mostShown = 50;

/** `confirm`: the user says that a person's security number is theirs; the number has to be given, so that it is that one. */
export const confirm: Command = {
  name: 'confirm',
  admin: false,
  run: async (call, services) => {
    if (call.words.length === 0) return listed(call, services);
    const whom = await whomIn(call.words, call, services);
    if (whom === 'usage' || whom.kind === 'user') return 'usage';
    if (whom.kind === 'refused') return whom.blocks;
    const { language, user } = call;
    const key = { user, ...whom.who };
    const known = await services.identities.find(key);
    if (known === undefined) return [line(language, 'confirm.unknown', whom.who)];
    if (whom.rest.length === 0) return [shown(call, known)];
    const typed = parseFingerprint(whom.rest.join(' '));
    if (typed === undefined) return 'usage';
    const confirmed = await services.identities.confirm(key, typed);
    switch (confirmed.kind) {
      case 'done':
        return [line(language, 'confirm.done', whom.who)];
      case 'unknown':
        return [line(language, 'confirm.unknown', whom.who)];
      case 'other':
        return [line(language, 'confirm.other', { ...whom.who, number: confirmed.known.identity })];
    }
  },
};

async function listed({ language, user }: Call, { identities }: Services): Promise<Answer> {
  const changed = await identities.changed(user, mostShown);
  if (changed.length === 0) return [line(language, 'confirm.none')];
  const head = [
    render(language, 'confirm.whose'),
    render(language, 'confirm.network'),
    render(language, 'confirm.number'),
  ];
  const rows = changed.map(({ remote, network, identity }) => [cell(remote), cell(network), code(identity)]);
  return [line(language, 'confirm.list'), table(head, rows)];
}

function shown({ language }: Call, { network, remote, identity, previous, state }: KnownIdentity): Block {
  const what = { network, remote, number: identity };
  if (state === 'changed') return line(language, 'confirm.is-changed', { ...what, previous: previous ?? '' });
  return line(language, state === 'verified' ? 'confirm.is-verified' : 'confirm.is-unchanged', what);
}
