import type { Device, DeviceState, Engine, SealingRoom, Trouble } from '../../src/crypto/megolm/engine.ts';

/** Something that the engine was asked to do. */
export type EngineCall =
  | { readonly kind: 'seal'; readonly device: Device; readonly room: SealingRoom; readonly type: string }
  | { readonly kind: 'discard'; readonly room: string }
  | { readonly kind: 'identify'; readonly device: Device }
  | { readonly kind: 'forget'; readonly device: Device }
  | { readonly kind: 'changed'; readonly changed: readonly string[]; readonly left: readonly string[] };

/** An engine without cryptography: what it seals can be read by everybody, and it does what a test tells it. */
export class FakeEngine implements Engine {
  readonly calls: EngineCall[] = [];
  readonly kept = new Set<string>();
  /** Answered once by the next call of the kind. */
  readonly troubles = new Map<EngineCall['kind'], Trouble>();
  name: string | Trouble = 'gen';
  /** Done while something is sealed. */
  whileSealing: () => void = () => undefined;

  async generation(): Promise<string | Trouble> {
    return this.name;
  }

  async stale(): Promise<readonly Device[]> {
    return [...this.kept]
      .map((one) => JSON.parse(one) as Device)
      .filter(({ deviceId }) => typeof this.name !== 'string' || !deviceId.endsWith(this.name));
  }

  async guests(): Promise<readonly Device[]> {
    return [...this.kept].map((one) => JSON.parse(one) as Device).filter(({ guest }) => guest === true);
  }

  async identify(device: Device): Promise<undefined | Trouble> {
    const trouble = this.#trouble('identify');
    this.calls.push({ kind: 'identify', device });
    if (trouble === undefined) this.kept.add(JSON.stringify(device));
    return trouble;
  }

  async seal(
    device: Device,
    room: SealingRoom,
    event: { readonly type: string; readonly content: string },
  ): ReturnType<Engine['seal']> {
    this.calls.push({ kind: 'seal', device, room, type: event.type });
    const trouble = this.#trouble('seal');
    if (trouble !== undefined) return trouble;
    this.whileSealing();
    return {
      kind: 'sealed',
      content: JSON.stringify({ algorithm: 'm.megolm.v1.aes-sha2', ciphertext: event.content }),
    };
  }

  async open(): ReturnType<Engine['open']> {
    return { kind: 'locked', sessionId: 'none', withheld: undefined };
  }

  async mark(): Promise<undefined> {
    return undefined;
  }

  async pull(): Promise<undefined> {
    return undefined;
  }

  async devicesChanged(changed: readonly string[], left: readonly string[]): Promise<undefined | Trouble> {
    this.calls.push({ kind: 'changed', changed, left });
    return this.#trouble('changed');
  }

  async discard(room: string): Promise<undefined | Trouble> {
    this.calls.push({ kind: 'discard', room });
    return this.#trouble('discard');
  }

  async forget(device: Device): Promise<undefined | Trouble> {
    this.calls.push({ kind: 'forget', device });
    this.kept.delete(JSON.stringify(device));
    return undefined;
  }

  async describe(userId: string): Promise<readonly DeviceState[]> {
    return [...this.kept]
      .map((one) => JSON.parse(one) as Device)
      .filter((device) => device.userId === userId)
      .map((device) => ({
        ...{ device, open: true, curve25519: 'curve', ed25519: 'ed' },
        ...{ crossSigned: true, oneTimeKeys: 50 },
      }));
  }

  load(): ReturnType<Engine['load']> {
    return { open: 1, known: this.kept.size, restarts: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** The calls of one kind. */
  of<K extends EngineCall['kind']>(kind: K): readonly Extract<EngineCall, { readonly kind: K }>[] {
    return this.calls.filter((call): call is Extract<EngineCall, { readonly kind: K }> => call.kind === kind);
  }

  #trouble(kind: EngineCall['kind']): Trouble | undefined {
    const trouble = this.troubles.get(kind);
    this.troubles.delete(kind);
    return trouble;
  }
}

/** A trouble that passes, unless it says otherwise. */
export function troubled(more: Partial<Trouble> = {}): Trouble {
  return {
    kind: 'trouble',
    what: 'homeserver',
    retry: 'later',
    afterMs: undefined,
    errcode: undefined,
    cause: undefined,
    ...more,
  };
}
