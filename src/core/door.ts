/**
 * Who may reach whom. Before a chat is opened, and before anything of a chat goes on, in either direction, the doors are
 * asked in their order; the first that does not let it pass decides. What may pass in a chat that is open (which features)
 * is the policy's to say.
 */
import type { DoorRuleName } from './door-rules.ts';
import type { BridgeEventKind, UnresolvedEvent } from './event.ts';
import type { MatrixUserId, NetworkId, RemoteChatId, RemoteUserId } from './ids.ts';
import type { Failed } from './outcome.ts';
import type { Direction } from './policy.ts';

/** One attempt of somebody to reach somebody else. */
export interface Contact {
  readonly network: NetworkId;
  readonly chat: RemoteChatId;
  readonly kind: 'direct' | 'group';
  readonly direction: Direction;
  /**
   * The Matrix user: whose direct chat it is, who is invited into a group, or whose event goes to a network. Undefined for
   * what somebody on the network says to a whole group.
   */
  readonly user: MatrixUserId | undefined;
  /** The person on the network: who it comes from, or whose direct chat it is. Undefined for what goes to a whole group. */
  readonly remote: RemoteUserId | undefined;
  /** The network does not vouch for `remote`: it may be anybody who does it. */
  readonly unvouched?: true;
  /** It changes who else is in a group, or what they may do there: a fact of the group, whoever brought it about. */
  readonly actsOnOthers?: true;
  /** What it is; `invitation` is that of a Matrix user into a group, or of a ghost into a room. */
  readonly what: BridgeEventKind | 'invitation';
  /** The event itself, where it comes from a network and was opened. */
  readonly event?: UnresolvedEvent;
  /** Whether there is no room for the chat yet. */
  readonly first: boolean;
}

/**
 * Whether somebody may come in. `rule` names what decided, for whoever asks why (`door-rules.ts`); the sender is told that they were refused,
 * or nothing at all, so that a block looks like silence.
 */
export type Admission =
  | { readonly kind: 'pass' }
  /** It waits until the receiver agrees (`requests.ts`); only what comes from a network to a user can. */
  | { readonly kind: 'held'; readonly rule: DoorRuleName }
  | { readonly kind: 'blocked'; readonly rule: DoorRuleName; readonly told: 'sender' | 'nobody' };

/** One place where it is decided whether somebody may reach somebody. Answers a failure where it cannot say yet. */
export interface Door {
  admit(contact: Contact): Promise<Admission | Failed>;
}

/** All doors as one. */
export function inOrder(doors: readonly Door[]): Door {
  return {
    admit: async (contact) => {
      for (const door of doors) {
        const admission = await door.admit(contact);
        if (admission.kind !== 'pass') return admission;
      }
      return { kind: 'pass' };
    },
  };
}
