import type { CoreDeps } from './bridge-core.ts';
import type { NetworkId } from './core/ids.ts';
import type { RunningNetwork } from './core/network.ts';
import type { Doors } from './doors.ts';
import { explainDesk } from './explain-desk.ts';
import { explainedDoors } from './explain-doors.ts';
import { partOf } from './log.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { explainedRegions, regionFacts } from './region-facts.ts';
import { ruleDesk } from './rule-desk.ts';
import type { ExplainDesk, RuleDesk } from './rules/desks.ts';
import { RulePolicy } from './rules/policy.ts';
import { Rulebook } from './rules/rulebook.ts';

/** Rules that change while the bridge runs, and who may ask of them. */
export interface RulebookParts {
  /** To be started before anything is judged. */
  readonly book: Rulebook;
  readonly rules: RuleDesk;
  readonly explain: ExplainDesk;
}

/** Connects the rules with what is kept of them and with the events that they judge. */
export function makeRulebook(
  core: Pick<CoreDeps, 'storage' | 'settings' | 'log' | 'blocks' | 'policyLists'>,
  matrix: Pick<RunningHomeserver, 'open' | 'ghostIds'>,
  networks: ReadonlyMap<NetworkId, RunningNetwork>,
  doors: Pick<Doors, 'gate' | 'reaching'>,
): RulebookParts {
  const { storage, log: whole } = core;
  const { rules: inForce } = core.settings;
  const { regions } = doors.reaching;
  const log = partOf(whole, 'rules');
  const book = new Rulebook({ store: storage.rules, inForce, log });
  const deps = {
    ...{ book, inForce, log, networks, store: storage.rules, kept: storage.kept },
    ...{ portals: storage.portals, messages: storage.messages, homeserver: matrix },
    // One of its own, since it counts nothing: limits of amount are not reached where something is judged again.
    policy: new RulePolicy({ rules: () => inForce.rules, ...regionFacts(() => regions) }),
    network: (id: NetworkId) => networks.get(id),
  };
  return {
    book,
    rules: ruleDesk(deps),
    explain: explainDesk({
      ...{ ...deps, ...explainedRegions(regions), ghost: (id) => matrix.ghostIds.key(id) },
      doors: explainedDoors(core, doors, networks),
    }),
  };
}
