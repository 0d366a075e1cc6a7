import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fileWordOf } from '../../../../src/interop/message/caption-edit.ts';
import { pad } from '../../../../src/interop/message/padding.ts';
import { encodeMessage } from '../../../../src/interop/message/protobuf.ts';
import type { WireMessage } from '../../../../src/interop/message/wire-message.ts';
import { anyMessage } from '../../../support/wire-messages.ts';

function wordOf(message: WireMessage): ReturnType<typeof fileWordOf> {
  return fileWordOf(pad(encodeMessage(message), 4));
}

describe('files that messages tell of', () => {
  const mediaKey = new Uint8Array(32).fill(1);

  it('are known from edits of their captions', () => {
    const caption = { caption: 'words' };
    const edit = (editedMessage: WireMessage): WireMessage => {
      return { protocolMessage: { key: { id: 'OLD' }, type: 14, editedMessage } };
    };
    const wrapped = { documentWithCaptionMessage: { message: { documentMessage: caption } } };
    assert.deepEqual(wordOf({ imageMessage: { mediaKey } }), { kind: 'file' });
    assert.deepEqual(wordOf({ ephemeralMessage: { message: { videoMessage: { mediaKey } } } }), {
      kind: 'file',
    });
    assert.deepEqual(wordOf(edit({ imageMessage: caption })), { kind: 'caption', of: 'OLD' });
    assert.deepEqual(wordOf(edit(wrapped)), { kind: 'caption', of: 'OLD' });
    assert.deepEqual(wordOf(edit({ imageMessage: { ...caption, mediaKey } })), { kind: 'neither' });
    assert.deepEqual(wordOf(edit({ conversation: 'words' })), { kind: 'neither' });
    assert.deepEqual(wordOf({ conversation: 'words' }), { kind: 'neither' });
  });

  it('are looked for in anything', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyMessage(3).map((one) => pad(encodeMessage(one), 2)),
          fc.uint8Array(),
        ),
        (bytes) => {
          assert.ok(['file', 'caption', 'neither'].includes(fileWordOf(bytes).kind));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
