import { networkId } from '../../core/ids.ts';
import type { Directory, EventSink, Network, RemoteProfile, RunningNetwork } from '../../core/network.ts';
import {
  failedForGood,
  failedForNow,
  type Failed,
  type Outcome,
  type ReasonCode,
} from '../../core/outcome.ts';
import { task, type Log } from '../../core/task.ts';
import { capabilities } from './capabilities.ts';
import { LoopbackClient } from './client.ts';
import type { LoopbackConfig } from './config.ts';
import { fromRemote } from './from-remote.ts';
import { groups } from './group-network.ts';
import { handlers } from './handlers.ts';
import { directChat, parsePerson } from './ids.ts';
import { blocklist } from './lists.ts';
import { loginFlows } from './login.ts';
import { avatarOf, SignalLink } from './signal-link.ts';
import { thirdParty } from './third-party.ts';
import type { LoopbackWorld, WorldLink } from './world.ts';

export { loopbackConfig, type LoopbackConfig } from './config.ts';
export { LoopbackGroupMember } from './group-person.ts';
export type { Faults } from './faults.ts';
export type { BridgeBody, Packet, PacketBody } from './packet.ts';
export type { LoopbackPerson, Received, SentFile } from './person.ts';
export type { WorldSignal } from './signals.ts';
export { LoopbackWorld, type WorldOptions } from './world.ts';

/** What the loopback network needs: its section of the configuration, and the world that it bridges to. */
export interface LoopbackOptions {
  readonly config: LoopbackConfig;
  readonly world: LoopbackWorld;
  readonly log: Log;
  readonly now?: () => number;
}

/** A network in memory: the reference for other networks, the far end of tests and benchmarks. */
export function loopback(options: LoopbackOptions): Network {
  const id = networkId('loopback');
  const can = capabilities(options.config);
  return {
    id,
    capabilities: can,
    start: async (sink: EventSink, signal: AbortSignal): Promise<RunningNetwork> => {
      const { config, world, log, now = Date.now } = options;
      const client = new LoopbackClient(world, sink, log, now);
      const signals = new SignalLink(world.signals, sink, log, now);
      world.lists.connect((person) => {
        const account = parsePerson(person);
        if (account !== undefined && !signal.aborted) sink.blocklistChanged?.(account);
      });
      const close = (): Promise<void> => client[Symbol.asyncDispose]();
      signal.addEventListener('abort', () => void task(log, 'loopback stop', close), { once: true });
      return {
        id,
        capabilities: can,
        open: (arrival, cause) => fromRemote(arrival, cause, (file) => client.openFile(file)),
        handlers: signals.handlers(handlers(client.link, config)),
        people: { changed: (user) => signals.userChanged(user) },
        health: () => client.health,
        directory: directory(client.link),
        refuse: async (arrival, outcome) => {
          const reason = refusal(outcome);
          if (reason === undefined) return undefined;
          return client.refuse(arrival.sender, arrival.receiver ?? arrival.chat, arrival.outerId, reason);
        },
        logins: loginFlows(client.link, now),
        blocklist: blocklist(world.lists),
        groups: groups(client.link),
        thirdParty,
        [Symbol.asyncDispose]: close,
      };
    },
  };
}

function directory(link: WorldLink): Directory {
  const profile = async (typed: string): Promise<RemoteProfile | Failed> => {
    const number = typed.startsWith('+') ? `+${typed.slice(0, 40).replace(/\D/g, '')}` : undefined;
    const named = number === undefined ? typed.trim().toLowerCase() : (link.personAt(number) ?? '');
    const userId = parsePerson(named);
    if (userId === undefined) return failedForGood('no-such-user');
    if (!link.isUp()) return failedForNow('link-down');
    const found = link.find(userId);
    if (found === undefined) return failedForGood('no-such-user');
    const { name, picture, sharesAddress } = found;
    const shares = sharesAddress ? { sharesAddress } : {};
    return { userId, chat: directChat(userId), name, ...shares, avatar: avatarOf(picture) };
  };
  const named: Directory['named'] = (typed) => parsePerson(typed.trim().toLowerCase());
  const numberOf: Directory['numberOf'] = (user) => link.numberOf(user);
  return { find: profile, chatWith: directChat, profile, named, numberOf };
}

function refusal(outcome: Outcome): ReasonCode | undefined {
  switch (outcome.kind) {
    case 'sent':
    case 'ignored':
      return undefined;
    case 'blocked':
      return 'rule';
    case 'unsupported':
    case 'failed':
      return outcome.reason;
  }
}
