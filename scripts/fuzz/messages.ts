// Hostile plaintexts for the reader of messages: noise, almost-messages, spoilt messages.
import { isDeepStrictEqual } from 'node:util';
import { remoteMessageId, remoteUserId } from '../../src/core/ids.ts';
import { openPlaintext, type OpenContext } from '../../src/interop/message/from-wire.ts';
import { pad, unpad } from '../../src/interop/message/padding.ts';
import { decodeMessage, encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { AnyField, AnyShape } from '../../src/interop/message/shape.ts';
import { messageShape } from '../../src/interop/profile/message-profile.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const context: OpenContext = {
  open: () => async () => ({
    kind: 'failed',
    reason: 'internal',
    retry: { kind: 'never' },
    cause: undefined,
  }),
  whoIs: (address) =>
    address === '' ? undefined : { party: { in: 'remote', userId: remoteUserId(address) }, name: 'somebody' },
};
const came = {
  cause: 'cause',
  sender: { in: 'remote', userId: remoteUserId('1-1@interop') },
  at: 1_700_000_000_000,
  id: remoteMessageId('3EB0'),
} as const;

/** Whatever comes is opened to one outcome; what decodes must encode, and decode to the same again. */
export const messages: Target = {
  name: 'messages',
  attempt: (random) => {
    const padded = plaintextOf(random);
    const { opened, failed } = openPlaintext(padded, came, context);
    checkAgain(padded);
    if (failed !== undefined) return failed.reason;
    return opened.kind === 'event' ? `event ${opened.event.kind}` : `${opened.kind} ${opened.reason}`;
  },
};

function checkAgain(padded: Uint8Array): void {
  const bytes = unpad(padded);
  if (!(bytes instanceof Uint8Array)) return;
  const decoded = decodeMessage(bytes);
  if (decoded.kind === 'failed') return;
  const again = decodeMessage(encodeMessage(decoded.message));
  if (again.kind === 'failed') throw new Error(`encoded, but does not decode: ${again.text}`);
  if (!isDeepStrictEqual(decoded.message, again.message))
    throw new Error('not the same message after another round');
}

function plaintextOf(random: Random): Uint8Array {
  const bytes = random.oneOf([
    noise,
    wholeMessage,
    wholeMessage,
    spoiltMessage,
    spoiltMessage,
    spoiltMessage,
  ])(random);
  return random.below(32) === 0 ? bytes : pad(bytes, 1 + random.below(15));
}

const noise = (random: Random): Uint8Array => random.bytes(random.below(64));

/** A message with one kind of content, or a few. */
function wholeMessage(random: Random): Uint8Array {
  const kinds = Object.entries(messageShape.fields);
  const chosen = Array.from({ length: random.below(8) === 0 ? 2 : 1 }, () => random.oneOf(kinds));
  const message = Object.fromEntries(chosen.map(([name, field]) => [name, valueOf(random, name, field, 0)]));
  return encodeMessage(message);
}

/** All of the fields, half of them, or a few. */
function valuesOf(random: Random, shape: AnyShape, depth: number): Record<string, unknown> {
  const share = random.oneOf(depth > 1 ? [8, 8] : [1, 1, 2, 8]);
  const fields = Object.entries(shape.fields).filter(([, field]) => depth < 5 || !('of' in field));
  const chosen = fields.filter(() => random.below(share) === 0);
  return Object.fromEntries(chosen.map(([name, field]) => [name, valueOf(random, name, field, depth)]));
}

function valueOf(random: Random, name: string, field: AnyField, depth: number): unknown {
  switch (field.type) {
    case 'string':
      return textOf(random, name);
    case 'strings':
      return Array.from({ length: random.below(4) }, () => textOf(random, name));
    case 'bytes':
      return random.bytes(random.oneOf([32, 32, 32, 32, 32, 32, random.below(40)]));
    case 'bool':
      return random.below(2) === 0;
    case 'int32':
      return name === 'type' ? random.oneOf([0, 3, 14, random.below(30)]) : random.below(0x7fff_ffff);
    case 'uint32':
    case 'uint64':
    case 'int64':
      return random.oneOf([0, 86_400, random.below(0xffff_ffff)]);
    case 'double':
      return random.oneOf([0, 12.5, 12.5, -200, Number.POSITIVE_INFINITY, Number.MAX_VALUE]);
    case 'message':
      return valuesOf(random, field.of(), depth + 1);
    case 'messages':
      return Array.from({ length: random.below(4) }, () => valuesOf(random, field.of(), depth + 1));
  }
}

const words = [
  '*bold*',
  '_it_',
  '~no~',
  '`code`',
  '```',
  '> ',
  '- ',
  '1. ',
  '\n',
  ' ',
  '@1-7',
  'https://e.org/_a_',
];

function textOf(random: Random, name: string): string {
  const likely = likelyTexts[name];
  if (likely !== undefined && random.below(8) > 0) return likely;
  return random.oneOf([
    () => '',
    () => Array.from({ length: random.below(12) }, () => random.oneOf(words)).join(''),
    () => Buffer.from(random.bytes(random.below(40))).toString('utf8'),
  ])();
}

const likelyTexts: Readonly<Record<string, string>> = {
  id: 'ABCDEF0123456789',
  stanzaId: 'ABCDEF0123456789',
  mentionedJid: '1-7@interop',
  directPath: '/v/t62.7118-24/1',
  mimetype: 'image/jpeg',
  vcard: 'BEGIN:VCARD\nVERSION:3.0\nFN:Some\nEND:VCARD',
};

/** Flips, cuts, doubles and puts in, up to three times. */
function spoiltMessage(random: Random): Uint8Array {
  let bytes = [...wholeMessage(random)];
  for (let times = random.below(3); times >= 0; times -= 1) {
    const at = random.below(bytes.length + 1);
    const kind = random.below(5);
    if (kind === 0) bytes[at] = random.below(256);
    if (kind === 1) bytes = bytes.slice(0, at);
    if (kind === 2) bytes.splice(at, 0, random.below(256), random.below(256));
    if (kind === 3) bytes.splice(at, random.below(4));
    if (kind === 4) bytes.splice(at, 0, ...bytes.slice(at, at + random.below(20)));
  }
  return Uint8Array.from(bytes);
}
