import type { MatrixUserId } from '../../src/core/ids.ts';
import type { OptIn, ReachStore } from '../../src/core/reach.ts';
import type { Strict, StrictStore } from '../../src/core/strict.ts';

/** What users chose, in memory. `broken` fails every write. */
export class MemoryReach implements ReachStore, StrictStore {
  readonly optIns = new Map<string, OptIn>();
  readonly regions = new Map<string, string>();
  readonly #stricts = new Map<MatrixUserId, Strict>();
  reads = 0;
  broken = false;

  async get(user: string, network: string): Promise<OptIn | undefined> {
    this.reads += 1;
    return this.optIns.get(`${user} ${network}`);
  }

  async put(optIn: OptIn): Promise<void> {
    this.#check();
    this.optIns.set(`${optIn.user} ${optIn.network}`, optIn);
  }

  async enabled(after: OptIn | undefined, limit: number): Promise<readonly OptIn[]> {
    const names = [...this.optIns.keys()].toSorted();
    const from = after === undefined ? 0 : names.indexOf(`${after.user} ${after.network}`) + 1;
    return names
      .slice(from)
      .flatMap((name) => this.optIns.get(name) ?? [])
      .filter(({ state }) => state === 'enabled' || state === 'barred')
      .slice(0, limit);
  }

  async disabling(): Promise<readonly OptIn[]> {
    return [...this.optIns.values()].filter(({ state }) => state === 'disabling');
  }

  async region(user: string): Promise<string | undefined> {
    return this.regions.get(user);
  }

  async setRegion(user: string, region: string | undefined): Promise<void> {
    this.#check();
    if (region === undefined) this.regions.delete(user);
    else this.regions.set(user, region);
  }

  async forget(user: MatrixUserId): Promise<void> {
    this.#check();
    this.regions.delete(user);
    this.#stricts.delete(user);
    for (const name of this.optIns.keys()) if (name.startsWith(`${user} `)) this.optIns.delete(name);
  }

  async stricts(): Promise<ReadonlyMap<MatrixUserId, Strict>> {
    this.reads += 1;
    return new Map([...this.#stricts].filter(([, strict]) => strict !== 'off'));
  }

  async setStrict(user: MatrixUserId, strict: Strict): Promise<void> {
    this.#check();
    this.#stricts.set(user, strict);
  }

  #check(): void {
    if (this.broken) throw new Error('broken');
  }
}
