/** Read markers: https://spec.matrix.org/v1.16/client-server-api/#fully-read-markers */
import type { ReceiptEvent } from '../core/event.ts';
import type { MatrixHandled } from '../core/homeserver.ts';
import type { MatrixEventId, MatrixUserId, RoomId } from '../core/ids.ts';
import type { Portal } from '../core/portal.ts';
import type { LoginStore } from '../core/stores.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import type { Puppet, Puppets } from './puppets.ts';
import { errcodeOf, type Answer } from './request.ts';
import type { Failed } from '../core/outcome.ts';
import { ownerOf } from './speakers.ts';

/** How many of the receipts that the bridge set are remembered, until the homeserver tells of them. */
const MAX_REMEMBERED = 1_000;

/** What users have read at their other client is read on Matrix too. */
export class PuppetReads {
  readonly #client: Requester;
  readonly #puppets: Pick<Puppets, 'of' | 'isLost' | 'makeDevice'>;
  readonly #logins: Pick<LoginStore, 'owner'>;
  readonly #isQuiet: (user: MatrixUserId) => Promise<boolean>;
  readonly #ours = new Set<string>();

  constructor(
    client: Requester,
    puppets: Pick<Puppets, 'of' | 'isLost' | 'makeDevice'>,
    logins: Pick<LoginStore, 'owner'>,
    /** Whether a user lets nobody see what they have read: then their receipt is one that only they see. */
    isQuiet: (user: MatrixUserId) => Promise<boolean> = async () => false,
  ) {
    this.#client = client;
    this.#puppets = puppets;
    this.#logins = logins;
    this.#isQuiet = isQuiet;
  }

  /**
   * Sets the user's own `m.read` (or `m.read.private`) and `m.fully_read` where a receipt is that of a Matrix user at their other client, with
   * double puppeting on; `undefined` where it is somebody else's, and so is for others to tell.
   */
  async take(event: ReceiptEvent, portal: Portal): Promise<MatrixHandled | undefined> {
    if (event.receipt !== 'read') return undefined;
    const owner = await ownerOf(this.#logins, event.sender, portal);
    const puppet = owner && (await this.#puppets.of(owner));
    if (puppet === undefined) return undefined;
    const { eventIds } = event.target;
    const eventId = eventIds.at(-1) ?? eventIds[0];
    this.#remember(keyOf(puppet.userId, portal.room, eventId));
    const answer = await this.#mark(portal.room, puppet, eventId);
    if (answer.kind === 'ok') return { kind: 'sent', eventIds: [], reactionEvents: new Map() };
    this.#ours.delete(keyOf(puppet.userId, portal.room, eventId));
    if (await this.#puppets.isLost(puppet, answer)) return undefined;
    return answer.retry.kind === 'later' ? answer : undefined;
  }

  /** Whether a receipt that the homeserver tells of is one that the bridge set: it is no news for the network. */
  isOurs(user: MatrixUserId, room: RoomId, eventId: MatrixEventId): boolean {
    return this.#ours.has(keyOf(user, room, eventId));
  }

  async #mark(room: RoomId, puppet: Puppet, eventId: MatrixEventId): Promise<Answer | Failed> {
    const receipt = (await this.#isQuiet(puppet.userId)) ? 'm.read.private' : 'm.read';
    const request = {
      method: 'POST',
      path: path`/_matrix/client/v3/rooms/${room}/read_markers`,
      as: puppet,
      body: { 'm.fully_read': eventId, [receipt]: eventId },
      attempts: 2,
    } as const;
    const answer = await this.#client.request(request);
    if (answer.kind === 'ok' || errcodeOf(answer) !== 'M_UNKNOWN_DEVICE') return answer;
    return (await this.#puppets.makeDevice(puppet)) ?? this.#client.request(request);
  }

  #remember(key: string): void {
    this.#ours.add(key);
    const [oldest] = this.#ours;
    if (this.#ours.size > MAX_REMEMBERED && oldest !== undefined) this.#ours.delete(oldest);
  }
}

function keyOf(user: MatrixUserId, room: RoomId, eventId: MatrixEventId): string {
  return `${user} ${room} ${eventId}`;
}
