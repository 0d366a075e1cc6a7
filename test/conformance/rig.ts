/**
 * What the conformance suite needs of a network under test: people on both sides who talk in the same verbs, and the
 * means to restart the bridge and to cut the link. A network is tested by implementing `RemotePerson` and `Rig`.
 */

import type { BesideOf } from './beside-chat.ts';
import type { SignalsOf } from './signal-chat.ts';

/** A file that a person sends. */
export interface SampleFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What one person has seen of the other in their chat, named by ids of their own side. */
export type Seen =
  | {
      readonly kind: 'text';
      readonly id: string;
      readonly text: string;
      /** The parts of the text that are shown in bold. */
      readonly bold: readonly string[];
      readonly replyTo: string | undefined;
    }
  | {
      readonly kind: 'file';
      readonly id: string;
      readonly name: string;
      /** Whether it is shown as a picture. */
      readonly image: boolean;
      readonly load: () => Promise<Uint8Array>;
    }
  | { readonly kind: 'edit'; readonly target: string; readonly text: string }
  /** All reactions of the other person to a message, after a change. */
  | { readonly kind: 'reactions'; readonly target: string; readonly emojis: readonly string[] }
  | { readonly kind: 'retraction'; readonly target: string };
export type SeenKind = Seen['kind'];
export type SeenOf<K extends SeenKind> = Extract<Seen, { readonly kind: K }>;

/** A person's end of a chat with one other. Every verb resolves to the id of what it sent. */
export interface Chat {
  say(text: string): Promise<string>;
  /** Says `text`, in which `word` is bold. */
  sayBold(text: string, word: string): Promise<string>;
  reply(target: string, text: string): Promise<string>;
  edit(target: string, text: string): Promise<string>;
  /** Has exactly these reactions to a message from now on. */
  react(target: string, emojis: readonly string[]): Promise<void>;
  retract(target: string): Promise<void>;
  sendFile(file: SampleFile): Promise<string>;
  /** The id of something on this side that the bridge knows no message by. */
  nothing(): Promise<string>;
  /** What the other person sent, in the order of its coming. */
  seen(): readonly Seen[];
  /** Whether this person's client shows that what it sent has arrived. */
  isDelivered(id: string): boolean;
  /** Whether this person has been told that what they sent did not go over. */
  isRefused(id: string): boolean;
}

/** A Matrix user at a client. */
export interface MatrixPerson {
  readonly userId: string;
  /** The room with a remote person: joins it where the ghost has invited this user. */
  chatWith(remote: RemotePerson): Promise<Chat>;
  /** Asks the bot to open a chat; resolves to it, or to `refused` where the bot answers that there is none. */
  start(address: string): Promise<Chat | 'refused'>;
  /** Makes a room and invites the ghost; resolves to the chat once the ghost has joined, `declined` once it has left. */
  invite(remote: RemotePerson): Promise<Chat | 'declined'>;
  /** In how many rooms this user and the ghost are, or one of them is invited by the other. */
  roomsWith(remote: RemotePerson): Promise<number>;
  /** Whether the bot has said anything in the management room after `start` or after a failure. */
  notices(): readonly string[];
}

/** A person on the network at a client. */
export interface RemotePerson {
  /** What a Matrix user types to reach them. */
  readonly address: string;
  /** The Matrix user ID of their ghost. */
  readonly ghost: string;
  chatWith(user: string): Chat;
  /** Has the network deliver once more what was sent under `id`. */
  sendAgain(id: string): Promise<void>;
}

/** Both ends and the bridge between them. */
export interface Rig extends AsyncDisposable {
  readonly maxMediaBytes: number;
  /** A person has one reaction to a message on the network; several where it is absent. */
  readonly oneReaction?: boolean;
  /** Pictures go over without the names of their files; with them where it is absent. */
  readonly namelessPictures?: boolean;
  /** An address where nobody is. */
  readonly strangerAddress: string;
  /** A Matrix user ID of the homeserver that nobody has. */
  readonly strangerUserId: string;
  /** A new user of the homeserver. */
  matrixPerson(): Promise<MatrixPerson>;
  /** A new person on the network. */
  remotePerson(): Promise<RemotePerson>;
  /** The ends of a pair's chat for what is told in passing. */
  readonly signals: SignalsOf;
  /** The ends of a pair's chat for calls, timers and identities. */
  readonly beside: BesideOf;
  /** Stops the bridge, does what is given, and starts it again on the same database. */
  restartBridge(meanwhile?: () => Promise<void>): Promise<void>;
  linkDown(): Promise<void>;
  linkUp(): Promise<void>;
}
