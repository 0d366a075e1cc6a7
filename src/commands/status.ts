import { ago, render, type Language } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { cell, line, table } from './reply.ts';
import type { CommandNetwork } from './services.ts';

/** `status`: the true state of every link, and what is on its way. */
export const status: Command = {
  name: 'status',
  admin: false,
  run: async ({ language, words }, services) => {
    if (words.length > 0) return 'usage';
    if (services.networks.size === 0) return [line(language, 'command.no-networks')];
    const now = services.now();
    const { pending, oldest } = await services.events.backlog();
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
      ...(keyless === 0 ? [] : [line(language, 'status.waiting-for-key', { count: keyless })]),
    ];
  },
};

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
