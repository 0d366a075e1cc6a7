import { parseRoomId } from '../core/ids.ts';
import { ago, render, text, type Language } from '../texts/catalogue.ts';
import type { Answer, Call, Command } from './command.ts';
import { cell, line, table } from './reply.ts';
import type { CommandNetwork, Services } from './services.ts';

/** `status`: the true state of every link, and what is on its way; or which ways of a chat are encrypted. */
export const status: Command = {
  name: 'status',
  admin: false,
  run: async (call, services) => {
    const { language, words } = call;
    if (words.length > 0) return ofRoom(call, services);
    if (services.networks.size === 0) return [line(language, 'command.no-networks')];
    const now = services.now();
    const { pending, oldest } = await services.events.backlog();
    const strangers = await services.requests.waiting(call.user);
    const keyless = await services.events.waitingForKey();
    return [
      line(language, 'status.head'),
      table(
        (['network', 'state', 'since', 'reason'] as const).map((name) => render(language, `column.${name}`)),
        [...services.networks.values()].map((network) => row(language, network, now)),
      ),
      pending === 0
        ? line(language, 'status.nothing-waiting')
        : line(language, 'status.waiting', { count: pending, oldest: ago(language, oldest ?? now, now) }),
      ...(strangers === 0 ? [] : [line(language, 'status.requests', { count: strangers })]),
      ...(keyless === 0 ? [] : [line(language, 'status.waiting-for-key', { count: keyless })]),
    ];
  },
};

/** Which ways of one chat are encrypted. */
async function ofRoom({ language, words, user, admin }: Call, { keys }: Services): Promise<Answer> {
  const [name = '', ...more] = words;
  const room = parseRoomId(name);
  if (room === undefined || more.length > 0) return 'usage';
  if (keys === undefined) return [line(language, 'keys.off')];
  const legs = await keys.legs(room, user, admin);
  if (legs === undefined) return [line(language, 'status.no-chat', { room })];
  if (legs.kind === 'failed')
    return [line(language, 'keys.failed', { reason: text(language, `reason.${legs.reason}`) })];
  return [
    line(language, legs.matrix ? 'status.matrix-encrypted' : 'status.matrix-plain'),
    line(language, legs.far ? 'status.far-encrypted' : 'status.far-plain', { network: legs.network }),
    line(language, 'status.bridge-reads'),
  ];
}

function row(language: Language, network: CommandNetwork, now: number): ReturnType<typeof cell>[] {
  const health = network.health();
  const reason = health.kind === 'up' ? undefined : health.reason;
  return [
    cell(network.id),
    render(language, `state.${health.kind}`),
    cell(ago(language, health.since, now)),
    render(language, reason === undefined ? 'value.none' : `reason.${reason}`),
  ];
}
