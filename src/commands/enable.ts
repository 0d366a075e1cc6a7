import { features, type Capabilities, type Feature, type Level } from '../core/network.ts';
import type { Ineligible } from '../core/eligibility.ts';
import type { Standing } from '../core/reach.ts';
import { render, text, type Language, type Rendered } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { networkArgument } from './network-argument.ts';
import { code, line, table } from './reply.ts';
import type { CommandNetwork, Services } from './services.ts';

const mostAdmins = 3;

/** `enable`: the user can be reached on a network from now on, and is told what that means. */
export const enable: Command = {
  name: 'enable',
  admin: false,
  run: async (call, services) => {
    const [name, ...more] = call.words;
    if (more.length > 0) return 'usage';
    if (name === undefined) return overview(call, services);
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    const { language, user } = call;
    const answer = await services.reach.enable(user, network.id);
    switch (answer.kind) {
      case 'disabling':
        return [line(language, 'enable.disabling', { network: network.id })];
      case 'ineligible':
        return notEligible(call, network, answer.why, services);
      case 'enabled': {
        const head = answer.fresh ? 'enable.done' : 'enable.already';
        return [line(language, head, { network: network.id }), ...(await meaning(call, network, services))];
      }
    }
  },
};

/** `disable`: the user cannot be reached any more; where accounts are linked, only after a word of warning. */
export const disable: Command = {
  name: 'disable',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const [name, word, ...more] = call.words;
    const isSure = word?.toLowerCase() === 'yes';
    if (name === undefined || more.length > 0 || (word !== undefined && !isSure)) return 'usage';
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    const linked = (await services.logins.list(user)).filter((login) => login.network === network.id);
    if (linked.length > 0 && !isSure) {
      const addresses = linked.map(({ remote }) => remote).join(', ');
      return [line(language, 'disable.warn', { network: network.id, addresses })];
    }
    const begun = await services.reach.disable(user, network.id);
    return [line(language, begun ? 'disable.done' : 'disable.was-off', { network: network.id })];
  },
};

/** What a user is told who wants to do something on a network that they have not enabled; undefined where they have. */
export async function notEnabledYet(
  call: Call,
  network: CommandNetwork,
  services: Services,
): Promise<readonly Block[] | undefined> {
  const { language, user } = call;
  const { reach } = services;
  const standing = await reach.standing(user, network.id);
  switch (standing.kind) {
    case 'on':
      return undefined;
    case 'ineligible':
      return notEligible(call, network, standing.why, services);
    case 'off': {
      const key = standing.state === 'disabling' ? 'enable.disabling' : 'enable.first';
      return [line(language, key, { network: network.id })];
    }
  }
}

/** Why a user may not, what they can do about it, and whom they may ask. */
function notEligible(
  { language }: Call,
  { id, logins, directory }: CommandNetwork,
  why: Ineligible,
  { reach }: Services,
): readonly Block[] {
  const admins = reach.admins().slice(0, mostAdmins);
  const canLink = why === 'no-number' && logins !== undefined && directory.numberOf !== undefined;
  return [
    line(language, `ineligible.${why}`, { network: id }),
    ...(canLink ? [line(language, 'ineligible.link-first', { network: id })] : []),
    admins.length === 0
      ? line(language, 'ineligible.ask-somebody')
      : line(language, 'ineligible.ask', {
          admins: new Intl.ListFormat(language, { type: 'disjunction' }).format(admins),
        }),
  ];
}

async function overview({ language, user }: Call, { networks, reach }: Services): Promise<Answer> {
  if (networks.size === 0) return [line(language, 'enable.none')];
  const rows: (readonly Rendered[])[] = [];
  for (const { id } of networks.values())
    rows.push([code(id), render(language, stateKey(await reach.standing(user, id)))]);
  return [table([render(language, 'enable.network'), render(language, 'enable.state')], rows)];
}

function stateKey(
  standing: Standing,
): `enable.is-${'on' | 'automatic' | 'off' | 'disabling' | 'ineligible'}` {
  switch (standing.kind) {
    case 'on':
      return standing.since === undefined ? 'enable.is-automatic' : 'enable.is-on';
    case 'ineligible':
      return 'enable.is-ineligible';
    case 'off':
      return standing.state === 'disabling' ? 'enable.is-disabling' : 'enable.is-off';
  }
}

/** Who can reach the user, what the bridge can read, and what is missing there. */
async function meaning(
  { language, user }: Call,
  network: CommandNetwork,
  { reach, spaces }: Services,
): Promise<readonly Block[]> {
  const { id, capabilities, directory } = network;
  const address = directory.addressOf?.(user);
  const missing = carried(language, capabilities, ['none']);
  const ruled = (await reach.ruledOut(user, id)).filter(
    (feature) => capabilities.features[feature] !== 'none',
  );
  const inSpace = spaces.offered
    ? (await spaces.wanted(user, id))
      ? 'enable.in-space'
      : 'enable.no-space'
    : undefined;
  const lesser = carried(language, capabilities, ['partial', 'fallback']);
  return [
    line(language, 'enable.who', { network: id }),
    ...(address === undefined ? [] : [line(language, 'enable.address', { address })]),
    line(language, 'enable.reads'),
    line(language, capabilities.encrypted === true ? 'enable.encrypted' : 'enable.plain', { network: id }),
    ...(missing === undefined ? [] : [line(language, 'enable.missing', { network: id, features: missing })]),
    ...(lesser === undefined ? [] : [line(language, 'enable.lesser', { network: id, features: lesser })]),
    ...(ruled.length === 0
      ? []
      : [line(language, 'enable.ruled', { network: id, features: named(language, ruled) })]),
    ...(inSpace === undefined ? [] : [line(language, inSpace, { network: id })]),
    line(language, 'enable.end', { network: id }),
  ];
}

/** The features that a network carries that well, in words; undefined where there are none. */
function carried(
  language: Language,
  capabilities: Capabilities,
  levels: readonly Level[],
): string | undefined {
  const names = features.filter((feature) => levels.includes(capabilities.features[feature]));
  return names.length === 0 ? undefined : named(language, names);
}

function named(language: Language, names: readonly Feature[]): string {
  const words = names.map((feature) => text(language, `feature.${feature}`));
  return new Intl.ListFormat(language, { type: 'unit', style: 'long' }).format(words);
}
