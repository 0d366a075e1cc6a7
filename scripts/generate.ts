// Writes the files that are made from the code; with --check, says which of them are not as the code makes them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configSchema } from '../src/config-schema.ts';
import { commandReference } from '../src/commands/reference.ts';
import { exampleOf } from '../src/config/example.ts';
import { jsonSchemaOf } from '../src/config/json-schema.ts';
import { settingsOf } from '../src/config/load.ts';
import { marks } from '../src/interop/profile/mark.ts';
import { profileItems, profileVersion } from '../src/interop/profile/profile.ts';

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

const profileIntro = `# The profile of third-party chats

Version ${profileVersion}. What is taken for true of the interface, item by item, with how sure it is: **O** Meta's public
overview v1.0.3, **P** public knowledge of WhatsApp's ordinary client protocol, **U** unofficial, **G** a guess or choice of
ours. The values are in \`src/interop/profile/\`, one file for each part; [interop.md](interop.md) says what is done with
them. This page is made from the code by \`npm run generate\`.
`;

/** Each part with its items, by their marks. */
function profilePage(): string {
  const items = profileItems();
  const parts = [...new Set(items.map(({ name }) => name.slice(0, name.indexOf('.'))))];
  const cells = (part: string): readonly string[] =>
    marks.flatMap((mark) => {
      const own = items.filter((item) => item.mark === mark && item.name.startsWith(`${part}.`));
      const names = own.map(({ name }) => `\`${name.slice(part.length + 1)}\``).join(', ');
      return own.length === 0 ? [] : [`- **${mark}**: ${names}`];
    });
  const counts = marks.map((mark) => `${items.filter((item) => item.mark === mark).length} ${mark}`);
  const sections = parts.map((part) => `## ${part}\n\n${cells(part).join('\n')}\n`);
  return `${profileIntro}\nIn all: ${counts.join(', ')}.\n\n${sections.join('\n')}`;
}

const files: Readonly<Record<string, string>> = {
  'config/example.yaml': exampleOf(settingsOf(configSchema), exampleIntro),
  'config/schema.json': `${JSON.stringify(jsonSchemaOf(configSchema, 'Causeway'), undefined, 2)}\n`,
  'docs/profile.md': profilePage(),
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
