import { readFileSync } from 'node:fs';
import { openProvider } from '../../../examples/partner-app/provider.ts';
import type { ProviderConfig } from '../../../examples/partner-app/config.ts';
import type { TimelineEvent } from '../../../examples/partner-app/event.ts';
import { PartnerUser } from '../../../examples/partner-app/user.ts';
import type { Content } from '../../../src/core/event.ts';
import { RecordingLog } from '../../../test/support/recording-log.ts';
import { reactionMark } from '../marks.ts';
import type { AppUser, WirePart } from './plan.ts';

/** What an app has on its disk at the end: everything by its mark. */
export interface AppRecord {
  readonly name: string;
  readonly login: string;
  readonly written: readonly string[];
  readonly received: readonly string[];
  /** What the other has told to have, of `written`. */
  readonly delivered: ReadonlySet<string>;
  readonly troubles: readonly string[];
}

/** Reads what the apps of a provider that does not run any more have kept. */
export async function readApps(
  config: ProviderConfig,
  users: readonly AppUser[],
): Promise<readonly AppRecord[]> {
  const listen = { host: '127.0.0.1', port: 0 };
  await using provider = await openProvider({ ...config, listen }, new RecordingLog());
  const records: AppRecord[] = [];
  for (const { name, identifier } of users) {
    await using user = new PartnerUser(provider, identifier);
    records.push(recordOf(name, user));
  }
  return records;
}

/** The same of apps that run, from the marks in the files of their process. */
function recordOf(name: string, user: PartnerUser): AppRecord {
  const marks = new Map<string, string>();
  const [written, received, troubles]: [string[], string[], string[]] = [[], [], []];
  const delivered = new Set<string>();
  for (const event of user.timeline()) {
    if (event.kind === 'trouble')
      troubles.push(`${event.mine ? 'own' : 'their'} ${event.id}: ${event.reason}`);
    if (event.kind === 'receipt' && event.about === 'delivered')
      delivered.add(marks.get(event.of) ?? event.of);
    const mark = markOf(event, marks);
    if (mark === undefined || !('id' in event)) continue;
    marks.set(event.id, mark);
    (event.mine ? written : received).push(mark);
  }
  const login = user.login === undefined ? '' : `${user.login.integrator}-${user.login.user}`;
  return { name, login, written, received, delivered, troubles };
}

function markOf(event: TimelineEvent, marks: ReadonlyMap<string, string>): string | undefined {
  switch (event.kind) {
    case 'message':
    case 'edit':
      return markOfContent(event.content);
    case 'reaction':
      return reactionMark(event.emoji, marks.get(event.to) ?? `the unknown message ${event.to}`);
    default:
      return undefined;
  }
}

function markOfContent(content: Content): string {
  switch (content.kind) {
    case 'text':
      return content.text.plain;
    case 'media':
      return content.media.name.replace(/\.txt$/, '');
    case 'location':
      return content.place.description ?? '';
    default:
      return content.kind;
  }
}

/** What was written down of the wire; the last line may be half a one, where the process was killed. */
export function readWire(file: string): readonly WirePart[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line): readonly WirePart[] => {
    try {
      return [JSON.parse(line) as WirePart];
    } catch {
      return [];
    }
  });
}
