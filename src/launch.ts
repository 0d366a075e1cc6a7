#!/usr/bin/env node
/** Where the installed program starts: on an older Node.js nothing else of it can be loaded, so that is said first. */
import { exitCodes } from './exit-codes.ts';
import { languageOf, text } from './texts/catalogue.ts';

const oldest = 24;
const { env, versions } = process;

if (Number.parseInt(versions.node, 10) >= oldest) await import('./main.ts');
else {
  const language = languageOf(env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG']) ?? 'en';
  process.stderr.write(`${text(language, 'cli.old-node', { oldest, version: versions.node })}\n`);
  process.exitCode = exitCodes.unavailable;
}
