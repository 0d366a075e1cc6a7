/** `npm run setup:synapse`: the homeserver for the tests and the demo, in a folder of the project. */
import { installSynapse } from '../test/support/synapse-venv.ts';

try {
  await installSynapse((line) => console.log(line));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
