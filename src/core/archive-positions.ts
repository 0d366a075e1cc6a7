import type { NetworkId, RemoteChatId } from './ids.ts';
import { portalKeyText, type GroupKey } from './portal.ts';
import type { Stores } from './stores.ts';
import { task, type Log } from './task.ts';

const writeAfterMs = 2_000;

/** Remembers how far the archives of groups were read: the last of what is told in two seconds is written. */
export class ArchivePositions {
  readonly #stores: Pick<Stores, 'portals' | 'groups'>;
  readonly #log: Log;
  readonly #due = new Map<string, { readonly key: GroupKey; readonly position: string }>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(stores: Pick<Stores, 'portals' | 'groups'>, log: Log) {
    this.#stores = stores;
    this.#log = log;
  }

  reached(network: NetworkId, chat: RemoteChatId, position: string): void {
    const key = { network, chat, receiver: undefined };
    this.#due.set(portalKeyText(key), { key, position });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, writeAfterMs);
  }

  /** Writes what is due at once, and waits for it. */
  async write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    const due = [...this.#due.values()];
    this.#due.clear();
    const before = this.#writing;
    this.#writing = task(this.#log, 'archive positions', async () => {
      await before;
      for (const { key, position } of due) {
        const portal = await this.#stores.portals.byKey(key);
        if (portal !== undefined) await this.#stores.groups.putMark(portal.id, 'position', position);
      }
    });
  }
}
