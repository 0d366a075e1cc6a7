/** The composition root: the only file that names concrete networks. */
import { hkdfSync } from 'node:crypto';
import { loadBlocks, samePerson } from './blocking.ts';
import { personGone } from './person-gone.ts';
import { makeCore, type Core } from './bridge-core.ts';
import type { BridgeConfig } from './config-schema.ts';
import { localpartOf, type NetworkId } from './core/ids.ts';
import type { EventSink, Health, Network } from './core/network.ts';
import { withPrivateAddresses } from './core/private-address.ts';
import { removeStaleSpools } from './core/spool.ts';
import type { Log } from './core/task.ts';
import type { Transcoder } from './core/transcoder.ts';
import { startEncryption, type Encryption, type OpenEngine } from './encryption.ts';
import { installedFfmpeg } from './ffmpeg.ts';
import { LiveSettings } from './live-settings.ts';
import { controlOf, partOf } from './log.ts';
import { Monitoring, type EncryptionWatched } from './monitoring.ts';
import { loopback, type LoopbackWorld } from './networks/loopback/index.ts';
import { createXmpp, type LinkTimes } from './networks/xmpp/index.ts';
import type { Barring } from './core/barring.ts';
import { PublicServers } from './public-web.ts';
import { copiesTo } from './puppet-desk.ts';
import { loadPolicyLists } from './policing.ts';
import { makeBarring } from './reaching.ts';
import { accountsOf } from './network-accounts.ts';
import { listen } from './serving.ts';
import { openStorage, startRetention, type Storage } from './storage/storage.ts';
import { thirdPartyNetworks } from './third-party-networks.ts';
import { xmppTexts } from './xmpp-texts.ts';

export interface BridgeOptions {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly version: string;
  /** The far end of the `loopback` network, where that is configured. */
  readonly loopbackWorld?: LoopbackWorld;
  /** The times that the link to an XMPP server keeps, where not the usual ones. */
  readonly xmppTimes?: LinkTimes;
  /** What opens the crypto engine, where not the usual: tests make it fail. */
  readonly openEngine?: OpenEngine;
}

/** A bridge that runs. Disposal stops it cleanly: what is under way ends, the rest stays kept. */
export interface Bridge extends AsyncDisposable {
  /** The port on which the homeserver reaches it. */
  readonly port: number;
  /**
   * Takes the settings that may change while it runs; answers the names of those that differ and wait for the next start.
   */
  reconfigure(config: BridgeConfig): readonly string[];
  /** Rejects with the reason when the bridge cannot go on by itself (another process took the database). */
  readonly broken: Promise<never>;
}

/**
 * Starts the bridge: opens the database (throws a `StorageError` where it cannot, `LeaseHeldError` where another
 * process holds it), takes up what an earlier run left, listens, and connects in the background.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  await using stack = new AsyncDisposableStack();
  const { config, log, version } = options;
  const monitoring = stack.use(
    new Monitoring({ version, thresholds: config.http.health, log: partOf(log, 'health') }),
  );
  const stale = await removeStaleSpools();
  if (stale > 0) log.info({ folders: stale }, 'what a killed process left was removed');
  const stored = partOf(log, 'storage');
  const storage = stack.use(await openStorage(config.storage, { log: stored, watch: monitoring.database }));
  stack.use(startRetention(storage, config.storage, stored));
  const settings = new LiveSettings(config);
  const transcoder = installedFfmpeg();
  const encryption = await startEncryption({
    ...{ config, log: partOf(log, 'encryption') },
    watch: monitoring.encryption,
    open: options.openEngine,
  });
  if (encryption !== undefined) stack.use(encryption);
  const policyLists = await loadPolicyLists(config, storage);
  const blocks = await loadBlocks(config.blocks, storage, (id) => core.networks.get(id), policyLists);
  const parts = { config, log, version, storage, monitoring, settings, transcoder, encryption };
  const core = makeCore({ ...parts, blocks, policyLists });
  endWith(stack, core);
  await takeUp(core);
  const stopping = new AbortController();
  stack.defer(() => {
    stopping.abort();
  });
  const servers = stack.use(new PublicServers(partOf(log, 'web')));
  const open = await thirdPartyNetworks({ config, storage, blocks, transcoder, log }, stack);
  for (const network of [...networksOf(options, transcoder), ...open.map((one) => one.network)]) {
    const running = stack.use(await network.start(sinkOf(core, network.id), stopping.signal));
    core.networks.set(network.id, withPrivateAddresses(running));
    core.spine.wake(network.id);
  }
  monitoring.watch({
    ...{ storage, networks: core.networks, requestLimits: core.requests.limits },
    homeserverHealth: core.homeserver.health,
    load: () => core.spine.load(),
    encryption: watchedOf(core, encryption),
  });
  await core.disabling.start();
  await servers.listen(open.map(({ web }) => web));
  stack.defer(() => servers.close());
  const barring = stack.use(
    makeBarring(core.reaching, { storage, networks: core.networks, matrix: core.homeserver, log }),
  );
  const port = await listen(stack, config, core);
  begin(core);
  barring.poke();
  log.info({ port, networks: [...core.networks.keys()] }, 'the bridge runs');
  const started = stack.move();
  return {
    port,
    reconfigure: reconfiguring(core, settings, barring),
    broken: brokenBy(storage),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Takes what of another configuration may change while the bridge runs; answers what is left for the next start. */
