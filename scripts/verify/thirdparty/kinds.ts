/** Every kind of content that one of two people can send. */
import assert from 'node:assert/strict';
import { sampleOf } from '../../../test/conformance/content-samples.ts';
import { eventually, sees } from '../../../test/conformance/eventually.ts';
import type { MediaSort, RichChat, RichSeenOf } from '../../../test/conformance/rich-chat.ts';
import type { WayName } from './scenario.ts';
import { patienceMs, saw, sawRich, textsOf } from './stage.ts';

/** One way across the bridge. */
export interface Way {
  readonly name: Exclude<WayName, 'both ways'>;
  readonly from: RichChat;
  readonly to: RichChat;
  /** A text that nothing else has. */
  readonly mark: (what: string) => string;
}

/** A kind of content: it is sent, and seen as it was meant. */
export type Kind = readonly [string, (way: Way) => Promise<void>];

const media: readonly MediaSort[] = ['image', 'video', 'audio', 'voice', 'file', 'contact'];

/** Every kind of content, for any two ends. */
export const kinds: readonly Kind[] = [
  ['text', plain],
  ['text with emoji, right-to-left and many lines', odd],
  ['bold', bold],
  ['code', code],
  ['mention', mention],
  ['emote', emote],
  ['reply', reply],
  ['reaction, another one, and its removal', reaction],
  ['edit', edit],
  ['revoke', revoke],
  ...media.map((sort): Kind => [sort, (way) => file(way, sort)]),
  ['caption of an image, changed', captioned],
  ['location', location],
  ['delivery receipt', delivery],
  ['a long message, whole', long],
];

/** Says something and waits until it is there; resolves to its ids on both sides. */
async function exchanged(
  { from, to, mark }: Way,
  what: string,
): Promise<{ readonly own: string; readonly theirs: string; readonly text: string }> {
  const text = mark(what);
  const own = await from.say(text);
  return { own, theirs: await saw(to, text), text };
}

async function odd({ from, to, mark }: Way): Promise<void> {
  const text = `${mark('odd')} 👩‍👩‍👧‍👦 مرحبا بالعالم\n\n  two lines on &amp; <b>not bold</b>`;
  await from.say(text);
  await saw(to, text);
}

async function bold({ from, to, mark }: Way): Promise<void> {
  const text = `${mark('this')} matters much`;
  await from.sayBold(text, 'matters');
  const [before] = text.split(' ');
  await sees(
    to,
    'text',
    (seen) => seen.text.startsWith(before ?? text) && seen.bold.includes('matters'),
    patienceMs,
  );
}

async function code({ from, to, mark }: Way): Promise<void> {
  const said = `if (a < b) { ${mark('run')}(); }`;
  await from.sayCode(said, 'javascript');
  const seen = await sawRich(to, 'said', (one) => one.text.includes(said), patienceMs);
  assert.equal(seen.code[0]?.text.replaceAll('&lt;', '<'), said);
}

async function mention({ from, to, mark }: Way): Promise<void> {
  const text = mark('you');
  await from.mention(text);
  const seen = await sawRich(to, 'said', (one) => one.text.includes(text), patienceMs);
  assert.ok(seen.mentionsMe, `nobody is called by "${seen.text}"`);
}

async function emote({ from, to, mark }: Way): Promise<void> {
  const text = mark('waves');
  await from.sayAs('emote', text);
  await sawRich(to, 'said', (one) => one.text === text && one.style === 'emote', patienceMs);
}

async function reply(way: Way): Promise<void> {
  const { from, to, mark } = way;
  const asked = await exchanged({ ...way, from: to, to: from }, 'question');
  const text = mark('answer');
  await from.reply(asked.theirs, text);
  await sees(to, 'text', (seen) => seen.text === text && seen.replyTo === asked.own, patienceMs);
}

async function reaction(way: Way): Promise<void> {
  const { from, to } = way;
  const { own: target, theirs } = await exchanged({ ...way, from: to, to: from }, 'react to this');
  for (const emoji of ['👍', '🎉', undefined]) {
    const emojis = emoji === undefined ? [] : [emoji];
    await from.react(theirs, emojis);
    const wanted = JSON.stringify(emojis);
    const last = (): string =>
      JSON.stringify(to.seen().findLast((one) => one.kind === 'reactions' && one.target === target));
    await eventually(
      `reactions ${wanted}`,
      () => {
        const seen = to.seen().findLast((one) => one.kind === 'reactions' && one.target === target);
        return seen?.kind === 'reactions' && bare(seen.emojis) === wanted ? true : undefined;
      },
      patienceMs,
      last,
    );
  }
}

/** Some write an emoji with a variation selector, which changes nothing of it. */
function bare(emojis: readonly string[]): string {
  return JSON.stringify(emojis.map((one) => one.replaceAll('\u{fe0f}', '')));
}

