import type { BridgeEvent, Content, FormattedText, MessageEvent, Target } from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import type { Portal } from '../../core/portal.ts';
import { messageIdFor } from './ids.ts';
import type { FileBody, Packet, PacketBody, TextBody } from './packet.ts';

/** The packet for an event: the same at every attempt. */
export function toPacket(event: BridgeEvent, portal: Portal, body: PacketBody): Packet {
  return {
    id: messageIdFor(event.cause),
    from: event.sender.userId,
    to: portal.kind === 'direct' ? portal.remote : portal.key.chat,
    at: event.at,
    body,
  };
}

/** What a message or an edit says. `file` is the world's name for the bytes of media. */
export function contentBody(content: Content, file: string, replyTo?: RemoteMessageId): TextBody | FileBody {
  const reply = replyTo === undefined ? {} : { replyTo };
  if (content.kind === 'text') {
    return {
      kind: 'text',
      style: content.style,
      text: content.text.plain,
      html: content.text.html,
      ...reply,
    };
  }
  const { kind, name, mimetype, size, width, height, duration } = content.media;
  const caption = { caption: content.caption?.plain, captionHtml: content.caption?.html };
  return {
    kind: 'file',
    file,
    media: kind,
    name,
    mimetype,
    size,
    width,
    height,
    duration,
    ...caption,
    ...reply,
  };
}

/** The message that a reply answers, by its name in the world. */
export function repliedTo(event: MessageEvent): RemoteMessageId | undefined {
  return event.replyTo?.messageIds[0];
}

/** A message by its name in the world, which never sends one message as several. */
export function targetId(target: Target): RemoteMessageId {
  return target.messageIds[0];
}

/** The length of what people read, in bytes, as the network's limit counts it. */
export function textBytes(content: Content): number {
  const text: FormattedText | undefined = content.kind === 'text' ? content.text : content.caption;
  return Math.max(Buffer.byteLength(text?.plain ?? ''), Buffer.byteLength(text?.html ?? ''));
}
