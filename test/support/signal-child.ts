/** A process whose sessions lie in a database, that seals and opens until it is killed. */
import type { Bundle } from '../../src/crypto/signal/bundle.ts';
import type { MessageType, Sealed } from '../../src/crypto/signal/sessions.ts';
import type { Upload } from '../../src/crypto/signal/signal.ts';
import { storageSchema } from '../../src/storage/config.ts';
import { personOn, reasonOf, smallLimits } from './signal-scene.ts';
import { open } from './storage.ts';

/** A message for the child. */
export interface ForChild {
  readonly from: string;
  readonly id: string;
  readonly type: MessageType;
  readonly bytes: Uint8Array;
}
/** What the child is told when it begins: all that came for it so far, and from which number on it is to seal. */
export interface Begin {
  readonly file: string;
  readonly key: string;
  readonly bundle: Bundle;
  readonly letters: readonly ForChild[];
  readonly from: number;
}
/** What it says. */
export type FromSignalChild =
  | { readonly kind: 'uploaded'; readonly upload: Upload }
  | { readonly kind: 'sealed'; readonly id: string; readonly message: Sealed }
  | { readonly kind: 'opened'; readonly id: string; readonly text: string }
  | { readonly kind: 'released'; readonly id: string }
  | { readonly kind: 'failed'; readonly what: string; readonly id: string; readonly reason: string };

const say = (message: FromSignalChild): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, {}, () => resolve());
  });

async function run({ file, key, bundle, letters, from }: Begin): Promise<void> {
  const storage = await open(storageSchema.parse({ file, key }));
  const { party } = await personOn(storage.signal, 'child', { ...smallLimits, maxPrekeys: 1_000 });
  const fail = (what: string, id: string, result: { readonly kind: string }): Promise<void> =>
    say({ kind: 'failed', what, id, reason: reasonOf(result) ?? result.kind });
  const upload = await party.upload(0);
  if (upload.kind === 'upload') {
    await party.uploaded(upload);
    await say({ kind: 'uploaded', upload });
  }
  if (!(await party.has('reader'))) await party.establish('reader', bundle);
  const opening = letters.map(async (letter) => {
    const { id } = letter;
    const result = await party.open(letter.from, id, letter.type, letter.bytes);
    if (result.kind === 'failed') return fail('open', id, result);
    await say({ kind: 'opened', id, text: Buffer.from(result.bytes).toString() });
    if (Number(id.slice(1)) % 2 !== 0) return;
    await party.releaseOpened(letter.from, id);
    await say({ kind: 'released', id });
  });
  const sealing = async (): Promise<void> => {
    for (let number = from; ; number += 1) {
      const id = `S${number}`;
      const message = await party.seal('reader', id, Buffer.from(`this is ${id}`));
      await (message.kind === 'sealed' ? say({ kind: 'sealed', id, message }) : fail('seal', id, message));
    }
  };
  await Promise.all([...opening, sealing()]);
}

process.on('message', (begin: Begin) => void run(begin));
process.on('disconnect', () => process.exit());
