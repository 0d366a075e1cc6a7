/** How a session begins after the handshake, and how it ends: public client knowledge [P]. */
import { children, makeNode, type Node } from '../node/node.ts';
import { endNames, names, stanzaTags } from '../profile/stanza-profile.ts';
import { numberText } from './envelope.ts';
import { fieldsOf } from './fields.ts';
import type { StanzaFailed } from './failed.ts';

/** The server took the client in. */
export interface SuccessStanza {
  readonly kind: 'success';
  /** The server's clock, in seconds since 1970. */
  readonly time: number | undefined;
  readonly location: string | undefined;
}

/** The server did not take the client in. */
export interface FailureStanza {
  readonly kind: 'failure';
  /** A number such as HTTP has: 401 logged out, 403 banned, 503 try later. */
  readonly reason: number;
  readonly location: string | undefined;
  /** Seconds that a ban lasts. */
  readonly expire: number | undefined;
}

/** The server ends the stream, for a reason. */
export interface StreamErrorStanza {
  readonly kind: 'stream-error';
  readonly code: number | undefined;
  readonly about: StreamTrouble;
}

export type StreamTrouble =
  /** Another connection took this one's place, or (`device_removed`) the account is gone. */
  | { readonly kind: 'conflict'; readonly type: string | undefined }
  /** The name of the first thing that the server says; nothing where it says nothing. */
  | { readonly kind: 'other'; readonly tag: string | undefined };

/** The stream ends, without a reason. */
export interface StreamEndStanza {
  readonly kind: 'stream-end';
}

/** Reads a success. */
export function parseSuccess(node: Node): SuccessStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const stanza: SuccessStanza = {
    kind: 'success',
    time: fields.maybeNumber(names.time),
    location: fields.maybeText(endNames.location),
  };
  return fields.failed() ?? stanza;
}

/** The node of a success. */
export function renderSuccess({ time, location }: SuccessStanza): Node {
  return makeNode(stanzaTags.success, { [names.time]: numberText(time), [endNames.location]: location });
}

/** Reads a failure. */
export function parseFailure(node: Node): FailureStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const stanza: FailureStanza = {
    kind: 'failure',
    reason: fields.number(endNames.reason, 0xffff),
    location: fields.maybeText(endNames.location),
    expire: fields.maybeNumber(endNames.expire),
  };
  return fields.failed() ?? stanza;
}

/** The node of a failure. */
export function renderFailure({ reason, location, expire }: FailureStanza): Node {
  return makeNode(stanzaTags.failure, {
    [endNames.reason]: String(reason),
    [endNames.location]: location,
    [endNames.expire]: numberText(expire),
  });
}

/** Reads a stream error. */
export function parseStreamError(node: Node): StreamErrorStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const conflict = fields.maybeChild(endNames.conflict);
  const stanza: StreamErrorStanza = {
    kind: 'stream-error',
    code: fields.maybeNumber(names.code, 0xffff),
    about:
      conflict === undefined
        ? { kind: 'other', tag: children(node)[0]?.tag }
        : { kind: 'conflict', type: conflict.maybeText(names.type) },
  };
  return fields.failed() ?? stanza;
}

/** The node of a stream error. */
export function renderStreamError({ code, about }: StreamErrorStanza): Node {
  const content = about.kind === 'conflict' ? conflictNode(about.type) : otherNode(about.tag);
  return makeNode(stanzaTags.streamError, { [names.code]: numberText(code) }, content);
}

function conflictNode(type: string | undefined): readonly Node[] {
  return [makeNode(endNames.conflict, { [names.type]: type })];
}

function otherNode(tag: string | undefined): readonly Node[] | undefined {
  return tag === undefined ? undefined : [makeNode(tag, {})];
}