function reconfiguring(
  core: Core,
  settings: LiveSettings,
  barring: Barring,
): (changed: BridgeConfig) => readonly string[] {
  return (changed) => {
    controlOf(core.log)?.set(changed.logging.level);
    const waiting = settings.change(changed);
    core.aliases.begin();
    core.requests.reconfigured();
    for (const network of core.networks.values()) network.reachChanged?.(undefined);
    barring.poke();
    return waiting;
  };
}

function watchedOf(core: Core, encryption: Encryption | undefined): EncryptionWatched | undefined {
  const { watcher } = core.homeserver.crypto;
  return encryption && watcher && { watcher, load: () => encryption.engine.load() };
}

/** Takes up what an earlier run left, before anything is let in. */
async function takeUp(core: Core): Promise<void> {
  await core.rulebook.book.start();
  await core.absences.start();
  await core.erasures.start();
  await core.requests.book.start();
  await core.spine.start();
  core.reports.poke();
}

/** How the core ends when the bridge stops: from the last to the first. */
function endWith(stack: AsyncDisposableStack, core: Core): void {
  stack.defer(() => core.homeserver[Symbol.asyncDispose]());
  stack.defer(() => core.reports.stop());
  stack.defer(() => core.spine.stop());
  stack.defer(() => core.positions.write());
  stack.defer(() => Promise.all([core.signals.stop(), core.people.stop()]).then(() => undefined));
  stack.use(core.requests);
  if (core.lists !== undefined) stack.use(core.lists);
  stack.use(core.expiries);
  stack.use(core.spaces);
  stack.use(core.aliases);
  stack.use(core.asked);
  stack.use(core.ties);
  stack.use(core.erasures);
  stack.use(core.disabling);
  stack.use(core.absences);
  stack.use(core.banishing);
  stack.use(core.policing.follower);
}

/** What goes on by itself, now that the networks run and the homeserver can reach the bridge. */
function begin(core: Core): void {
  core.homeserver.begin();
  core.spaces.begin();
  core.aliases.begin();
  core.asked.begin();
  core.ties.start();
  core.absences.begin();
  core.requests.begin();
  core.banishing.begin();
  core.policing.follower.begin();
  core.lists?.begin();
  core.expiries.begin();
}

/** The networks that need nothing of what is kept; the doctor tries their links where no bridge runs. */
export function networksOf(options: BridgeOptions, transcoder?: Transcoder): readonly Network[] {
  const { config, log, version, loopbackWorld, xmppTimes: times } = options;
  const own = (id: string): Log => partOf(log, id);
  const { xmpp, loopback: memory } = config.networks;
  const homeserver = config.matrix.homeserver.domain;
  const timed = times === undefined ? {} : { times };
  return [
    ...(xmpp === undefined
      ? []
      : [
          createXmpp(xmpp, {
            ...{ homeserver, version, texts: xmppTexts, log: own('xmpp'), transcoder, ...timed },
            keys: [config.storage.key, ...config.storage.oldKeys].map(ownMarkKey),
          }),
        ]),
    ...(memory === undefined || loopbackWorld === undefined
      ? []
      : [loopback({ config: memory, world: loopbackWorld, log: own('loopback') })]),
  ];
}

/** A key for one purpose alone, made of the one that the database is encrypted with (RFC 5869). */
function ownMarkKey(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'causeway xmpp own marks', 32));
}

/** What a network sees of the bridge. */
function sinkOf(core: Core, id: NetworkId): EventSink {
  return {
    receive: (arrival) => core.spine.receiveRemote(id, arrival),
    reachable: (user) => core.reaching.reachable(user, id),
    signal: (signal) => core.signals.fromRemote(id, signal),
    groups: () => core.storage.groups.joined(id),
    reached: (chat, position) => core.positions.reached(id, chat, position),
    avatar: (user) => core.homeserver.people.avatar(user),
    givesPresence: (user) => core.reaching.strict.givesPresence(user),
    profileChanged: (user) => core.people.changed(id, user),
    copiesTo: copiesTo(core.homeserver, core.storage, id),
    answered: (answer) => core.ties.answered(id, answer),
    samePerson: samePerson(core.blocks, id),
    personGone: personGone(
      {
        ...{ portals: core.storage.portals, users: core.storage.users, ghosts: core.storage.ghosts },
        ...{ reporter: core.homeserver.reporter, network: (one) => core.networks.get(one) },
        ghostId: (network, remote) => core.homeserver.ghosts.userId(network, remote),
      },
      id,
    ),
    blocklistChanged: (account) => core.lists?.listChanged(id, account),
    ...accountsOf(core, id),
    displayName: async (user) => (await core.homeserver.displayName(user)) ?? localpartOf(user),
    linkChanged: (health: Health) => {
      core.log.info({ network: id, state: health.kind }, 'link changed');
      core.monitoring.linkChanged(id, health);
      if (health.kind !== 'up') return;
      core.spine.wake(id);
      core.reports.poke();
      core.lists?.linkUp(id);
    },
  };
}

function brokenBy(storage: Storage): Promise<never> {
  const broken = new Promise<never>((_resolve, reject) => {
    storage.lost.addEventListener('abort', () => {
      reject(
        storage.lost.reason instanceof Error ? storage.lost.reason : new Error('the database was taken'),
      );
    });
  });
  broken.catch(() => undefined);
  return broken;
}
