// `npm run verify -- kill`, `-- outage` and `-- catch-up`: whether messages survive, on real servers. `-- rules` and
// `-- blocks`: whether only those reach each other who may, and only with what may pass.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { makeRunDir } from '../../test/support/run-dir.ts';
import { verifyBackToBack } from './back-to-back.ts';
import { runBlocks, type BlocksJudgement } from './blocks.ts';
import { runCatchUp } from './catch-up.ts';
import type { CatchUpJudgement } from './catch-up-judgement.ts';
import type { Judgement } from './judgement.ts';
import { runKill } from './kill.ts';
import type { StrangersJudgement } from './strangers-judgement.ts';
import { runStrangers } from './strangers.ts';
import { runOutage, servers, type ServerName } from './outage.ts';
import { runPartnerKill } from './partner-kill.ts';
import type { AppJudgement } from './app/judgement.ts';
import { verifyRules } from './rules.ts';
import { verifyThirdParty } from './thirdparty.ts';
import type { Rooms } from './rules/scenario.ts';

const USAGE = `npm run verify -- kill   [--seed N] [--kills 20] [--messages 500] [--chats 8] [--group-messages 150] [--groups 2] [--strangers 12] [--only chats|strangers|thirdparty] [--encrypted] [--json]
npm run verify -- outage [--seed N] [--only synapse|prosody|postgres] [--gone 30] [--messages 500] [--chats 8] [--group-messages 150] [--groups 2] [--encrypted] [--json]
npm run verify -- catch-up [--seed N] [--only SIGTERM|SIGKILL] [--messages 300] [--json]
npm run verify -- rules  [--seed N] [--only plain|encrypted] [--filter TEXT] [--json]
npm run verify -- thirdparty [--filter TEXT] [--json]
npm run verify -- back-to-back [--seed N] [--filter TEXT] [--json]
npm run verify -- blocks [--only direct,names,rooms,administrators,times,elsewhere] [--json]

kill    the bridge is killed again and again while people write all kinds of things both ways, in direct chats and groups; and
        again while strangers write, who are accepted and declined; with --only thirdparty the bridge and the partner app are
        killed by turns while the app's users and a Matrix user write to each other
outage  the homeserver, the XMPP server and the database are gone for a while, one after the other
catch-up  people talk in a room while the bridge is stopped, or killed, and again while its link to the XMPP server is not
rules   every feature with every action, limits, requests, blocks, opting in: one line for each, both ways, in a direct chat and a group; --filter plays those whose line has the text in it
thirdparty  the partner app and Matrix users in encrypted rooms: every kind of content, requests, mailbox, push, retry receipts, identity changes, deletion, blocks and bans; a line for each
back-to-back  two homeservers with a bridge each: one is a partner of what the other offers to third-party apps
blocks  people who are blocked try to get something through in many ways, and to see whether they are blocked

With --encrypted the rooms are encrypted, and the Matrix user's client is one that opens and seals (matrix-js-sdk). With --json the last line is one JSON object. KEEP=1 in the environment keeps the servers' files and logs.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    kills: { type: 'string', default: '20' },
    messages: { type: 'string' },
    chats: { type: 'string', default: '8' },
    'group-messages': { type: 'string', default: '150' },
    groups: { type: 'string', default: '2' },
    strangers: { type: 'string', default: '12' },
    gone: { type: 'string', default: '30' },
    only: { type: 'string' },
    filter: { type: 'string', default: '' },
    encrypted: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

/** One run by its name, for the report. */
interface Run {
  readonly name: string;
  readonly seconds: number;
  readonly judgement: Judgement | CatchUpJudgement | StrangersJudgement | BlocksJudgement | AppJudgement;
}

const seed = values.seed === undefined ? randomInt(1, 1_000_000) : Number(values.seed);
const groups = { groups: Number(values.groups), messages: Number(values['group-messages']) };
const { encrypted } = values;
const load = {
  seed,
  encrypted,
  chats: Number(values.chats),
  messages: Number(values.messages ?? 500),
  groups,
};
const began = performance.now();
const report = (line: string): void => console.log(`${seconds(began).toFixed(1).padStart(6)} s  ${line}`);

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}

async function timed(name: string, work: (dir: string) => Promise<Run['judgement']>): Promise<Run> {
  await using dir = await makeRunDir('verify');
  const start = performance.now();
  console.log(`${name}, seed ${seed}, in ${dir.path}`);
  const judgement = await work(dir.path);
  const run = { name, seconds: Math.round(seconds(start)), judgement };
  show(run);
  return run;
}

function show({ name, seconds: length, judgement }: Run): void {
  const width = Math.max(...judgement.guarantees.map((guarantee) => guarantee.name.length));
  console.log(`\n${name}, seed ${seed}: ${judgement.ok ? 'all held' : 'BROKEN'} (${length} s)`);
  for (const { name: guarantee, ok, figures, faults } of judgement.guarantees) {
    console.log(`  ${ok ? '✓' : '✗'} ${guarantee.padEnd(width)}  ${figures}`);
    for (const fault of faults.slice(0, 10)) console.log(`      ${fault}`);
    if (faults.length > 10) console.log(`      and ${faults.length - 10} more`);
  }
  if (!('shownBounced' in judgement.figures)) return;
  const { shownUnreceipted, shownBounced, unanswered, bounced } = judgement.figures;
  console.log(
    `  of ${unanswered} unanswered and ${bounced} bounced messages, ${shownUnreceipted} and ${shownBounced} are on Matrix\n`,
  );
}

function wantedServers(): readonly ServerName[] {
  const { only } = values;
  return only === undefined ? servers : servers.filter((name) => only.split(',').includes(name));
}

async function catchUps(): Promise<readonly Run[] | undefined> {
  const { only, messages = '300' } = values;
  const ways = [
    { signal: 'SIGTERM', link: 'down' },
    { signal: 'SIGKILL', link: 'hang' },
  ] as const;
  const wanted = ways.filter(({ signal }) => only === undefined || only.split(',').includes(signal));
  const runs: Run[] = [];
  for (const way of wanted) {
    const name = `catch-up after ${way.signal}, then with its link ${way.link}`;
    const more = { ...way, seed, messages: Number(messages), report };
    runs.push(await timed(name, (dir) => runCatchUp({ ...more, dir })));
  }
  return runs.length === 0 ? undefined : runs;
}

async function killRuns(kills: number): Promise<readonly Run[]> {
  const { only, strangers } = values;
  const runs: Run[] = [];
  if (only === 'thirdparty') {
    const more = {
      seed,
      kills,
      chats: Number(values.chats),
      messages: Number(values.messages ?? 240),
      report,
    };
    return [
      await timed('kill of the bridge and of the partner app', (dir) => runPartnerKill({ ...more, dir })),
    ];
  }
  if (only !== 'strangers') runs.push(await timed('kill', (dir) => runKill({ ...load, dir, kills, report })));
  const plan = { seed, kills, strangers: Number(strangers), report };
  if (only !== 'chats' && plan.strangers > 0)
    runs.push(await timed('kill, with strangers', (dir) => runStrangers({ ...plan, dir })));
  return runs;
}

async function runAll(): Promise<readonly Run[] | undefined> {
  const [mode] = positionals;
  if (mode === 'kill') {
    const kills = Number(values.kills);
    return killRuns(kills);
  }
  if (mode === 'catch-up') return catchUps();
  if (mode === 'blocks') {
    const only = values.only?.split(',');
    return [await timed(mode, (dir) => runBlocks({ dir, only, report }))];
  }
  if (mode !== 'outage' || wantedServers().length === 0) return undefined;
  const runs: Run[] = [];
  const goneMs = Number(values.gone) * 1000;
  for (const server of wantedServers())
    runs.push(
      await timed(`outage of ${server}`, (dir) => runOutage({ ...load, dir, server, goneMs, report })),
    );
  return runs;
}

async function rules(): Promise<void> {
  const { only, filter } = values;
  const kinds: readonly Rooms[] = ['plain', 'encrypted'];
  const wanted = kinds.filter((kind) => only === undefined || only.split(',').includes(kind));
  if (wanted.length === 0) {
    wrong();
    return;
  }
  const report = await verifyRules({ only: wanted, filter, seed });
  if (values.json) console.log(JSON.stringify(report));
  process.exitCode = report.ok ? 0 : 1;
}

async function lines(verify: typeof verifyBackToBack): Promise<void> {
  const report = await verify(values.filter, seed);
  if (values.json) console.log(JSON.stringify(report));
  process.exitCode = report.ok ? 0 : 1;
}

function wrong(): void {
  console.error(USAGE);
  process.exitCode = 64;
}

async function survival(): Promise<void> {
  const runs = await runAll();
  if (runs === undefined) {
    wrong();
    return;
  }
  const ok = runs.every(({ judgement }) => judgement.ok);
  if (values.json) {
    const told = runs.map(({ name, seconds: length, judgement }) => ({
      name,
      seconds: length,
      ...judgement,
    }));
    console.log(JSON.stringify({ ok, seed, runs: told }));
  }
  process.exitCode = ok ? 0 : 1;
}

const [mode = ''] = positionals;
switch (mode) {
  case 'rules':
    await rules();
    break;
  case 'thirdparty':
    await lines(verifyThirdParty);
    break;
  case 'back-to-back':
    await lines(verifyBackToBack);
    break;
  default:
    await survival();
}
