/** `npm run demo`: a conversation over the bridge on real servers; `npm run demo -- --check` ends after it. */
import { parseArgs } from 'node:util';
import { performDemo, type Report } from './demo.ts';
import { Progress } from './progress.ts';

const usage = `npm run demo              lets users of Matrix, XMPP and a third-party app talk, then runs until Ctrl-C
npm run demo -- --check   stops after the conversation; the last line is a JSON object`;

/** Ends everything that runs; asked a second time, at once. */
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  });
}

const code = await main();
process.stdout.write('', () => process.exit(code));

async function main(): Promise<number> {
  let options: { readonly check: boolean; readonly help: boolean };
  try {
    const flags = {
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    } as const;
    options = parseArgs({ options: flags }).values;
  } catch {
    console.error(usage);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const report = await demonstrate(options.check);
  if (options.check) console.log(json(report));
  return report?.ok === true ? 0 : stopping.signal.aborted ? 130 : 1;
}

/** Undefined where it did not come to a conversation. */
async function demonstrate(check: boolean): Promise<Report | undefined> {
  const progress = new Progress();
  const stopped = Promise.withResolvers<undefined>();
  stopping.signal.addEventListener('abort', () => stopped.resolve(undefined));
  try {
    await using stack = new AsyncDisposableStack();
    const performed = await Promise.race([performDemo(stack, progress), stopped.promise]);
    if (performed !== undefined && !check) {
      for (const line of performed.card) progress.say(line);
      await stopped.promise;
    }
    progress.say('\nStopping ...');
    return performed?.report;
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function json(report: Report | undefined): string {
  const exchanges = (report?.results ?? []).map(({ kind, direction, network, where, ok, ms, ...rest }) => ({
    ...{ kind, direction, network, where, ok, ms },
    ...('secrecy' in rest ? rest.secrecy : { encrypted: false }),
  }));
  return JSON.stringify({ ok: report?.ok ?? false, exchanges, outcomes: report?.outcomes ?? {} });
}
