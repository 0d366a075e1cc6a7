// npm run fuzz -- <what> [--inputs N] [--seed N]: hostile inputs for one of the parsers (targets.ts lists them).
import { parseArgs } from 'node:util';
import { fuzz } from './run.ts';
import { targets } from './targets.ts';

const { values, positionals } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const target = targets.find(({ name }) => name === positionals[0]);
const inputs = Number(values.inputs);
const seed = Number(values.seed);
if (target === undefined || !Number.isSafeInteger(inputs) || !Number.isSafeInteger(seed)) {
  const names = targets.map(({ name }) => name).join(' | ');
  console.error(`usage: npm run fuzz -- ${names} [--inputs N] [--seed N]`);
  process.exitCode = 2;
} else {
  const { broken, ...result } = await fuzz(target, inputs, seed);
  for (const one of broken) console.error(`seed ${one.seed}:`, one.error);
  const memory = Math.round(process.memoryUsage.rss() / 1024 / 1024);
  console.log(JSON.stringify({ ...result, broken: broken.length, memoryMiB: memory }, undefined, 2));
  process.exitCode = broken.length === 0 ? 0 : 1;
}
