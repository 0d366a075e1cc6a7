import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installSynapse } from '../../test/support/synapse-venv.ts';
import { converse } from './conversation.ts';
import { installPackages } from './debian-packages.ts';
import type { Result } from './exchange.ts';
import { invitation } from './invitation.ts';
import { readOutcomes, type Outcomes } from './outcomes.ts';
import { invitePeople } from './people.ts';
import type { Progress } from './progress.ts';
import { makeRunFolder } from './run-folder.ts';
import { makeSamples } from './samples.ts';
import { isRunning, startServers, type Servers } from './servers.ts';
import { transcript } from './transcript.ts';

/** How the conversation went. */
export interface Report {
  readonly ok: boolean;
  readonly results: readonly Result[];
  readonly outcomes: Outcomes;
}

/** Installs what is missing, starts the servers and holds the conversation; what runs then is on the stack. */
export async function performDemo(
  stack: AsyncDisposableStack,
  progress: Progress,
): Promise<{ readonly report: Report; readonly card: readonly string[] }> {
  progress.heading('What is needed');
  await installPackages(progress);
  await progress.loudStep('Synapse, installed where it is missing', () =>
    installSynapse((line) => progress.say(`  ${line}`)),
  );
  progress.heading('The servers');
  stack.defer(() => progress.say('The bridge and the servers are stopped.'));
  const servers = await startServers(stack, await makeRunFolder(), progress);
  const { report, accounts } = await holdConversation(servers, progress);
  return { report, card: invitation(servers, accounts) };
}

const withFfmpeg = 'A film and a voice message, made with ffmpeg';
const withoutFfmpeg =
  'The film and the voice message that come with the demo (with ffmpeg, they would be made here, and voice messages to XMPP become AAC)';

async function holdConversation(
  servers: Servers,
  progress: Progress,
): Promise<{ readonly report: Report; readonly accounts: Parameters<typeof invitation>[1] }> {
  // The sessions end with the conversation, so that a person who logs in later is alone.
  await using sessions = new AsyncDisposableStack();
  const people = await progress.step(
    'Alice logs in on Matrix, Bob, Carol and Alice on XMPP, Erin and Fred in the third-party app',
    () => invitePeople(sessions, servers),
    () => ({
      ok: true,
      text: 'Alice is on Matrix; Bob, Carol and Alice on XMPP; Erin and Fred in the third-party app',
    }),
  );
  progress.heading('The exchanges');
  const samples = await progress.step(
    'The film and the voice message that people send',
    () => makeSamples(join(servers.plan.folder, 'samples')),
    ({ ffmpeg }) => ({ ok: true, text: ffmpeg ? withFfmpeg : withoutFfmpeg }),
  );
  const results = await converse(people, servers, samples, progress);
  progress.heading('The conversation as both sides see it');
  for (const line of transcript(results, process.stdout.isTTY ? process.stdout.columns : 110))
    progress.say(line);
  const ok = results.every((result) => result.ok);
  const outcomes = await readOutcomes(servers.plan.bridgeUrl).catch(() => ({}));
  summarise(results, outcomes, progress);
  if (!ok) tellLogs(servers, progress);
  return { report: { ok, results, outcomes }, accounts: people.accounts };
}

function summarise(results: readonly Result[], outcomes: Outcomes, progress: Progress): void {
  const good = results.filter(({ ok }) => ok).length;
  const ended = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  progress.say(
    `\n${good} of ${results.length} exchanges arrived as they should. Events by outcome: ${ended.join(', ')}.`,
  );
}

/** The log of the bridge, and of every server that has ended. */
function tellLogs({ bridge, synapse, prosody }: Servers, progress: Progress): void {
  const ended = [synapse, prosody].filter((server) => !isRunning(server));
  for (const { logFile } of [bridge, ...ended]) progress.say(`\nThe end of ${logFile}:\n${endOf(logFile)}`);
}

function endOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n') : '';
}
