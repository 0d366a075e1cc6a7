import { escapeHtml, text as say } from '../texts/catalogue.ts';
import type { Content, FormattedText, MessageEvent } from './event.ts';

/**
 * A message that is late, in words that say so before its own: for networks that have no mark for it. A time stamp alone
 * would let clients put it among what was read long ago, where nobody sees it. The language of the reader is not known.
 */
export function saidLate(event: MessageEvent): MessageEvent {
  const when = `${new Date(event.at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return { ...event, content: behind(say('en', 'failure.late', { when }), event.content) };
}

function behind(line: string, content: Content): Content {
  switch (content.kind) {
    case 'text':
      return { ...content, text: textBehind(line, content.text) };
    case 'media':
    case 'gallery':
      return { ...content, caption: textBehind(line, content.caption) };
    case 'location': {
      const { place } = content;
      const description = [line, ...(place.description === undefined ? [] : [place.description])].join('\n');
      return { ...content, place: { ...place, description } };
    }
    case 'poll':
      return { ...content, poll: { ...content.poll, question: `${line}\n${content.poll.question}` } };
  }
}

function textBehind(line: string, said: FormattedText | undefined): FormattedText {
  if (said === undefined) return { plain: line, html: undefined };
  const html = said.html === undefined ? undefined : `<p>${escapeHtml(line)}</p>${said.html}`;
  return { plain: `${line}\n${said.plain}`, html };
}
