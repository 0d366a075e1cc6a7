/** What a user of the app sees: a timeline of what was said and what became of it, and passing signals. */
import type { Content } from '../../src/core/event.ts';

/** Where and when something was; `seq` grows along the timeline of a user. */
interface Place {
  readonly seq: number;
  /** The address of the other person: `4711@lid`. */
  readonly chat: string;
  /** In milliseconds since the epoch. */
  readonly at: number;
}
/** Something that one of the two said. */
interface Saying extends Place {
  readonly id: string;
  readonly mine: boolean;
}

/** An event of the timeline: there once, also after the app was killed. */
export type TimelineEvent =
  | (Saying & {
      readonly kind: 'message';
      readonly content: Content;
      readonly replyTo: string | undefined;
      readonly mentionsMe: boolean;
    })
  | (Saying & { readonly kind: 'edit'; readonly of: string; readonly content: Content })
  /** An empty `emoji` takes the reaction back. */
  | (Saying & { readonly kind: 'reaction'; readonly to: string; readonly emoji: string })
  | (Saying & { readonly kind: 'revoke'; readonly of: string })
  /** For how long what is said from now on is to stay; 0: for good. */
  | (Saying & { readonly kind: 'timer'; readonly afterMs: number })
  /** It opened, and is nothing that the app can show. */
  | (Saying & { readonly kind: 'unsupported'; readonly reason: string })
  /** What became of a message of one's own. */
  | (Place & { readonly kind: 'receipt'; readonly of: string; readonly about: ReceiptKind })
  /** A message of one's own will not be sent; or one that came, `mine` false, cannot be opened. */
  | (Saying & { readonly kind: 'trouble'; readonly reason: string })
  /** The other person has a new encryption identity: whoever is careful compares it. */
  | (Place & { readonly kind: 'identity-changed' });
/** `sent`: the server has it. */
export type ReceiptKind = 'sent' | 'delivered' | 'read' | 'played';

/** Something that passes and is not kept. */
export type PassingEvent =
  | {
      readonly kind: 'typing';
      readonly chat: string;
      readonly state: 'composing' | 'recording' | 'paused';
    }
  | { readonly kind: 'presence'; readonly chat: string; readonly available: boolean }
  | { readonly kind: 'link'; readonly state: 'up' | 'connecting' | 'down'; readonly why: string | undefined }
  | { readonly kind: 'mailbox-read' };

export type AppEvent = TimelineEvent | PassingEvent;
export type EventOf<K extends AppEvent['kind']> = Extract<AppEvent, { readonly kind: K }>;
