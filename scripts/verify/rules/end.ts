import type { Feature } from '../../../src/core/network.ts';
import type { SampleMedia } from '../../../test/conformance/rich-chat.ts';

/** A message by its names on both sides. */
export interface Named {
  readonly matrix: string;
  /** As others refer to it: in a multi-user room the name that the room gave it. */
  readonly xmpp: string;
  /** The id of its stanza, by which corrections refer to it. */
  readonly stanza: string;
}

/** Something that one person does in a chat, and that uses a feature. */
export interface Deed {
  readonly feature: Feature;
  /** A text that nothing else has. */
  readonly mark: string;
  readonly emoji: string;
  /** A message of the doer's own, and one of who is at the other end. */
  readonly own: Named;
  readonly other: Named;
  /** The file to be sent, where it is not the usual one of its sort. */
  readonly file?: Pick<SampleMedia, 'name' | 'type' | 'bytes'>;
}

/** How what was done is seen: as it was meant, as what rules make of it, or so that the two look the same. */
export type Shape = 'itself' | 'converted' | 'either';

/** By what a person was told that something of theirs did not pass, or was changed. */
export interface Told {
  readonly refusals: readonly string[];
  readonly changes: readonly string[];
}

/** What somebody has said. */
export interface Said {
  readonly name: string;
  readonly stanza: string;
}

/** A person's end of a chat. */
export interface End {
  say(text: string): Promise<Said>;
  /** What the other said, once it is there. */
  heard(text: string): Promise<Said>;
  /** Resolves to the id of what was sent, which what they are told is about. */
  act(deed: Deed): Promise<string>;
  /** The name by which others refer to what was sent under an id. */
  nameOf(id: string): string;
  /** Ends what lasts: writing. */
  end(deed: Deed): Promise<void>;
  /** How a deed of the other is seen, if it is. */
  sees(deed: Deed): Shape | undefined | Promise<Shape | undefined>;
  /** What this person was told about something that they sent, by a rule. */
  told(id: string, rule: string): Told;
}
