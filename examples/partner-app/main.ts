/** `npm run partner-app`: a provider's server and one of its users, in one terminal. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { createLog } from '../../src/log.ts';
import { providerSchema, type ProviderConfig } from './config.ts';
import { openProvider } from './provider.ts';
import { converse } from './terminal.ts';
import { PartnerUser } from './user.ts';

const usage = `npm run partner-app -- --config <file> --user <e-mail address>

A small messenger in the terminal that reaches the users of a Matrix homeserver through the
thirdparty network of a bridge. --config names a file in YAML; docs/providers.md says what is in it.`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = {
    config: { type: 'string' },
    user: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  let values: { readonly config?: string; readonly user?: string; readonly help?: boolean };
  try {
    ({ values } = parseArgs({ options }));
  } catch {
    console.error(usage);
    return 2;
  }
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  if (values.config === undefined || values.user === undefined) {
    console.error(usage);
    return 2;
  }
  try {
    await run(await readConfig(values.config), values.user);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function run(config: ProviderConfig, identifier: string): Promise<void> {
  // What the terminal shows is for people; the log tells of what is not as it should be.
  const log = createLog({ level: 'warn', redactIds: true, format: 'pretty' }, config.name, process.stderr);
  await using provider = await openProvider(config, log);
  if (config.host_url !== undefined) await provider.meetAt(config.host_url);
  await using user = new PartnerUser(provider, identifier);
  await converse(user, { input: process.stdin, output: process.stdout, name: config.name });
}

async function readConfig(file: string): Promise<ProviderConfig> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`There is no file ${file}.`);
  const parsed = providerSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error([`${file} is not a configuration:`, ...issues].join('\n'));
}
