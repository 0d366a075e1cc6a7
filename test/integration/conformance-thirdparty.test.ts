import { after, before, describe } from 'node:test';
import { messageCases } from '../conformance/message-cases.ts';
import { openingCases } from '../conformance/opening-cases.ts';
import type { Rig } from '../conformance/rig.ts';
import { secrecyCases, type SecretRig } from '../conformance/secrecy.ts';
import { acquaint, type Pair } from '../conformance/stage.ts';
import { makeThirdPartyRig } from '../conformance/thirdparty-rig.ts';
import { troubleCases } from '../conformance/trouble-cases.ts';

// Providers' users have no pictures there; what they signal, and each kind of content, is among the milestones.
describe('a network: thirdparty, in encrypted rooms', { timeout: 600_000 }, () => {
  let rig: (Rig & SecretRig) | undefined;
  let pair: Pair | undefined;
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the rig could not be made');
    return value;
  };
  const stage = { rig: () => present(rig), pair: () => present(pair) };
  before(async () => {
    rig = await makeThirdPartyRig();
    pair = await acquaint(rig);
  });
  after(async () => {
    await rig?.[Symbol.asyncDispose]();
  });
  messageCases(stage);
  openingCases(stage);
  troubleCases(stage);
  secrecyCases(stage);
});
