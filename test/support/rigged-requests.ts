import { RequestRig, type RequestRigOptions } from './request-rig.ts';
import { fromRemote, net, textBody } from './spine-rig.ts';

export async function rigged(
  options: RequestRigOptions,
  work: (rig: RequestRig) => Promise<void>,
): Promise<void> {
  await using rig = await RequestRig.start(options);
  await work(rig);
}

export async function say(rig: RequestRig, ...texts: readonly string[]): Promise<void> {
  for (const said of texts) await rig.rig.spine.receiveRemote(net, fromRemote('bob', said, textBody(said)));
  await quiet(rig);
}

export async function quiet({ rig }: RequestRig): Promise<void> {
  await rig.quiet();
  // What was delivered last is still being recorded.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await rig.quiet();
}

export async function stateOf(rig: RequestRig, id: string): Promise<string | undefined> {
  return (await rig.storage.events.find(id))?.state;
}
