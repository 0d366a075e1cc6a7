/** A process with a crypto engine that seals and opens until it is killed. Its homeserver is the process that forked it. */
import type { Device, DeviceAnswer, LockedEvent } from '../../src/crypto/megolm/engine.ts';
import { openEngine } from '../../src/crypto/megolm/open-engine.ts';
import { paperRoom, text } from './paper-engine.ts';

/** What the child says. */
export type FromChild =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly as: { userId: string; deviceId: string | undefined };
      readonly request: never;
    }
  | { readonly kind: 'sealed'; readonly room: string; readonly content: string }
  | { readonly kind: 'opened'; readonly eventId: string; readonly outcome: string }
  | { readonly kind: 'trouble'; readonly what: string };
/** What it is told. */
export type ToChild =
  | {
      readonly kind: 'begin';
      readonly file: string;
      readonly device: Device;
      readonly reader: string;
      readonly events: readonly LockedEvent[];
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: DeviceAnswer };

const waiting = new Map<number, (answer: DeviceAnswer) => void>();
let last = 0;

function say(message: FromChild): void {
  process.send?.(message);
}

async function run({ file, device, reader, events }: ToChild & { readonly kind: 'begin' }): Promise<void> {
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const engine = await openEngine({
    file,
    key: new Uint8Array(32).fill(5),
    account: '@bridge:paper',
    request: (as, request) =>
      new Promise((resolve) => {
        last += 1;
        waiting.set(last, resolve);
        process.send?.({ kind: 'request', id: last, as, request });
      }),
    strategy: 'all-devices',
    maxOpen: 4,
    idleMs: 60_000,
    freshMs: 60_000,
    events: { keysArrived: () => undefined },
    log: quiet,
  });
  if (engine.kind === 'refused') {
    say({ kind: 'trouble', what: engine.cause });
    return;
  }
  const opening = events.map(async (event) => {
    const opened = await engine.open(device, event);
    say({ kind: 'opened', eventId: event.eventId, outcome: opened.kind });
  });
  const sealing = Array.from({ length: 3 }, async (_, lane) => {
    for (;;) {
      const room = paperRoom(`!room${lane}:paper`, [reader], { rotationMessages: 20 });
      const sealed = await engine.seal(device, room, text);
      if (sealed.kind === 'sealed') say({ kind: 'sealed', room: room.room, content: sealed.content });
      else say({ kind: 'trouble', what: `${sealed.what}: ${String(sealed.cause)}` });
    }
  });
  await Promise.all([...opening, ...sealing]);
}

process.on('message', (message: ToChild) => {
  if (message.kind === 'begin') void run(message);
  else {
    waiting.get(message.id)?.(message.answer);
    waiting.delete(message.id);
  }
});
process.on('disconnect', () => process.exit());
