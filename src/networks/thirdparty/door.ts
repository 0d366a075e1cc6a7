/**
 * Streams of the chat channel, from TCP and WebSocket: how many may shake hands at once, in all and from one address, and
 * for how long. Who gets through has a session.
 */
import type { Duplex } from 'node:stream';
import { task, type Log } from '../../core/task.ts';
import { openAsResponder, type Channel } from '../../interop/noise/channel.ts';
import { noiseProfile } from '../../interop/profile/noise-profile.ts';
import type { ResponderInput } from '../../interop/noise/responder.ts';
import type { ClientPeer } from '../../interop/noise/wire.ts';
import type { AdmissionTime } from './admission.ts';
import { addressGroup } from './address-group.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits } from './host-options.ts';

export interface DoorDeps {
  readonly responder: () => ResponderInput;
  /** Takes a client whose key is proved and nothing else, and answers what is to be run for it, or why it may not come in. */
  readonly admit: (channel: Channel, peer: ClientPeer, time: AdmissionTime) => Promise<() => Promise<void>>;
  readonly counts: HostCounts;
  readonly limits: HostLimits;
  readonly log: Log;
}

export class Door implements AsyncDisposable {
  readonly #deps: DoorDeps;
  readonly #stop = new AbortController();
  readonly #ofAddress = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  #open = 0;

  constructor(deps: DoorDeps) {
    this.#deps = deps;
  }

  /** Whether a handshake from there may begin. */
  hasRoom(address: string): boolean {
    const { handshakes, handshakesOfAddress } = this.#deps.limits;
    const ofAddress = this.#ofAddress.get(addressGroup(address)) ?? 0;
    return !this.#stop.signal.aborted && this.#open < handshakes && ofAddress < handshakesOfAddress;
  }

  /** Takes a stream over; where there is no room it is gone at once. */
  take(stream: Duplex, address: string): void {
    const { counts, log } = this.#deps;
    if (!this.hasRoom(address)) {
      counts.add('handshake-turned-away');
      stream.destroy();
      return;
    }
    const running = task(log, 'chat channel', () => this.#run(stream, address));
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Ends open handshakes; resolves when all that was taken is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #run(stream: Duplex, address: string): Promise<void> {
    try {
      const session = await this.#counted(address, () => this.#shakeHands(stream));
      await session?.();
    } finally {
      // Whatever went wrong: nobody is left on a connection that nobody reads.
      stream.destroy();
    }
  }

  async #shakeHands(stream: Duplex): Promise<(() => Promise<void>) | undefined> {
    const { counts, limits, responder, admit } = this.#deps;
    const begun = performance.now();
    counts.add('handshake-begun');
    const late = AbortSignal.timeout(limits.handshakeMs);
    const opened = await openAsResponder(
      stream,
      { ...responder(), maxFrame: noiseProfile.maxFrame },
      {
        counts: counts.noise,
        signal: AbortSignal.any([late, this.#stop.signal]),
        maxUnsent: limits.mostUnsent,
      },
    );
    if (opened.kind === 'failed') return undefined;
    const ms = Math.max(1, limits.handshakeMs - (performance.now() - begun));
    return admit(opened.channel, opened.peer, { ms, stop: this.#stop.signal });
  }

  async #counted<T>(address: string, work: () => Promise<T>): Promise<T> {
    const group = addressGroup(address);
    this.#open += 1;
    this.#ofAddress.set(group, (this.#ofAddress.get(group) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.#open -= 1;
      const left = (this.#ofAddress.get(group) ?? 1) - 1;
      if (left > 0) this.#ofAddress.set(group, left);
      else this.#ofAddress.delete(group);
    }
  }
}
