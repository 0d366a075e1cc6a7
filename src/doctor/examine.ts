import { fail, told, type Check, type Finding } from './check.ts';
import { accountLists } from './checks/account-lists.ts';
import { aliases } from './checks/aliases.ts';
import { asToken } from './checks/as-token.ts';
import { bridge } from './checks/bridge.ts';
import { certificate } from './checks/certificate.ts';
import { clock } from './checks/clock.ts';
import { database } from './checks/database.ts';
import { device } from './checks/device.ts';
import { doublePuppet } from './checks/double-puppet.ts';
import { homeserver } from './checks/homeserver.ts';
import { keys } from './checks/keys.ts';
import { keySource } from './checks/key-source.ts';
import { link } from './checks/link.ts';
import { media } from './checks/media.ts';
import { namespaces } from './checks/namespaces.ts';
import { ping } from './checks/ping.ts';
import { publicUrl } from './checks/public-url.ts';
import { signals } from './checks/signals.ts';
import { sound } from './checks/sound.ts';
import { requests } from './checks/requests.ts';
import { waiting } from './checks/waiting.ts';
import type { DoctorContext } from './context.ts';

/** What a check found. */
export interface Examined {
  readonly check: Check;
  readonly finding: Finding;
}

/** Runs every check, one after the other, and never throws: a check that breaks has failed. */
export async function examine(context: DoctorContext): Promise<readonly Examined[]> {
  const checks = [
    homeserver,
    asToken,
    ping,
    namespaces,
    ...(context.aliases.length === 0 ? [] : [aliases]),
    signals,
    device,
    ...(context.puppetRegistration === undefined ? [] : [doublePuppet]),
    ...(context.keys === undefined ? [] : [keys(context.keys)]),
    media,
    clock,
    database,
    waiting,
    accountLists,
    requests,
    sound,
    bridge,
    ...context.links.map(link),
    ...context.publics.flatMap((probe) => [publicUrl(probe), certificate(probe)]),
    ...context.keySources.map(keySource),
  ];
  const results: Examined[] = [];
  for (const check of checks) {
    const blocked = check.needs.some((needed) =>
      results.some((result) => result.check === needed && ['fail', 'skipped'].includes(result.finding.kind)),
    );
    const finding: Finding = blocked
      ? { kind: 'skipped', told: told('doctor.skipped') }
      : await careful(check, context);
    results.push({ check, finding });
  }
  return results;
}

async function careful(check: Check, context: DoctorContext): Promise<Finding> {
  try {
    return await check.run(context);
  } catch (error) {
    const code = error instanceof Error ? error.name : typeof error;
    return fail('doctor.crashed', { code });
  }
}
