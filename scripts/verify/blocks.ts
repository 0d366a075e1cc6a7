import { BlockStage } from './block-stage.ts';
import type { Guarantee } from './guarantee.ts';
import { administratorWays } from './ways-administrators.ts';
import { directWays } from './ways-direct.ts';
import { elsewhereWays } from './ways-elsewhere.ts';
import { nameWays } from './ways-names.ts';
import { roomWays } from './ways-rooms.ts';
import { timeWays } from './ways-times.ts';

export interface BlocksPlan {
  readonly dir: string;
  /** Which ways, by the names below; all where absent. */
  readonly only: readonly string[] | undefined;
  readonly report: (line: string) => void;
}

/** Whether people who are blocked got anything through, and whether they could see that they are. */
export interface BlocksJudgement {
  readonly ok: boolean;
  readonly guarantees: readonly Guarantee[];
  readonly figures: { readonly ways: number; readonly held: number };
}

const ways = {
  direct: directWays,
  names: nameWays,
  rooms: roomWays,
  administrators: administratorWays,
  // Last, since it ends and begins alice's chats.
  times: timeWays,
} as const;

/** Tries all ways round a block on real servers, and does the same as somebody who is simply not answered. */
export async function runBlocks({ dir, only, report }: BlocksPlan): Promise<BlocksJudgement> {
  const tried: Guarantee[] = [];
  const isWanted = (name: string): boolean => only === undefined || only.includes(name);
  if (Object.keys(ways).some(isWanted)) {
    await using stage = await BlockStage.open(dir, report);
    report('the servers and the bridge run');
    for (const [name, some] of Object.entries(ways)) if (isWanted(name)) await stage.several(name, some);
    tried.push(...stage.ways);
  }
  if (isWanted('elsewhere')) tried.push(...(await elsewhereWays(report)));
  const held = tried.filter(({ ok }) => ok).length;
  return {
    ok: tried.length > 0 && held === tried.length,
    guarantees: tried,
    figures: { ways: tried.length, held },
  };
}
