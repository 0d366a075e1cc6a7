import type { BridgeEvent, Party } from '../core/event.ts';
import type { MatrixHandled } from '../core/homeserver.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type { Failed, Unsupported } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { LoginStore } from '../core/stores.ts';
import { CannotSeal, type Speechless } from './crypto/guests.ts';
import type { GhostVoice, Voices } from './ghost-voice.ts';
import type { PuppetMark } from './puppet-mark.ts';
import type { PuppetVoices } from './puppet-voice.ts';
import type { Puppet, Puppets } from './puppets.ts';
import type { Masquerade } from './request.ts';

/** What speakers need of the rest of the Matrix side. */
export interface SpeakerParts {
  readonly ghosts: Pick<Voices, 'of'>;
  readonly puppets: Pick<Puppets, 'of' | 'isLost' | 'missed' | 'unheard'>;
  readonly own: Pick<PuppetVoices, 'of' | 'wrote'>;
  readonly logins: Pick<LoginStore, 'owner'>;
  /** Who of the bridge's own is in a portal's room: the ghost of a direct chat, the bot in a group. */
  readonly observer: (portal: Portal) => Masquerade | undefined;
}

type Say = (voice: GhostVoice) => Promise<MatrixHandled>;

/**
 * The Matrix user who did something on the network: its sender, or who has linked its sender. The other side of a direct
 * chat stays that, whoever has linked it, and nobody but the receiver is in the room beside.
 */
export async function ownerOf(
  logins: Pick<LoginStore, 'owner'>,
  sender: Party,
  portal: Portal,
): Promise<MatrixUserId | undefined> {
  if (portal.kind === 'direct' && sender.in === 'remote' && sender.userId === portal.remote) return undefined;
  const owner =
    sender.in === 'matrix' ? sender.userId : await logins.owner(portal.key.network, sender.userId);
  return portal.kind === 'direct' && owner !== portal.key.receiver ? undefined : owner;
}

/** Finds who speaks for the sender of an event: the user themself, or a ghost. */
export class Speakers {
  readonly #parts: SpeakerParts;

  constructor(parts: SpeakerParts) {
    this.#parts = parts;
  }

  /** Has an event said. Where the user's own voice cannot say it, the ghost does; a user has none in a direct chat. */
  async speak(event: BridgeEvent, portal: Portal, signal: AbortSignal, say: Say): Promise<MatrixHandled> {
    const { puppets, logins } = this.#parts;
    const owner = await ownerOf(logins, event.sender, portal);
    const puppet = owner && (await puppets.of(owner));
    const said = puppet && (await this.#asPuppet(puppet, event, portal, signal, say));
    const why = said && speechless(said);
    if (said !== undefined && why === undefined) return said;
    const hasGhost = owner === undefined || (portal.kind === 'group' && event.sender.in === 'remote');
    // By a ghost it is heard all the same; there the user is told of what they can mend.
    if (owner !== undefined && why !== undefined && (!hasGhost || why === 'other-keys'))
      await puppets.unheard(owner, why);
    if (hasGhost) return this.#asGhost(event, portal, signal, say);
    if (why !== undefined) return { kind: 'unsupported', reason: 'no-puppet-keys' };
    await puppets.missed(owner, portal.key.network);
    return unheard;
  }

  /** `undefined` where the user's voice is of no use here. */
  async #asPuppet(
    puppet: Puppet,
    event: BridgeEvent,
    portal: Portal,
    signal: AbortSignal,
    say: Say,
  ): Promise<MatrixHandled | undefined> {
    const { own, puppets, observer } = this.#parts;
    const watching = observer(portal);
    if (watching === undefined) return undefined;
    if (event.kind === 'edit' || event.kind === 'poll-end') {
      // What a ghost sent before the puppet was there, only the ghost can edit or end.
      const wrote = await own.wrote(puppet, portal, event.target.eventIds[0], watching);
      if (typeof wrote !== 'boolean') return wrote;
      if (!wrote) return undefined;
    }
    const mark = markOf(event, portal);
    const said = await say(own.of(puppet, watching, { portal, cause: event.cause, signal, mark }));
    if (said.kind !== 'failed') return said;
    return (await puppets.isLost(puppet, said)) || isForbidden(said) ? undefined : said;
  }

  async #asGhost(event: BridgeEvent, portal: Portal, signal: AbortSignal, say: Say): Promise<MatrixHandled> {
    if (event.sender.in === 'matrix') return { kind: 'unsupported', reason: 'not-carried' };
    const voice = await this.#parts.ghosts.of(portal, event.sender.userId, event.cause, signal);
    return voice.kind === 'failed' ? voice : say(voice);
  }
}

const unheard: Unsupported = { kind: 'unsupported', reason: 'no-puppet' };

/** Why a puppet has no voice in an encrypted room, where that is how it ended. */
function speechless(said: MatrixHandled): Speechless | undefined {
  return said.kind === 'failed' && said.cause instanceof CannotSeal ? said.cause.why : undefined;
}

/** Only messages are forwarded by clients, mark and all: their marks say which message it is. */
function markOf(event: BridgeEvent, portal: Portal): PuppetMark {
  const isMessage = event.kind === 'message' && event.name?.in === 'remote';
  return { portal: portal.id, message: isMessage ? event.name.messageId : undefined };
}

function isForbidden(failed: Failed): boolean {
  return failed.reason === 'forbidden' && failed.retry.kind === 'never';
}
