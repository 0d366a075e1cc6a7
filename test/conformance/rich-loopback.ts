import type { FileItem } from '../../src/networks/loopback/packet.ts';
import type { LoopbackPerson, LoopbackWorld, Received } from '../../src/networks/loopback/index.ts';
import type { RichSeen, SamplePlace } from './rich-chat.ts';
import { codeIn, spoilersIn } from './rich-timeline.ts';

/** A packet as a person of the loopback world sees it. */
export function readRichPacket(
  { id, body }: Received,
  world: LoopbackWorld,
  person: LoopbackPerson,
): readonly RichSeen[] {
  switch (body.kind) {
    case 'text': {
      const { text, style, html = '', replyTo, thread, mentions = [] } = body;
      const mentionsMe = mentions.includes(person.id);
      const formatted = { spoilers: spoilersIn(html), code: codeIn(html) };
      return [{ kind: 'said', id, text, style, mentionsMe, replyTo, thread, ...formatted }];
    }
    case 'file':
      return [media(id, body, body.caption, world)];
    case 'gallery':
      return body.items.map((item, index) => {
        const name = index === 0 ? id : `${id}/${index + 1}`;
        return media(name, item, index === 0 ? body.caption : undefined, world);
      });
    case 'location': {
      const { latitude, longitude, description } = body;
      const at: SamplePlace = { latitude, longitude };
      return [{ kind: 'place', id, place: description === undefined ? at : { ...at, description } }];
    }
    case 'poll': {
      const { question, answers, maxSelections } = body;
      return [{ kind: 'poll', id, question, answers: answers.map(({ text }) => text), maxSelections }];
    }
    case 'vote': {
      const chosen = person.answersOf(body.target).filter((answer) => body.choices.includes(answer.id));
      return [{ kind: 'vote', poll: body.target, choices: chosen.map(({ text }) => text) }];
    }
    case 'poll-end':
      return [{ kind: 'poll-end', poll: body.target }];
    case 'edit': {
      const { content, target } = body;
      if (content.kind === 'text') return [{ kind: 'changed', target, text: content.text }];
      return [{ kind: 'changed', target, text: 'caption' in content ? (content.caption ?? '') : '' }];
    }
    case 'reaction':
    case 'retraction':
    case 'membership':
    case 'info':
    case 'call':
    case 'timer':
    case 'identity':
    case 'receipt':
    case 'code':
    case 'refusal':
      return [];
  }
}

function media(id: string, item: FileItem, caption: string | undefined, world: LoopbackWorld): RichSeen {
  const { media: sort, name, mimetype: type, width, height, duration, waveform, blurhash, thumbnail } = item;
  const bytes = async (file: string): Promise<Uint8Array> => world.files.whole(file) ?? new Uint8Array();
  return {
    ...{ kind: 'media', id, sort, name, type, caption, width, height, duration, waveform, blurhash },
    load: () => bytes(item.file),
    loadThumbnail: thumbnail && (() => bytes(thumbnail.file)),
  };
}