async function edit(way: Way): Promise<void> {
  const { from, to, mark } = way;
  const { own, theirs } = await exchanged(way, 'before');
  for (const text of [mark('after'), mark('once more')]) {
    await from.edit(own, text);
    await sees(to, 'edit', (seen) => seen.text === text && seen.target === theirs, patienceMs);
  }
}

async function revoke(way: Way): Promise<void> {
  const { own, theirs } = await exchanged(way, 'a mistake');
  await way.from.retract(own);
  await sees(way.to, 'retraction', (seen) => seen.target === theirs, patienceMs);
}

async function file(way: Way, sort: MediaSort): Promise<void> {
  const sample = sampleOf(sort, way.mark(sort));
  const known = new Set(
    way.to.richSeen().map(({ kind, ...rest }) => `${kind} ${'id' in rest ? rest.id : ''}`),
  );
  await way.from.sendMedia(sample);
  const isIt = (one: RichSeenOf<'media'>): boolean =>
    sort === 'contact'
      ? !known.has(`media ${one.id}`)
      : one.name === sample.name || isNameless(sort, one, known);
  const seen = await sawRich(way.to, 'media', isIt, patienceMs);
  assert.equal(seen.sort, sort);
  if (sort === 'contact') {
    const card = Buffer.from(await seen.load()).toString();
    assert.ok(card.includes('FN:Carol Example') && card.includes('+4915112345678'), card);
    return;
  }
  assert.ok(Buffer.from(await seen.load()).equals(Buffer.from(sample.bytes)), 'the bytes are others');
  assert.equal(seen.type.split(';')[0], sample.type);
  assert.equal(seen.caption, sample.caption);
  if (sort === 'voice' || sort === 'audio' || sort === 'video')
    assert.ok(
      Math.abs((seen.duration ?? 0) - (sample.duration ?? 0)) <= 1_000,
      `duration ${seen.duration ?? 'none'}`,
    );
  if (sort === 'voice') likeWave(seen.waveform, sample.waveform);
  if (sort === 'image' || sort === 'video')
    assert.deepEqual([seen.width, seen.height], [sample.width, sample.height]);
}

/** What has no name there is known by being new. */
function isNameless(
  sort: MediaSort,
  { id, sort: seen }: RichSeenOf<'media'>,
  known: ReadonlySet<string>,
): boolean {
  return sort !== 'file' && seen === sort && !known.has(`media ${id}`);
}

function likeWave(seen: readonly number[] | undefined, sent: readonly number[] | undefined): void {
  assert.ok(seen !== undefined && sent !== undefined, 'there is no waveform');
  assert.equal(seen.length, sent.length);
  for (const [at, height] of sent.entries())
    assert.ok(
      Math.abs((seen[at] ?? -1) - height) <= 0.03,
      `waveform at ${at}: ${seen[at] ?? 'none'}, not ${height}`,
    );
}

async function captioned({ from, to, mark }: Way): Promise<void> {
  const sample = sampleOf('image', mark('captioned'));
  const own = await from.sendMedia(sample);
  const { id } = await sawRich(to, 'media', (one) => one.caption === sample.caption, patienceMs);
  const caption = mark('another caption');
  await from.editCaption(own, sample, caption);
  const changed = await sawRich(to, 'changed', (one) => one.text === caption, patienceMs);
  assert.equal(changed.target, id);
  await from.retract(own);
  await sees(to, 'retraction', (seen) => seen.target === id, patienceMs);
}

async function location({ from, to, mark }: Way): Promise<void> {
  const description = mark('the sea');
  await from.sendPlace({ latitude: 52.5, longitude: 13.4, description });
  const { place } = await sawRich(to, 'place', (one) => one.place.description === description, patienceMs);
  assert.deepEqual([place.latitude, place.longitude], [52.5, 13.4]);
}

async function delivery({ from, mark }: Way): Promise<void> {
  const own = await from.say(mark('receipted'));
  await eventually('a delivery receipt', () => from.isDelivered(own) || undefined, patienceMs);
}

/** A homeserver takes events of 64 KiB, sealed: what is longer comes in parts. */
async function long({ name, from, to, mark }: Way): Promise<void> {
  const text = `${mark('long')} ${'word '.repeat(name === 'to Matrix' ? 12_000 : 6_000)}end`;
  const before = textsOf(to).length;
  await from.say(text);
  const there = (): string => textsOf(to).slice(before).join('');
  await eventually(
    'all of the long text',
    () => (there().replaceAll(/\s/g, '') === text.replaceAll(/\s/g, '') ? true : undefined),
    patienceMs,
    () => `${there().length} of ${text.length} characters are there`,
  );
}

async function plain(way: Way): Promise<void> {
  await exchanged(way, 'text');
}
