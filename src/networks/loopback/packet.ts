/** The wire form of the loopback world: one packet shape for both directions. */
import * as z from 'zod';
import { parseFingerprint } from '../../core/ids.ts';
import { parseMessageId } from './ids.ts';

const messageId = z.string().refine((text) => parseMessageId(text) !== undefined);
const html = z.string().optional();
const replyTo = messageId.optional();
const measure = z.number().nonnegative().optional();

/** How long a message is to stay, in seconds, from when it was sent, or from when its reader has seen it. */
const expires = z.object({
  seconds: z.int().min(1).max(157_680_000),
  from: z.enum(['sending', 'reading']),
});
/** What any message may say beside its content. */
const relations = {
  replyTo,
  expires: expires.optional(),
  /** The message that began the thread. */
  thread: messageId.optional(),
  /** Whom it calls: people of the world and Matrix user IDs. */
  mentions: z.array(z.string().max(300)).max(100).optional(),
  /** Whether it calls everybody in the chat. */
  mentionsRoom: z.boolean().optional(),
};
const text = z.object({
  kind: z.literal('text'),
  style: z.enum(['normal', 'emote', 'notice']),
  text: z.string(),
  html,
  ...relations,
});
const item = {
  /** The world's name for the bytes. */
  file: z.string().min(1),
  media: z.enum(['image', 'video', 'audio', 'voice', 'sticker', 'contact', 'file']),
  name: z.string(),
  mimetype: z.string(),
  size: measure,
  width: measure,
  height: measure,
  duration: measure,
  waveform: z.array(z.number().min(0).max(1)).max(256).optional(),
  blurhash: z
    .string()
    .regex(/^[\x21-\x7e]{6,168}$/)
    .optional(),
  /** A small picture of it, by the world's name for its bytes. */
  thumbnail: z
    .object({ file: z.string().min(1), mimetype: z.string(), size: measure, width: measure, height: measure })
    .optional(),
};
const captions = { caption: z.string().optional(), captionHtml: html };
const file = z.object({ kind: z.literal('file'), ...item, ...captions, ...relations });
/** Several files as one message; each has a name of its own: `partName` in ids.ts. */
const gallery = z.object({
  kind: z.literal('gallery'),
  items: z.array(z.object(item)).min(2).max(64),
  ...captions,
  ...relations,
});
const location = z.object({
  kind: z.literal('location'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  accuracy: measure,
  description: z.string().optional(),
  ...relations,
});
const answerId = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u);
const poll = z.object({
  kind: z.literal('poll'),
  question: z.string().min(1),
  answers: z
    .array(z.object({ id: answerId, text: z.string().min(1) }))
    .min(1)
    .max(20),
  maxSelections: z.int().min(1).max(20),
  disclosed: z.boolean(),
  ...relations,
});
const said = z.discriminatedUnion('kind', [text, file, gallery, location, poll]);
const edit = z.object({ kind: z.literal('edit'), target: messageId, content: said });
/** A choice in place of an earlier one. */
const vote = z.object({ kind: z.literal('vote'), target: messageId, choices: z.array(answerId).max(20) });
const pollEnd = z.object({ kind: z.literal('poll-end'), target: messageId });
/** The person's full set of reactions to the target. */
const reaction = z.object({
  kind: z.literal('reaction'),
  target: messageId,
  emojis: z.array(z.string().regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u)).max(64),
});
const retraction = z.object({
  kind: z.literal('retraction'),
  target: messageId,
  /** Of what somebody else wrote, by a moderator of the group. */
  moderated: z.literal(true).optional(),
  reason: z.string().optional(),
});
const receipt = z.object({
  kind: z.literal('receipt'),
  target: messageId,
  receipt: z.enum(['delivered', 'undelivered']),
});

