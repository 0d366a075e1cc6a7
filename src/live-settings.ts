import type { BridgeConfig } from './config-schema.ts';
import type { MatrixUserId } from './core/ids.ts';
import type { SpineLimits } from './core/spine.ts';
import type { MatrixConfig } from './matrix/config.ts';
import type { ReachConfig } from './reach-config.ts';
import type { RequestsConfig } from './requests-config.ts';
import { RulesInForce } from './rules/in-force.ts';
import { everybodyMay, namedAdmins, permissions, type Level } from './permissions.ts';

/**
 * The settings that may change while the bridge runs: `permissions`, `reach`, `requests`, `rules`, `message_status` and the
 * limits of `spine` that an attempt or event is measured by. Everything else is as it was at the start.
 */
export class LiveSettings {
  #config: BridgeConfig;
  #levelOf: (user: MatrixUserId) => Level;
  readonly matrix: MatrixConfig;
  readonly limits: SpineLimits;
  readonly rules = new RulesInForce();

  constructor(config: BridgeConfig) {
    this.#config = config;
    this.#levelOf = levelsOf(config);
    this.#takeRules(config);
    const now = (): BridgeConfig => this.#config;
    this.matrix = {
      ...config.matrix,
      get messageStatus() {
        return now().matrix.messageStatus;
      },
    };
    this.limits = {
      ...config.spine,
      get attemptTimeout() {
        return now().spine.attemptTimeout;
      },
      get giveUpAfter() {
        return now().spine.giveUpAfter;
      },
      get maxBrokenAttempts() {
        return now().spine.maxBrokenAttempts;
      },
    };
  }

  levelOf(user: MatrixUserId): Level {
    return this.#levelOf(user);
  }

  admins(): readonly MatrixUserId[] {
    return namedAdmins(this.#config.permissions);
  }

  /** Whether everybody who can join a room without an invitation may use the bridge. */
  everybodyMay(): boolean {
    const { permissions: map, matrix } = this.#config;
    return everybodyMay(map, matrix.homeserver.domain, matrix.rooms.federate);
  }

  get messageStatus(): MatrixConfig['messageStatus'] {
    return this.matrix.messageStatus;
  }

  /** Which first contacts are held, and how much of them. */
  get requests(): RequestsConfig {
    return this.#config.requests;
  }

  /** Who can be reached on which network. */
  get reach(): ReachConfig {
    return this.#config.reach;
  }

  /** To how many rooms a second it is told that rules have changed. */
  get roomsPerSecond(): number {
    return this.#config.rules.roomsPerSecond;
  }

  /** Takes what may change; answers the names of the settings that differ and are taken at the next start only. */
  change(config: BridgeConfig): readonly string[] {
    const [before, after] = [fixed(this.#config), fixed(config)];
    this.#config = {
      ...this.#config,
      matrix: { ...this.#config.matrix, messageStatus: config.matrix.messageStatus },
      permissions: config.permissions,
      ...{ reach: config.reach, requests: config.requests },
      spine: { ...config.spine, ...capacities(this.#config) },
    };
    this.#levelOf = levelsOf(config);
    const taken =
      JSON.stringify(config.rules) === JSON.stringify(this.#config.rules) || this.#takeRules(config);
    if (taken) this.#config = { ...this.#config, rules: config.rules };
    const waiting = Object.keys(after).filter((name) => before[name] !== after[name]);
    return taken ? waiting : [...waiting, 'rules'];
  }

  /** Whether the rules are in force now: not where they do not fit those that were set while the bridge runs. */
  #takeRules({ rules: { configured, presets, around, compiled } }: BridgeConfig): boolean {
    return this.rules.change({ configured, presets, around }, compiled).kind === 'compiled';
  }
}

function levelsOf({ permissions: map, matrix }: BridgeConfig): (user: MatrixUserId) => Level {
  return permissions(map, matrix.homeserver.domain);
}

function capacities({ spine }: BridgeConfig): Pick<SpineLimits, 'maxActiveLanes' | 'maxWaitingSize'> {
  return { maxActiveLanes: spine.maxActiveLanes, maxWaitingSize: spine.maxWaitingSize };
}

/** What does not change, by its name in the file, in a form that can be compared. */
function fixed(config: BridgeConfig): Readonly<Record<string, string>> {
  const { homeserver, appservice, ghosts, rooms, reconcile, encryption, maxMediaBytes } = config.matrix;
  const { redactIds, format } = config.logging;
  const sections = {
    ...{ homeserver, appservice, ghosts, rooms, reconcile, encryption },
    ...{ max_media_bytes: maxMediaBytes, storage: config.storage, networks: config.networks },
    ...{ blocks: config.blocks, spine: capacities(config) },
    ...{ logging: { redactIds, format }, http: config.http },
  };
  return Object.fromEntries(Object.entries(sections).map(([name, value]) => [name, JSON.stringify(value)]));
}
