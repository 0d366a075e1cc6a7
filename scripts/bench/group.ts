/** A room with thousands of XMPP users of whom few speak: joining it, its first messages, and what these cost. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startStack, type Stack } from '../../test/support/bridge-process.ts';
import { Doorkeeper } from '../verify/group.ts';
import { MatrixPerson } from '../verify/matrix-person.ts';
import { Crowd } from './crowd.ts';
import { callsIn, callsSince, type Calls } from './homeserver-calls.ts';
import { benchDir, type Stage } from './stage.ts';
import { rounded } from './statistics.ts';

export interface GroupFigures {
  readonly occupants: number;
  readonly speakers: number;
  /** From the command to being in the room on Matrix, and to the first message there, in milliseconds. */
  readonly joinedMs: number;
  readonly firstMs: number;
  /** Resident memory in MiB: before, with the room joined, after everybody spoke once, after all messages. */
  readonly memory: {
    readonly before: number;
    readonly joined: number;
    readonly spoken: number;
    readonly after: number;
  };
  /** Requests to the homeserver from the command to the first message, and while the speakers spoke for the first time. */
  readonly calls: { readonly joining: Calls; readonly speaking: Calls };
  /** From the first of the speakers' first messages to the last of them on Matrix, in milliseconds. */
  readonly speakingMs: number;
  /** Messages a second: that the room said to all, and that came to Matrix. */
  readonly roomRate: number;
  readonly rate: number;
  readonly messages: number;
  /** Of the machine, over the last minute, at the beginning and at the end. */
  readonly load: readonly [number, number];
}

const crowdDomain = 'crowd.xmpp.localhost';
const secret = 'crowd';
const plugins = fileURLToPath(new URL('prosody', import.meta.url));
const patienceMs = 300_000;
const rounds = 4;

export async function benchGroup(stage: Stage): Promise<GroupFigures> {
  const occupants = stage.quick ? 200 : 2_000;
  const speakers = stage.quick ? 10 : 50;
  const began = rounded(loadavg()[0] ?? 0, 1);
  await using dir = await benchDir();
  const extra = `Component "${crowdDomain}"\n  component_secret = "${secret}"\n`;
  const settings = `quiet_crowd = "${crowdDomain}"`;
  const roomModules = { folder: plugins, names: ['quiet_crowd'], settings };
  await using stack = await startStack({
    ...{ dir: dir.path, database: 'sqlite', xmppUsers: [], prosody: { extra, roomModules } },
  });
  const { prosody } = stack;
  const room = `square@${prosody.roomsDomain}`;
  await using crowd = await Crowd.connect({
    ...{ port: prosody.componentPort, domain: crowdDomain, secret, room },
  });
  stage.say(`  ${occupants} people enter the room …`);
  await crowd.fill(occupants);
  await stack.synapse.createUser('alice', 'secret');
  await using alice = new MatrixPerson(await stack.synapse.login('alice', 'secret'));
  alice.follow();
  const scene = new Scene(stack, crowd, alice, stage);
  const joining = await scene.join(room, occupants);
  const speaking = await scene.speakFirst(speakers);
  const flow = await scene.flow(speakers);
  const memory = { before: joining.before, joined: joining.after, spoken: speaking.after, after: flow.after };
  return {
    ...{ occupants, speakers, memory, joinedMs: joining.joinedMs, firstMs: joining.firstMs },
    ...{ calls: { joining: joining.calls, speaking: speaking.calls }, speakingMs: speaking.ms },
    ...{ roomRate: flow.roomRate, rate: flow.rate, messages: flow.messages },
    load: [began, rounded(loadavg()[0] ?? 0, 1)],
  };
}

class Scene {
  readonly #stack: Stack;
  readonly #crowd: Crowd;
  readonly #alice: MatrixPerson;
  readonly #say: Stage['say'];
  #room = '';

