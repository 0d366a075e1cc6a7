import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixArrival } from '../../src/core/homeserver.ts';
import { matrixEventId } from '../../src/core/ids.ts';
import type { Portal } from '../../src/core/portal.ts';
import { sealed } from './sealed-events.ts';
import { fromAlice, textBody, type SpineRig } from './spine-rig.ts';

/** A lane waits for a key for a moment, or not at all; nothing else is done in the time of a test. */
export const brief = { inLane: 400, every: 60_000, again: 600_000, sweep: 3_600_000 };
export const none = { ...brief, inLane: 0 };

export async function until(test: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  for (const end = Date.now() + ms; !(await test());) {
    assert.ok(Date.now() < end, 'waited in vain');
    await sleep(10);
  }
}

/** What the network was given, in words. */
export function said(rig: SpineRig): readonly string[] {
  return rig.atNetwork.map((event) => {
    const late = event.late === true ? ' (late)' : '';
    if (event.kind !== 'message') return event.kind + late;
    return (event.content.kind === 'text' ? event.content.text.plain : '?') + late;
  });
}

export const stateOf = async (rig: SpineRig, id: string): Promise<string | undefined> =>
  (await rig.stores.events.find(`$${id}`))?.state;
export const message = (portal: Portal, id: string, session: string): MatrixArrival =>
  sealed(fromAlice(portal.room, id, textBody(id)), session);
export const edit = (portal: Portal, id: string, target: string): MatrixArrival => {
  const { content, mentions } = textBody('better');
  const of = { in: 'matrix', eventId: matrixEventId(`$${target}`) } as const;
  return fromAlice(portal.room, id, { kind: 'edit', target: of, content, mentions });
};
export const redaction = (portal: Portal, id: string, target: string): MatrixArrival =>
  fromAlice(portal.room, id, {
    kind: 'redaction',
    target: { in: 'matrix', eventId: matrixEventId(`$${target}`) },
  });
