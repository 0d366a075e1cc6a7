/**
 * What a group is called and looks like, towards a room that was there before: it keeps what it had, and only what changes
 * from then on is shown. So what the network last told is kept, and what it tells again is no change.
 */
import { createHash } from 'node:crypto';
import type { ChatInfoEvent } from '../core/event.ts';
import type { Media } from '../core/media.ts';
import type { RemoteGroup } from '../core/network.ts';
import { isBorrowed, type GroupPortal } from '../core/portal.ts';
import type { GroupStore } from '../core/stores.ts';
import { Turns } from '../core/turns.ts';
import { parseJsonObject, textIn } from './json-object.ts';

type Change = ChatInfoEvent['change'];
type Told = Partial<Record<Change['kind'], string>>;

const pictureMs = 30_000;

export class BorrowedLooks {
  readonly #store: Pick<GroupStore, 'mark' | 'putMark'>;
  readonly #turns = new Turns();

  constructor(store: Pick<GroupStore, 'mark' | 'putMark'>) {
    this.#store = store;
  }

  /** The room and the group are bridged from now on; what was told before is nothing new. May be repeated. */
  async begin(portal: GroupPortal, group: RemoteGroup): Promise<void> {
    const avatar = await avatarOf(group);
    const now: Told = {
      name: digestOf(group.name ?? ''),
      topic: digestOf(group.topic ?? ''),
      ...(avatar === undefined ? {} : { avatar }),
    };
    await this.#turns.alone(portal.id, async () =>
      this.#put(portal, { ...now, ...(await this.#told(portal)) }),
    );
  }

  /** Whether a change is to be shown: always, in a room that the bridge made. What is told first is what there was. */
  async isNews(portal: GroupPortal, change: Change): Promise<boolean> {
    if (!isBorrowed(portal)) return true;
    const known = (await this.#told(portal))[change.kind];
    const now = await valueOf(change);
    if (known === undefined && now !== undefined) await this.shown(portal, change);
    return known !== undefined && now !== undefined && known !== now;
  }

  /** The room shows it, or does not let the bridge: either way it is told. */
  async shown(portal: GroupPortal, change: Change): Promise<void> {
    if (!isBorrowed(portal)) return;
    const now = await valueOf(change);
    if (now === undefined) return;
    await this.#turns.alone(portal.id, async () =>
      this.#put(portal, { ...(await this.#told(portal)), [change.kind]: now }),
    );
  }

  async #told({ id }: GroupPortal): Promise<Told> {
    const kept = parseJsonObject((await this.#store.mark(id, 'told')) ?? '{}') ?? {};
    const told: Told = {};
    for (const kind of ['name', 'topic', 'avatar'] as const) {
      const value = textIn(kept, kind);
      if (value !== undefined) told[kind] = value;
    }
    return told;
  }

  #put({ id }: GroupPortal, told: Told): Promise<void> {
    return this.#store.putMark(id, 'told', JSON.stringify(told));
  }
}

function digestOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url');
}

async function valueOf(change: Change): Promise<string | undefined> {
  switch (change.kind) {
    case 'name':
      return digestOf(change.name);
    case 'topic':
      return digestOf(change.topic);
    case 'avatar':
      return change.avatar === undefined ? digestOf('') : digestOfMedia(change.avatar);
  }
}

async function avatarOf({ avatar }: RemoteGroup): Promise<string | undefined> {
  if (avatar === undefined) return undefined;
  return avatar === 'none' ? digestOf('') : digestOfMedia(avatar.media);
}

/** Undefined for what cannot be had: then it counts as not told. */
async function digestOfMedia(media: Media): Promise<string | undefined> {
  try {
    const opened = await media.open(AbortSignal.timeout(pictureMs));
    if (opened.kind !== 'open') return undefined;
    const hash = createHash('sha256');
    for await (const chunk of opened.stream) hash.update(chunk);
    return hash.digest('base64url');
  } catch {
    return undefined;
  }
}