  constructor(stack: Stack, crowd: Crowd, alice: MatrixPerson, { say }: Stage) {
    this.#stack = stack;
    this.#crowd = crowd;
    this.#alice = alice;
    this.#say = say;
  }

  /** The user enters the room by a command, while somebody says something every second. */
  async join(
    address: string,
    occupants: number,
  ): Promise<{
    readonly before: number;
    readonly after: number;
    readonly joinedMs: number;
    readonly firstMs: number;
    readonly calls: Calls;
  }> {
    const door = new Doorkeeper(this.#alice, this.#stack.botUserId);
    await door.open(AbortSignal.timeout(patienceMs));
    await sleep(5_000);
    const [before, calls] = [this.#residentMiB(), await this.#calls()];
    this.#say(`  one user joins it; the bridge takes ${before} MiB …`);
    const began = performance.now();
    const stop = new AbortController();
    const talking = this.#talk(occupants - 1, stop.signal);
    const room = await door.join(address, AbortSignal.timeout(patienceMs));
    if (room === undefined) throw new Error('The user did not get into the room.');
    this.#room = room;
    const joinedMs = Math.round(performance.now() - began);
    await this.#until(() => this.#alice.heardIn(room).size > 0);
    const firstMs = Math.round(performance.now() - began);
    stop.abort();
    await talking;
    const made = callsSince(calls, await this.#calls());
    this.#say(`  in the room after ${joinedMs} ms, its first message there after ${firstMs} ms`);
    await sleep(2_000);
    return { before, after: this.#residentMiB(), joinedMs, firstMs, calls: made };
  }

  /** So many say something for the first time, all at once. */
  async speakFirst(
    speakers: number,
  ): Promise<{ readonly after: number; readonly ms: number; readonly calls: Calls }> {
    const calls = await this.#calls();
    const began = performance.now();
    const texts = Array.from({ length: speakers }, (_, index) => `hello ${index}`);
    await Promise.all(texts.map((text, index) => this.#crowd.say(index, text)));
    await this.#heard(texts);
    const ms = Math.round(performance.now() - began);
    this.#say(`  ${speakers} have spoken for the first time after ${ms} ms`);
    return { after: this.#residentMiB(), ms, calls: callsSince(calls, await this.#calls()) };
  }

  /** The same people go on, each with several messages. */
  async flow(speakers: number): Promise<{
    readonly after: number;
    readonly roomRate: number;
    readonly rate: number;
    readonly messages: number;
  }> {
    const texts = Array.from({ length: speakers * rounds }, (_, index) => `more ${index}`);
    const began = performance.now();
    await Promise.all(texts.map((text, index) => this.#crowd.say(index % speakers, text)));
    const said = performance.now() - began;
    await this.#heard(texts);
    const came = performance.now() - began;
    const rate = (ms: number): number => rounded((texts.length * 1_000) / ms, 1);
    this.#say(`  ${texts.length} messages: ${rate(said)}/s in the room, ${rate(came)}/s to Matrix`);
    return {
      ...{ after: this.#residentMiB(), roomRate: rate(said), rate: rate(came) },
      messages: texts.length,
    };
  }

  async #talk(index: number, signal: AbortSignal): Promise<void> {
    for (let number = 0; !signal.aborted; number += 1) {
      await this.#crowd.say(index, `anybody ${number}`);
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  #heard(texts: readonly string[]): Promise<void> {
    return this.#until(() => {
      const heard = this.#alice.heardIn(this.#room);
      return texts.every((text) => heard.has(text));
    });
  }

  async #until(isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!isSo()) {
      if (performance.now() > deadline) throw new Error('Not every message came to Matrix.');
      await sleep(10);
    }
  }

  async #calls(): Promise<Calls> {
    const response = await fetch(`${this.#stack.bridge.baseUrl}/metrics`);
    return callsIn(await response.text());
  }

  #residentMiB(): number {
    const status = readFileSync(`/proc/${this.#stack.bridge.pid}/status`, 'utf8');
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return rounded(Number(kib) / 1024, 0);
  }
}
