import type { MatrixEventId } from '../core/ids.ts';
import { failedForGood, type Failed } from '../core/outcome.ts';
import { isBorrowed, type Portal } from '../core/portal.ts';
import type { Requester } from './client.ts';
import type { EventSender, SentEvent } from './event-sender.ts';
import { isRefused, voice, type GhostVoice } from './ghost-voice.ts';
import type { Membership } from './membership.ts';
import { path } from './path.ts';
import { marked, type PuppetMark } from './puppet-mark.ts';
import type { Puppet, Puppets } from './puppets.ts';
import { errcodeOf, type JsonObject, type Masquerade } from './request.ts';

/** What a voice says, and because of what. */
export interface Occasion {
  readonly portal: Portal;
  readonly cause: string;
  readonly signal: AbortSignal;
  readonly mark: PuppetMark;
}

/** Gives users their own voices in portals. */
export class PuppetVoices {
  readonly #client: Requester;
  readonly #sender: EventSender;
  readonly #membership: Membership;
  readonly #puppets: Pick<Puppets, 'makeDevice'>;

  constructor(
    client: Requester,
    sender: EventSender,
    membership: Membership,
    puppets: Pick<Puppets, 'makeDevice'>,
  ) {
    this.#client = client;
    this.#sender = sender;
    this.#membership = membership;
    this.#puppets = puppets;
  }

  /** The user's own voice. `observer` is somebody of the bridge's own who is in the portal's room. */
  of(puppet: Puppet, observer: Masquerade, { portal, cause, signal, mark }: Occasion): GhostVoice {
    const own = voice(
      { client: this.#client, sender: this.#sender },
      { room: portal.room, as: puppet, cause, signal },
      (act) => this.#repairing(portal, puppet, observer, mark, act),
      (content) => marked(content, mark),
    );
    return { ...own, as: observer };
  }

  /** Whether the user wrote an event, so that they can change it; a failure where the homeserver does not say. */
  async wrote(
    puppet: Puppet,
    portal: Portal,
    eventId: MatrixEventId,
    observer: Masquerade,
  ): Promise<boolean | Failed> {
    const answer = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/rooms/${portal.room}/event/${eventId}`,
      as: observer,
    });
    if (answer.kind === 'ok') return answer.body['sender'] === puppet.userId;
    return answer.retry.kind === 'later' ? answer : false;
  }

  /** The bridge may lack its device on the account, and the user may have been invited and not have come yet. */
  async #repairing<T extends { readonly kind: string }>(
    portal: Portal,
    puppet: Puppet,
    observer: Masquerade,
    mark: PuppetMark,
    act: () => Promise<T | Failed>,
  ): Promise<T | Failed> {
    let result = await act();
    if (codeOf(result) === 'M_UNKNOWN_DEVICE') {
      const failed = await this.#puppets.makeDevice(puppet);
      if (failed !== undefined) return failed;
      result = await act();
    }
    if (!isRefused(result)) return result;
    const failed = await this.#enter(portal, puppet, observer, mark);
    return failed ?? act();
  }

  /** Brings the user in where they are invited; nobody who has left is brought back. */
  async #enter(
    portal: Portal,
    puppet: Puppet,
    observer: Masquerade,
    mark: PuppetMark,
  ): Promise<undefined | Failed> {
    const { room } = portal;
    const known = await this.#membership.membershipOf(room, puppet.userId, observer);
    if (known.kind === 'failed')
      return known.retry.kind === 'later' ? known : failedForGood('forbidden', known.cause);
    if (known.membership === undefined && portal.kind === 'group' && !isBorrowed(portal)) {
      const failed = await this.#membership.invite(room, puppet.userId, observer);
      if (failed !== undefined) return failed;
    } else if (known.membership !== 'invite') return failedForGood('forbidden');
    return this.#join(portal, puppet, mark);
  }

  /** As state, so that the mark goes along: it is no news for the network that the user is in the room. */
  async #join({ room }: Portal, puppet: Puppet, { portal }: PuppetMark): Promise<undefined | Failed> {
    const content: JsonObject = marked({ membership: 'join' }, { portal, message: undefined });
    const answer = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/rooms/${room}/state/m.room.member/${puppet.userId}`,
      as: puppet,
      body: content,
    });
    if (answer.kind === 'failed') return answer;
    this.#membership.entered(room, puppet.userId);
    return undefined;
  }
}

function codeOf(result: { readonly kind: string } | Failed | SentEvent): string | undefined {
  return result.kind === 'failed' && 'cause' in result ? errcodeOf(result) : undefined;
}