/** A change of who is in a group. `member` is a person of the world or a Matrix user ID. */
const membership = z.object({
  kind: z.literal('membership'),
  member: z.string().min(1).max(255),
  nick: z.string().optional(),
  change: z.object({
    kind: z.enum(['join', 'leave', 'invite', 'kick', 'ban', 'unban', 'role']),
    reason: z.string().optional(),
    role: z.enum(['owner', 'admin', 'moderator', 'member', 'visitor']).optional(),
  }),
});
/** A group is called something else now, or is about something else. */
const info = z.object({
  kind: z.literal('info'),
  name: z.string().optional(),
  topic: z.string().optional(),
});

/** Somebody calls, or stops; `call` is the same in both. */
const call = z.object({
  kind: z.literal('call'),
  call: messageId,
  change: z.enum(['ring', 'end']),
  media: z.enum(['audio', 'video']).optional(),
});
/** How long what is said in the chat from now on is to stay; for good where `expires` is absent. */
const timer = z.object({ kind: z.literal('timer'), expires: expires.optional() });
const fingerprint = z.string().refine((text) => parseFingerprint(text) !== undefined);
/** The sender's encryption identity, as the receiver sees it. */
const identity = z.object({
  kind: z.literal('identity'),
  identity: fingerprint,
  previous: fingerprint.optional(),
  /** The receiver has verified it at a client of the world's own. */
  verified: z.boolean().optional(),
});

const bodies = [
  ...[text, file, gallery, location, poll],
  ...[edit, reaction, retraction, vote, pollEnd, receipt],
  ...[membership, info, call, timer, identity],
] as const;
const packet = z.object({
  id: messageId,
  from: z.string(),
  to: z.string(),
  /** Whose message it is where not that of `from`: an account of the receiver, at another client of theirs. */
  by: z.string().optional(),
  at: z.int().nonnegative().max(8.64e15),
  /** It comes later than what was said after it. */
  late: z.literal(true).optional(),
  body: z.discriminatedUnion('kind', bodies),
});
const kindOnly = z.object({ body: z.object({ kind: z.string() }) });

export type TextBody = Readonly<z.infer<typeof text>>;
export type FileBody = Readonly<z.infer<typeof file>>;
/** A file in the world, as a message describes it. */
export type FileItem = Omit<FileBody, 'kind' | keyof typeof captions | keyof typeof relations>;
/** What a message or an edit says. */
export type SaidBody = Readonly<z.infer<typeof said>>;
/** How long something stays in the world. */
export type WorldExpiry = Readonly<z.infer<typeof expires>>;
/** What a message says beside its content. */
export type RelationFields = Pick<TextBody, keyof typeof relations>;
export type ChangeBody = Readonly<z.infer<typeof membership>>;
/** What people say to each other. */
export type PacketBody = Readonly<z.infer<typeof packet>['body']>;
/** What the bridge itself says to a person: a login code, or that a packet of theirs was not passed on, and why. */
export type BridgeBody =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refusal'; readonly target: string; readonly reason: string };

/** A packet as it travels. `from` and `to` are a person of the world and a Matrix user ID, either way round, or `to` a group. */
export interface Packet<B = PacketBody> {
  /** Unique in the world for ever; a packet that comes twice comes under the same id. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly by?: string | undefined;
  readonly at: number;
  readonly late?: true | undefined;
  readonly body: B;
}

export type ParsedPacket =
  | { readonly kind: 'packet'; readonly packet: Packet }
  | { readonly kind: 'unknown-kind' }
  | { readonly kind: 'broken' };

/** Parses a serialised packet; total, whatever the text is. */
export function parsePacket(raw: string): ParsedPacket {
  const value = parseJson(raw);
  const known = packet.safeParse(value);
  if (known.success) return { kind: 'packet', packet: known.data };
  const other = kindOnly.safeParse(value);
  return other.success && !carried.has(other.data.body.kind) ? { kind: 'unknown-kind' } : { kind: 'broken' };
}

const carried: ReadonlySet<string> = new Set([...bodies.map((schema) => schema.shape.kind.value)]);

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return undefined;
  }
}
