import { parseMatrixEventId, type MatrixEventId, type RemoteUserId } from '../core/ids.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { Accounts } from './accounts.ts';
import type { Requester } from './client.ts';
import type { EventSender, Outgoing, SentEvent } from './event-sender.ts';
import type { Ghost, Ghosts } from './ghosts.ts';
import type { GroupGhosts } from './group-ghosts.ts';
import type { Membership } from './membership.ts';
import { path } from './path.ts';
import { errcodeOf, isObject, type JsonObject, type Masquerade } from './request.ts';

/** What a ghost, or a user's puppet, does in a portal because of one event; every act repeats under the same name. */
export interface GhostVoice {
  readonly kind: 'voice';
  /** As whom files are uploaded: always one of the bridge's own. */
  readonly as: Masquerade;
  send(type: string, content: JsonObject, part: string, at: number): Promise<SentEvent | Failed>;
  react(target: MatrixEventId, emoji: string, content: JsonObject, at: number): Promise<SentEvent | Failed>;
  /** Done too where the event is gone. */
  redact(target: MatrixEventId): Promise<undefined | Failed>;
}

/** Gives ghosts their voices in portals. */
export class Voices {
  readonly #client: Requester;
  readonly #sender: EventSender;
  readonly #ghosts: Ghosts;
  readonly #accounts: Accounts;
  readonly #membership: Membership;
  readonly #groups: GroupGhosts;

  constructor(
    client: Requester,
    sender: EventSender,
    ghosts: Ghosts,
    accounts: Accounts,
    membership: Membership,
    groups: GroupGhosts,
  ) {
    this.#client = client;
    this.#sender = sender;
    this.#ghosts = ghosts;
    this.#accounts = accounts;
    this.#membership = membership;
    this.#groups = groups;
  }

  /** The voice of a remote user in a portal; the ghost is made where there is none, and comes into a group. */
  async of(
    portal: Portal,
    remote: RemoteUserId,
    cause: string,
    signal: AbortSignal,
  ): Promise<GhostVoice | Failed> {
    const ghost = await this.#ghost(portal, remote);
    if (ghost.kind === 'failed') return ghost;
    const as = this.#accounts.as(ghost.userId);
    return voice(
      { client: this.#client, sender: this.#sender },
      { room: portal.room, as, cause, signal },
      (act) => this.#repairing(portal, remote, as, act),
    );
  }

  /**
   * Where the homeserver does not let the ghost act, it may have lost the ghost or its device, or the ghost may have
   * been removed: both are mended once. Where that does not help the portal is closed.
   */
  async #repairing<T extends { readonly kind: string }>(
    portal: Portal,
    remote: RemoteUserId,
    as: Masquerade,
    act: () => Promise<T | Failed>,
  ): Promise<T | Failed> {
    const first = await act();
    if (!isRefused(first)) return first;
    const remade = await this.#ghosts.remake(portal.key.network, remote);
    if (remade.kind === 'failed') return remade;
    const failed =
      portal.kind === 'group'
        ? await this.#groups.again(portal, remote, as.userId)
        : await this.#membership.join(portal.room, as);
    return failed ?? act();
  }

  #ghost(portal: Portal, remote: RemoteUserId): Promise<Ghost | Failed> {
    return portal.kind === 'group'
      ? this.#groups.speaking(portal, remote)
      : this.#ghosts.ensure(portal.key.network, remote);
  }
}

/** What a voice speaks through. */
export interface Speech {
  readonly client: Requester;
  readonly sender: EventSender;
}
type Repairing = <T extends { readonly kind: string }>(act: () => Promise<T | Failed>) => Promise<T | Failed>;
type Occasion = Pick<Outgoing, 'room' | 'as' | 'cause' | 'signal'>;

/** A voice whose acts are tried once more by `repairing`; `marked` puts into each event what it is to carry beside. */
export function voice(
  { client, sender }: Speech,
  base: Occasion,
  repairing: Repairing,
  marked: (content: JsonObject) => JsonObject = (content) => content,
): GhostVoice {
  const send = (type: string, content: JsonObject, part: string, at: number): Promise<SentEvent | Failed> =>
    repairing(() => sender.send({ ...base, type, content: marked(content), part, at }));
  return {
    kind: 'voice',
    as: base.as,
    send,
    react: async (target, emoji, content, at) => {
      const sent = await send('m.reaction', content, `reaction ${emoji}`, at);
      if (sent.kind !== 'failed' || errcodeOf(sent) !== 'M_DUPLICATE_ANNOTATION') return sent;
      return (await reactionThere(client, base, target, emoji)) ?? sent;
    },
    redact: async (target) => {
      const done = await repairing(() =>
        sender.redact({ ...base, target, part: `redact ${target}`, content: marked({}) }),
      );
      return done.kind === 'failed' && done.reason !== 'unknown-target' ? done : undefined;
    },
  };
}

/** The reaction that is there already: an answer to it was lost too long ago to be remembered by its name. */
async function reactionThere(
  client: Requester,
  { room, as }: Occasion,
  target: MatrixEventId,
  emoji: string,
): Promise<SentEvent | Failed | undefined> {
  const answer = await client.request({
    method: 'GET',
    path: path`/_matrix/client/v1/rooms/${room}/relations/${target}/m.annotation/m.reaction`,
    query: { limit: 100 },
    as,
  });
  if (answer.kind === 'failed') return answer;
  const chunk: readonly unknown[] = Array.isArray(answer.body['chunk']) ? answer.body['chunk'] : [];
  for (const event of chunk) {
    const eventId = isReaction(event, as.userId, emoji)
      ? parseMatrixEventId(String(event['event_id']))
      : undefined;
    if (eventId !== undefined) return { kind: 'event', eventId };
  }
  return failedForGood('internal', answer);
}

/** Whether the homeserver does not let somebody act. */
export function isRefused(result: { readonly kind: string } | Failed): boolean {
  if (result.kind !== 'failed' || !('cause' in result)) return false;
  const code = errcodeOf(result);
  return code === 'M_FORBIDDEN' || code === 'M_UNKNOWN_DEVICE';
}

function isReaction(event: unknown, sender: string, emoji: string): event is JsonObject {
  if (!isObject(event) || event['sender'] !== sender || !isObject(event['content'])) return false;
  const relation = event['content']['m.relates_to'];
  return isObject(relation) && relation['key'] === emoji;
}
