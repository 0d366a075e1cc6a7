/** What the content of a Matrix message says, in the plain characters of a terminal. */
import type { SeenEvent } from '../../test/support/matrix-event.ts';
import { asDuration, shortened } from './terminal.ts';

type Content = SeenEvent['content'];

const pollStart = 'org.matrix.msc3381.poll.start';
const textKey = 'org.matrix.msc1767.text';
const bars = '▁▂▃▄▅▆▇█';

/** A message as a client shows it: files by their names, formatting by marks. */
export function matrixWords(type: string, content: Content): string {
  if (type === 'm.sticker') return `[sticker ${String(content['body'])}]`;
  if (type === pollStart) return pollWords(content);
  if (typeof content['url'] === 'string') return fileWords(content);
  const { msgtype, body, formatted_body: html, itemtypes } = content;
  if (Array.isArray(itemtypes)) return galleryWords(content, itemtypes);
  if (msgtype === 'm.location') return placeWords(content);
  const plain = shortened(typeof html === 'string' && msgtype !== 'm.notice' ? marked(html) : String(body));
  if (msgtype === 'm.emote') return `* ${plain}`;
  return plain;
}

function fileWords(content: Content): string {
  const { msgtype, body } = content;
  const name = String(content['filename'] ?? body);
  const info = record(content['info']);
  const audio = record(content['org.matrix.msc1767.audio']);
  const { size, duration, mimetype } = info;
  const voice = content['org.matrix.msc3245.voice'] !== undefined;
  const card = mimetype === 'text/vcard';
  const kind = voice ? 'voice' : card ? 'contact' : String(msgtype).replace(/^m\./, '');
  const facts = [
    `${kind} ${name}`,
    ...(typeof duration === 'number' ? [asDuration(duration)] : []),
    ...(typeof size === 'number' ? [`${size} bytes`] : []),
  ];
  const wave = voice && Array.isArray(audio['waveform']) ? ` ${waves(audio['waveform'])}` : '';
  return `[${facts.join(', ')}${wave}]${body === name ? '' : ` ${String(body)}`}`;
}

function galleryWords({ body }: Content, items: readonly unknown[]): string {
  const names = items.map((item) => String(record(item)['filename'] ?? record(item)['body']));
  return `[${names.length} files: ${names.join(', ')}] ${String(body)}`;
}

function placeWords(content: Content): string {
  const { description } = record(content['org.matrix.msc3488.location']);
  const said = typeof description === 'string' ? `, ${description}` : '';
  return `[location ${String(content['geo_uri'])}${said}]`;
}

function pollWords(content: Content): string {
  const start = record(content[pollStart]);
  const { answers } = start;
  const texts = Array.isArray(answers) ? answers.map((answer) => String(record(answer)[textKey])) : [];
  return `[poll] ${String(record(start['question'])[textKey])} ${texts.map((one) => `○ ${one}`).join(' ')}`;
}

/** Formatting as far as a terminal needs it. */
function marked(html: string): string {
  return html
    .replaceAll(/<\/?(?:strong|b)>/g, '*')
    .replaceAll(/<span data-mx-spoiler[^>]*>([^<]*)<\/span>/g, '▒$1▒')
    .replaceAll(/<pre>.*?<code[^>]*>/gs, '⟦')
    .replaceAll('</code></pre>', '⟧')
    .replaceAll(/<br ?\/?>/g, ' ')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** A waveform of 0 to 1024 in at most 16 bars. */
function waves(waveform: readonly unknown[]): string {
  const step = Math.max(1, Math.floor(waveform.length / 16));
  const some = waveform.filter((_, index) => index % step === 0).slice(0, 16);
  return some
    .map((share) => bars[Math.min(bars.length - 1, Math.floor((Number(share) / 1025) * bars.length))] ?? '')
    .join('');
}

function record(value: unknown): Content {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
