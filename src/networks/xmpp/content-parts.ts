/** What a message says, as the payloads of the stanzas that it goes over as. */
import type { Element } from '@xmpp/xml';
import {
  noMentions,
  type Content,
  type FormattedText,
  type Mentions,
  type Party,
  type Poll,
} from '../../core/event.ts';
import { longText } from '../../core/long-text.ts';
import { maxParts, maxStanzaBytes, maxTextBytes } from './capabilities.ts';
import { fileElements, type UploadedFile } from './file-elements.ts';
import { placeElements } from './places.ts';
import { actionElements, textElements, type Calls } from './text-elements.ts';

/** What rendering content needs from outside. */
export interface ContentSources {
  /** Where the content's files are, in order; empty where only what is said of them is rendered. */
  readonly files: readonly UploadedFile[];
  readonly addressOf: (party: Party) => string;
  readonly pollText: (poll: Poll) => string;
}

/** What belongs into one stanza; `undefined` stands for a file that is left as it is. */
export type Part = readonly Element[] | undefined;

type Style = Extract<Content, { readonly kind: 'text' }>['style'];

/** The text of a message that is too long to be several, as the file that is sent instead of it; else the content itself. */
export function attachedWhereLong(content: Content): Content {
  if (content.kind !== 'text') return content;
  const { plain } = content.text;
  const long = longText(plain, { maxBytes: maxTextBytes, maxParts });
  if (long.kind === 'parts') return content;
  const [beginning = ''] = /^[^]{0,300}(?=\s)/u.exec(plain) ?? [plain.slice(0, 300)];
  return {
    kind: 'media',
    media: long.media,
    caption: { plain: `${beginning.toWellFormed()} …`, html: undefined },
  };
}

/**
 * The parts of a message: one for each file, then its caption (clients show a file well only where the body is its address
 * and nothing else); a place and what is said of it; a text in as many as it takes.
 */
export function contentParts(content: Content, mentions: Mentions, sources: ContentSources): readonly Part[] {
  const calls: Calls = { mentions, addressOf: sources.addressOf };
  const words = (text: FormattedText | undefined): readonly Part[] =>
    text === undefined ? [] : textParts(text, 'normal', calls);
  switch (content.kind) {
    case 'text':
      return textParts(content.text, content.style, calls);
    case 'media':
      return [...fileParts(1, sources), ...words(content.caption)];
    case 'gallery':
      return [...fileParts(content.items.length, sources), ...words(content.caption)];
    case 'location': {
      const { description } = content.place;
      const said = description === undefined ? undefined : { plain: description, html: undefined };
      return [placeElements(content.place), ...words(said)];
    }
    case 'poll':
      return words({ plain: sources.pollText(content.poll), html: undefined });
  }
}

function fileParts(count: number, { files }: ContentSources): readonly Part[] {
  return Array.from({ length: count }, (_, at) => {
    const file = files[at];
    return file && fileElements(file);
  });
}

/** A text with its formatting where that fits, else without it, in several parts where it must. */
function textParts(text: FormattedText, style: Style, calls: Calls): readonly Part[] {
  const whole = styled(text, style, calls);
  if (fits(whole)) return [whole];
  const quiet = { ...calls, mentions: noMentions };
  const long = longText(text.plain, { maxBytes: maxTextBytes, maxParts: Number.MAX_SAFE_INTEGER });
  if (long.kind === 'file') return [];
  return long.parts.map((part, at) =>
    styled({ plain: part, html: undefined }, at === 0 ? style : 'normal', at === 0 ? calls : quiet),
  );
}

function styled(text: FormattedText, style: Style, calls: Calls): readonly Element[] {
  return style === 'emote' ? actionElements(text, calls) : textElements(text, calls);
}

/** The body within what one message takes, and all of it within a stanza, with room for what is around it. */
function fits(elements: readonly Element[]): boolean {
  const [body] = elements;
  if (body !== undefined && Buffer.byteLength(body.getText()) > maxTextBytes) return false;
  return Buffer.byteLength(elements.map(String).join('')) < maxStanzaBytes / 2;
}
