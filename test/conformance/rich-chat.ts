/**
 * What the content cases need beyond `Chat`: a verb for each kind of content that people send, and how it is seen. A
 * network is tested by implementing `RichChat` for its people and `RichRig` for its rig.
 */
import type { Chat, Rig, SampleFile } from './rig.ts';

/** What a file is to the person who sees it. */
export type MediaSort = 'image' | 'video' | 'audio' | 'voice' | 'sticker' | 'contact' | 'file';

/** A file with what its sender's client says of it. Milliseconds, pixels; the waveform from 0 to 1. */
export interface SampleMedia extends SampleFile {
  readonly sort: MediaSort;
  readonly caption?: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly waveform?: readonly number[];
  readonly blurhash?: string;
  /** A small picture of it. */
  readonly thumbnail?: SampleFile;
}

/** A place in degrees. */
export interface SamplePlace {
  readonly latitude: number;
  readonly longitude: number;
  readonly description?: string;
}

/** What one person has seen of the other, named by ids of their own side. A gallery is seen as its files in order. */
export type RichSeen =
  | {
      readonly kind: 'said';
      readonly id: string;
      readonly text: string;
      readonly style: 'normal' | 'emote' | 'notice';
      /** Whether the client tells this person that they are meant. */
      readonly mentionsMe: boolean;
      readonly replyTo: string | undefined;
      /** The message that began the thread. */
      readonly thread: string | undefined;
      /** What is hidden until it is asked for. */
      readonly spoilers: readonly string[];
      readonly code: readonly { readonly language: string | undefined; readonly text: string }[];
    }
  | {
      readonly kind: 'media';
      readonly id: string;
      readonly sort: MediaSort;
      readonly name: string;
      readonly type: string;
      readonly caption: string | undefined;
      readonly width: number | undefined;
      readonly height: number | undefined;
      readonly duration: number | undefined;
      readonly waveform: readonly number[] | undefined;
      readonly blurhash: string | undefined;
      readonly load: () => Promise<Uint8Array>;
      readonly loadThumbnail: (() => Promise<Uint8Array>) | undefined;
    }
  | { readonly kind: 'place'; readonly id: string; readonly place: SamplePlace }
  | {
      readonly kind: 'poll';
      readonly id: string;
      readonly question: string;
      readonly answers: readonly string[];
      readonly maxSelections: number;
    }
  /** The other person's choice, by the texts of the answers, in place of an earlier one. */
  | { readonly kind: 'vote'; readonly poll: string; readonly choices: readonly string[] }
  | { readonly kind: 'poll-end'; readonly poll: string }
  /** What a message says from now on: its text, or the caption of its file. */
  | { readonly kind: 'changed'; readonly target: string; readonly text: string };
export type RichSeenKind = RichSeen['kind'];
export type RichSeenOf<K extends RichSeenKind> = Extract<RichSeen, { readonly kind: K }>;

/** A person's end of a chat, with every kind of content. Every verb resolves to the id of what it sent. */
export interface RichChat extends Chat {
  sayAs(style: 'emote' | 'notice', text: string): Promise<string>;
  /** Says `text`, in which `hidden` is a spoiler. */
  saySpoiler(text: string, hidden: string): Promise<string>;
  sayCode(code: string, language: string): Promise<string>;
  /** Says something that calls the other person. */
  mention(text: string): Promise<string>;
  /** Says something in the thread that `root` began. */
  sayInThread(root: string, text: string): Promise<string>;
  sendMedia(media: SampleMedia): Promise<string>;
  /** Sends several files as one message. */
  sendGallery(items: readonly [SampleMedia, SampleMedia, ...SampleMedia[]], caption: string): Promise<string>;
  sendPlace(place: SamplePlace): Promise<string>;
  askPoll(question: string, answers: readonly string[], maxSelections: number): Promise<string>;
  /** Chooses these answers of a poll that this person has seen or asked, by their texts. */
  vote(poll: string, choices: readonly string[]): Promise<void>;
  endPoll(poll: string): Promise<void>;
  /** Gives a file that this person has sent another caption. */
  editCaption(target: string, media: SampleMedia, caption: string): Promise<string>;
  /** What the other person sent, in the order of its coming. */
  richSeen(): readonly RichSeen[];
}

/** Two people in a chat, seen from both ends. */
export interface RichPair {
  readonly matrixChat: RichChat;
  readonly remoteChat: RichChat;
}

/** What a network may lack; of what it lacks a readable form is asked for. */
export type RichFeature =
  | 'poll'
  | 'sticker'
  | 'voice'
  | 'contact'
  | 'location'
  | 'thread'
  | 'mention'
  | 'spoiler'
  | 'code'
  | 'notice'
  | 'thumbnail'
  | 'waveform'
  | 'duration'
  | 'blurhash'
  | 'caption-edit'
  /** Several files are one message, with parts that can be named. */
  | 'gallery';

export interface RichRig extends Rig {
  /** What the network has a form of its own for. */
  readonly native: ReadonlySet<RichFeature>;
  /** The longest text that the network takes as one message, in bytes. */
  readonly maxTextBytes: number;
  /** Two new people and their chat. */
  richPair(): Promise<RichPair>;
}
