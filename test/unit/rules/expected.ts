/**
 * What rules do to events, written out: for each feature and action what arrives in its place, and what people are told. It is
 * the same in both directions, in direct chats and in groups, and on every network.
 */
import type { Feature } from '../../../src/core/network.ts';
import type { Unsupported } from '../../../src/core/outcome.ts';
import type { Direction } from '../../../src/core/policy.ts';
import type { Action } from '../../../src/rules/rule.ts';
import type { TextKey } from '../../../src/texts/catalogue.ts';

/** What the line says: that nothing went over, or what went in its place. */
type Notice = Extract<TextKey, 'rules.refused' | `rules.instead.${string}`>;
/** What arrives, in short (`-` where nothing does), and the text that a Matrix user is told, who sent it. */
export type Ending = readonly [arrives: string, told: Notice | 'nothing'];
/** `impossible`: such a rule is refused when it is loaded. */
export type Expected = Ending | 'impossible';
type Row = Readonly<Record<Action, Expected>>;

const lost: Ending = ['-', 'nothing'];
const refused: Ending = ['-', 'rules.refused'];

/** A feature with a form that does without it. */
function instead(as: string, without: string, told: Notice): Row {
  return { allow: [as, 'nothing'], convert: [without, told], drop: lost, refuse: refused };
}
/** A feature that passes or does not. */
function whole(as: string): Row {
  return { allow: [as, 'nothing'], convert: 'impossible', drop: lost, refuse: refused };
}
/** What nobody sends by hand: nobody is told of it. */
function unsaid(as: string): Row {
  return { allow: [as, 'nothing'], convert: 'impossible', drop: lost, refuse: lost };
}

export const expected: Readonly<Record<Feature, Row>> = {
  text: whole('hello'),
  formatting: instead('hello <b>hello</b>', 'hello', 'rules.instead.plain'),
  image: instead('[image]', '[file]', 'rules.instead.file'),
  video: instead('[video]', '[file]', 'rules.instead.file'),
  audio: instead('[audio]', '[file]', 'rules.instead.file'),
  voice: instead('[voice]', '[audio]', 'rules.instead.audio'),
  file: instead('[file]', 'a file', 'rules.instead.name'),
  sticker: instead('[sticker]', '[image]', 'rules.instead.image'),
  location: instead('[location]', 'here\ngeo:1.5,2', 'rules.instead.text'),
  contact: instead('[contact]', '[file]', 'rules.instead.file'),
  poll: instead('[poll]', 'when?\n1. now\n2. later', 'rules.instead.text'),
  reply: instead('hello, a reply', 'hello', 'rules.instead.message'),
  thread: instead('hello, in a thread', 'hello, a reply', 'rules.instead.reply'),
  mention: instead('hello, calling', 'hello', 'rules.instead.uncalled'),
  edit: instead('edit: hello', '* hello, a reply', 'rules.instead.copy'),
  reaction: instead('reaction: 👍', '👍, a reply', 'rules.instead.said'),
  redaction: whole('redaction'),
  'delivery-receipt': unsaid('receipt'),
  'read-receipt': unsaid('receipt'),
  typing: unsaid('typing'),
  presence: unsaid('presence'),
  group: whole('hello'),
  link: instead('see https://example.org/a', 'see hxxps[:]//example[.]org/a', 'rules.instead.unlinked'),
  call: instead('call', '📞', 'rules.instead.sign'),
  disappearing: instead('hello, for a while', 'hello', 'rules.instead.told'),
};

/** What is expected where no rule of the administrator's is about it. */
export const unruled: Readonly<Record<Feature, Expected>> = {
  text: ['hello', 'nothing'],
  formatting: ['hello <b>hello</b>', 'nothing'],
  image: ['[image]', 'nothing'],
  video: ['[video]', 'nothing'],
  audio: ['[audio]', 'nothing'],
  voice: ['[voice]', 'nothing'],
  file: ['[file]', 'nothing'],
  sticker: ['[sticker]', 'nothing'],
  location: ['[location]', 'nothing'],
  contact: ['[contact]', 'nothing'],
  poll: ['[poll]', 'nothing'],
  reply: ['hello, a reply', 'nothing'],
  thread: ['hello, in a thread', 'nothing'],
  mention: ['hello, calling', 'nothing'],
  edit: ['edit: hello', 'nothing'],
  reaction: ['reaction: 👍', 'nothing'],
  redaction: ['redaction', 'nothing'],
  'delivery-receipt': ['receipt', 'nothing'],
  'read-receipt': ['receipt', 'nothing'],
  typing: ['typing', 'nothing'],
  presence: ['presence', 'nothing'],
  group: ['hello', 'nothing'],
  link: ['see https://example.org/a', 'nothing'],
  call: ['call', 'nothing'],
  disappearing: ['hello, for a while', 'nothing'],
};

/** The preset of WhatsApp, for events that no rule of the administrator's is about: the rule that decides. */
export const presetOfWhatsapp: Readonly<Partial<Record<Feature, readonly [rule: string, Expected]>>> = {
  sticker: ['whatsapp.stickers', refused],
  disappearing: ['whatsapp.disappearing', refused],
};

/**
 * What somebody on XMPP is told, in an error, whose event a rule refused in a direct chat; in rooms nothing, since an error
 * would put the bridge out of the room. Nobody there is told of what was changed or dropped.
 */
export const toldOnXmpp = 'rules.refused-remote';

/** How the platform is called in what people are told. */
export const platforms = { xmpp: 'XMPP', loopback: 'Loopback', whatsapp: 'WhatsApp' } as const;

export const directions: readonly Direction[] = ['to-network', 'to-matrix'];

/** What rules let pass and a network does not carry at all: how it ends, and its sender is told. */
export const notCarried: Readonly<
  Record<keyof typeof platforms, Partial<Record<Feature, Unsupported>> | undefined>
> = {
  xmpp: { call: { kind: 'unsupported', reason: 'no-calls' } },
  loopback: undefined,
  whatsapp: undefined,
};
