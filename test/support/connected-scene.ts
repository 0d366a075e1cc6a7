import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { HostCount } from '../../src/networks/thirdparty/host-counts.ts';
import { ChatTester } from './chat-tester.ts';
import { hostScene, testPerson, type HostScene, type SceneOptions, type TestPerson } from './host-scene.ts';

/** A host, and one who is enlisted there. */
export interface EnlistedScene extends AsyncDisposable {
  readonly scene: HostScene;
  readonly ann: TestPerson;
  readonly login: Login;
  connect(): Promise<ChatTester>;
}

export async function withAnn(options: SceneOptions = {}): Promise<EnlistedScene> {
  const scene = await hostScene(options);
  const ann = testPerson('ann@birdy.example');
  const login = await scene.enlisted(ann);
  const connect = (): Promise<ChatTester> => ChatTester.in(scene, ann, login);
  return { scene, ann, login, connect, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
}

/** A host, and one who is connected to it. */
export interface ConnectedScene extends AsyncDisposable {
  readonly scene: HostScene;
  readonly ann: TestPerson;
  readonly login: Login;
  readonly client: ChatTester;
}

export async function connected(options: SceneOptions = {}): Promise<ConnectedScene> {
  const scene = await hostScene(options);
  const ann = testPerson('ann@birdy.example');
  const login = await scene.enlisted(ann);
  const client = await ChatTester.in(scene, ann, login);
  return {
    ...{ scene, ann, login, client },
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

export function count(scene: HostScene, name: HostCount): number {
  return scene.host.counts().get(name) ?? 0;
}

export async function soon(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 300; tries++) await sleep(10);
  assert.ok(holds());
}
