import type { LoginFlows, LoginStep } from '../core/network.ts';
import type { NetworkId } from '../core/ids.ts';
import type { PendingLogin } from '../core/stores.ts';
import { text } from '../texts/catalogue.ts';
import type { Answer, Call, Command } from './command.ts';
import { notEnabledYet } from './enable.ts';
import { networkArgument } from './network-argument.ts';
import { line } from './reply.ts';
import type { CommandNetwork, Services } from './services.ts';

/** How often a code may be answered wrongly before it is no longer good. */
const maxWrongAnswers = 5;
/** How long a code is good for at most, milliseconds. */
const codeLifetime = 600_000;
/** How long a user waits between two codes, milliseconds. */
const codePause = 60_000;

/** `link`: proves that an account belongs to the user, by a code that is sent to it. */
export const link: Command = {
  name: 'link',
  admin: false,
  run: async (call, services) => {
    const [name, ...rest] = call.words;
    if (name === undefined) return offered(call, services);
    const [typed, ...more] = rest.every(isFigures) ? [rest.join('')] : rest;
    const network = networkArgument(name, call, services);
    if ('kind' in network) return network.blocks;
    if (network.logins === undefined)
      return [line(call.language, 'link.not-offered', { network: network.id })];
    const isNothing = network.logins.asks === 'nothing';
    if ((!isNothing && (typed === undefined || typed === '')) || more.length > 0) return 'usage';
    const shut = await notEnabledYet(call, network, services);
    if (shut !== undefined && !(await isForNumber(call, network, services))) return shut;
    if (typed === undefined || isNothing)
      return stepped(call, services, network.id, await network.logins.begin(call.user, ''));
    const pending = await services.logins.pending(call.user, network.id);
    if (looksLikeCode(typed)) return answered(call, services, network.id, network.logins, pending, typed);
    return begun(call, services, network.id, network.logins, pending, typed);
  },
};

/** Whether the number of the account may be what lets the user enable the network. */
async function isForNumber(
  { user }: Call,
  { id, directory }: CommandNetwork,
  { reach }: Services,
): Promise<boolean> {
  if (directory.numberOf === undefined) return false;
  const standing = await reach.standing(user, id);
  return standing.kind === 'ineligible' && standing.why === 'no-number';
}

/** Codes have no at sign, dot or colon; every address of an account has one. */
function looksLikeCode(typed: string): boolean {
  return /^[A-Za-z\p{Nd}-]{4,16}$/u.test(typed);
}

/** A code may be typed with spaces, and in any script's figures. */
function isFigures(word: string): boolean {
  return /^[\p{Nd}-]+$/u.test(word);
}

function offered({ language }: Call, { networks }: Services): Answer {
  const offering = [...networks.values()].filter((network) => network.logins !== undefined);
  const [first] = offering;
  if (first === undefined) return [line(language, 'link.none')];
  const example = first.logins?.asks === 'nothing' ? `link ${first.id}` : `link ${first.id} you@example.org`;
  const names = offering.map(({ id }) => id).join(', ');
  return [line(language, 'link.networks', { networks: names, example })];
}

async function begun(
  call: Call,
  services: Services,
  network: NetworkId,
  flows: LoginFlows,
  pending: PendingLogin | undefined,
  typed: string,
): Promise<Answer> {
  const now = services.now();
  if (pending !== undefined && pending.expiresAt - now > codeLifetime - codePause)
    return [line(call.language, 'link.wait')];
  return stepped(call, services, network, await flows.begin(call.user, typed));
}

async function answered(
  call: Call,
  services: Services,
  network: NetworkId,
  flows: LoginFlows,
  pending: PendingLogin | undefined,
  typed: string,
): Promise<Answer> {
  const { language, user } = call;
  const command = `link ${network} you@example.org`;
  if (pending === undefined) return [line(language, 'link.no-code', { command })];
  if (pending.expiresAt <= services.now()) {
    await services.logins.removePending(user, network);
    return [line(language, 'link.expired', { command })];
  }
  // Counted before it is looked at, so that a crash in between gives no further try.
  const wrongAnswers = pending.wrongAnswers + 1;
  if (wrongAnswers > maxWrongAnswers) return [line(language, 'link.too-many', { command })];
  await services.logins.putPending({ ...pending, wrongAnswers });
  const step = await flows.answer(user, pending.state, typed);
  if (step.kind !== 'failed') return stepped(call, services, network, step);
  if (step.retry.kind === 'later') {
    await services.logins.putPending(pending);
    return [line(language, 'link.failed', { reason: text(language, `reason.${step.reason}`) })];
  }
  if (step.reason === 'expired') return [line(language, 'link.expired', { command })];
  return wrongAnswers >= maxWrongAnswers
    ? [line(language, 'link.too-many', { command })]
    : [line(language, 'link.wrong', { left: maxWrongAnswers - wrongAnswers })];
}

async function stepped(call: Call, services: Services, network: NetworkId, step: LoginStep): Promise<Answer> {
  const { language, user } = call;
  switch (step.kind) {
    case 'failed':
      return [line(language, 'link.failed', { reason: text(language, `reason.${step.reason}`) })];
    case 'done':
      await services.logins.put({ user, network, remote: step.remote, linkedAt: services.now() });
      await services.logins.removePending(user, network);
      return [line(language, 'link.done', { address: step.remote, network })];
    case 'ask': {
      const now = services.now();
      const expiresAt = Math.min(step.expiresAt, now + codeLifetime);
      await services.logins.putPending({ user, network, state: step.state, expiresAt, wrongAnswers: 0 });
      const minutes = Math.max(1, Math.round((expiresAt - now) / 60_000));
      return [
        line(language, 'link.sent', { address: step.address, command: `link ${network} <code>`, minutes }),
      ];
    }
  }
}
