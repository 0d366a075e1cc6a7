/** The wire form of the loopback world: one packet shape for both directions. */
import * as z from 'zod';
import { parseMessageId } from './ids.ts';

const messageId = z.string().refine((text) => parseMessageId(text) !== undefined);
const html = z.string().optional();
const replyTo = messageId.optional();
const measure = z.number().nonnegative().optional();

const text = z.object({
  kind: z.literal('text'),
  style: z.enum(['normal', 'emote', 'notice']),
  text: z.string(),
  html,
  replyTo,
});
const file = z.object({
  kind: z.literal('file'),
  /** The world's name for the bytes. */
  file: z.string().min(1),
  media: z.enum(['image', 'video', 'audio', 'file']),
  name: z.string(),
  mimetype: z.string(),
  size: measure,
  width: measure,
  height: measure,
  duration: measure,
  caption: z.string().optional(),
  captionHtml: html,
  replyTo,
});
const edit = z.object({
  kind: z.literal('edit'),
  target: messageId,
  content: z.discriminatedUnion('kind', [text, file]),
});
/** The person's full set of reactions to the target. */
const reaction = z.object({
  kind: z.literal('reaction'),
  target: messageId,
  emojis: z.array(z.string().regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u)).max(64),
});
const retraction = z.object({ kind: z.literal('retraction'), target: messageId });
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

const packet = z.object({
  id: messageId,
  from: z.string(),
  to: z.string(),
  at: z.int().nonnegative().max(8.64e15),
  body: z.discriminatedUnion('kind', [text, file, edit, reaction, retraction, receipt, membership, info]),
});
const kindOnly = z.object({ body: z.object({ kind: z.string() }) });

export type TextBody = Readonly<z.infer<typeof text>>;
export type FileBody = Readonly<z.infer<typeof file>>;
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
  readonly at: number;
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

const carried: ReadonlySet<string> = new Set([
  ...[text, file, edit, reaction, retraction, receipt, membership, info].map(
    (schema) => schema.shape.kind.value,
  ),
]);

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return undefined;
  }
}
