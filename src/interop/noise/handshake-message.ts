/** The protobuf `HandshakeMessage` of WhatsApp's clients [P]: one of three messages, each a frame. */
import { noiseProfile } from '../profile/noise-profile.ts';
import { tagBytes } from './aead.ts';
import { curveKeyBytes } from './curve-key.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';
import { readFields, writeFields } from './fields.ts';

export interface ClientHello {
  readonly kind: 'client-hello';
  readonly ephemeral: Uint8Array;
}

export interface ServerHello {
  readonly kind: 'server-hello';
  readonly ephemeral: Uint8Array;
  readonly sealedStatic: Uint8Array;
  readonly sealedPayload: Uint8Array;
}

export interface ClientFinish {
  readonly kind: 'client-finish';
  readonly sealedStatic: Uint8Array;
  readonly sealedPayload: Uint8Array;
}

export type HandshakeMessage = ClientHello | ServerHello | ClientFinish;
type Kind = HandshakeMessage['kind'];

export function writeHandshakeMessage(message: HandshakeMessage): Uint8Array {
  const { handshakeMessage: outer } = noiseProfile;
  switch (message.kind) {
    case 'client-hello':
      return writeFields(outer, {
        clientHello: writeFields(noiseProfile.clientHello, { ephemeral: message.ephemeral }),
      });
    case 'server-hello':
      return writeFields(outer, {
        serverHello: writeFields(noiseProfile.serverHello, {
          ephemeral: message.ephemeral,
          static: message.sealedStatic,
          payload: message.sealedPayload,
        }),
      });
    case 'client-finish':
      return writeFields(outer, {
        clientFinish: writeFields(noiseProfile.clientFinish, {
          static: message.sealedStatic,
          payload: message.sealedPayload,
        }),
      });
  }
}

/**
 * Reads the message that is due, with all its parts at their sizes. Another one, or more than one, is `wrong-message`; a
 * first message that already has a static key or payload belongs to another Noise pattern (IK): `wrong-pattern`.
 */
export function readHandshakeMessage<K extends Kind>(
  kind: K,
  bytes: Uint8Array,
): Extract<HandshakeMessage, { kind: K }> | NoiseFailure;
export function readHandshakeMessage(kind: Kind, bytes: Uint8Array): HandshakeMessage | NoiseFailure {
  const outer = readFields(noiseProfile.handshakeMessage, bytes);
  if (outer === undefined) return noiseFailure('malformed-message');
  const inner = {
    'client-hello': outer.clientHello,
    'server-hello': outer.serverHello,
    'client-finish': outer.clientFinish,
  }[kind];
  if (inner === undefined || Object.keys(outer).length !== 1) return noiseFailure('wrong-message');
  switch (kind) {
    case 'client-hello':
      return readClientHello(inner);
    case 'server-hello':
      return readServerHello(inner);
    case 'client-finish':
      return readClientFinish(inner);
  }
}

function readClientHello(bytes: Uint8Array): ClientHello | NoiseFailure {
  const fields = readFields(noiseProfile.clientHello, bytes);
  if (fields === undefined) return noiseFailure('malformed-message');
  if (fields.static !== undefined || fields.payload !== undefined) return noiseFailure('wrong-pattern');
  if (fields.ephemeral?.length !== curveKeyBytes) return noiseFailure('wrong-size');
  return { kind: 'client-hello', ephemeral: fields.ephemeral };
}

function readServerHello(bytes: Uint8Array): ServerHello | NoiseFailure {
  const fields = readFields(noiseProfile.serverHello, bytes);
  if (fields === undefined) return noiseFailure('malformed-message');
  if (fields.ephemeral?.length !== curveKeyBytes) return noiseFailure('wrong-size');
  const sealed = sealedParts(fields.static, fields.payload);
  return sealed === undefined
    ? noiseFailure('wrong-size')
    : { kind: 'server-hello', ephemeral: fields.ephemeral, ...sealed };
}

function readClientFinish(bytes: Uint8Array): ClientFinish | NoiseFailure {
  const fields = readFields(noiseProfile.clientFinish, bytes);
  if (fields === undefined) return noiseFailure('malformed-message');
  const sealed = sealedParts(fields.static, fields.payload);
  return sealed === undefined ? noiseFailure('wrong-size') : { kind: 'client-finish', ...sealed };
}

function sealedParts(
  sealedStatic: Uint8Array | undefined,
  sealedPayload: Uint8Array | undefined,
): Pick<ClientFinish, 'sealedStatic' | 'sealedPayload'> | undefined {
  if (sealedStatic?.length !== curveKeyBytes + tagBytes) return undefined;
  if (sealedPayload === undefined || sealedPayload.length < tagBytes) return undefined;
  return { sealedStatic, sealedPayload };
}
