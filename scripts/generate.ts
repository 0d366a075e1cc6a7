// Writes the files that are made from the code; with --check, says which of them are not as the code makes them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configSchema } from '../src/config-schema.ts';
import { commandReference } from '../src/commands/reference.ts';
import { exampleOf } from '../src/config/example.ts';
import { jsonSchemaOf } from '../src/config/json-schema.ts';
import { settingsOf } from '../src/config/load.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const exampleIntro = `The configuration of Causeway, with every setting there is. Made from the code by \`npm run generate\`.

Copy it to config.yaml and change what is not commented out; what is commented out shows its default.
Every value can also come from the environment variable named above it, which goes before this file.
Secrets can also be kept in files of their own. Relative paths start from the folder of this file.
Times are written as 30s, 24h or 3 days, sizes as 50 MiB.`;
const commandsIntro = `# Commands

Write these to the bridge's bot in your direct chat with it. A leading \`!causeway\`, \`!\` or \`/\` is not needed.
This page is made from the code by \`npm run generate\`.
`;

const files: Readonly<Record<string, string>> = {
  'config/example.yaml': exampleOf(settingsOf(configSchema), exampleIntro),
  'config/schema.json': `${JSON.stringify(jsonSchemaOf(configSchema, 'Causeway'), undefined, 2)}\n`,
  'docs/commands.md': `${commandsIntro}\n${commandReference()}`,
};

const drifted = Object.entries(files).filter(([name, text]) => current(name) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of drifted) console.error(`${name} is not as the code makes it: run npm run generate`);
  process.exitCode = drifted.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of drifted) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    console.log(`wrote ${name}`);
  }
}

function current(name: string): string | undefined {
  try {
    return readFileSync(join(root, name), 'utf8');
  } catch {
    return undefined;
  }
}
