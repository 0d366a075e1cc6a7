// npm run bench: measures what a message costs, and what many portals and a large room cost. See docs/benchmarks.md.
import { benchCryptoStore } from './crypto-store.ts';
import { benchCrypto } from './crypto.ts';
import { benchCryptoGroup } from './crypto-group.ts';
import { benchGroup } from './group.ts';
import { benchEncrypted } from './encrypted.ts';
import { benchInterop } from './interop.ts';
import { machine } from './machine.ts';
import { benchMedia } from './media.ts';
import { benchOptions, type BenchOptions } from './options.ts';
import { report, type BenchResult } from './report.ts';
import { benchBlocks } from './blocks.ts';
import { benchPolicyLists } from './policy-lists.ts';
import { benchRules } from './rules.ts';
import { benchScale } from './scale.ts';
import type { Stage } from './stage.ts';
import { benchToMatrix } from './to-matrix.ts';
import { benchToNetwork } from './to-network.ts';
import { benchWatcher } from './watcher.ts';

async function bench({ parts, quick, profile }: BenchOptions, say: Stage['say']): Promise<BenchResult> {
  const stage = { quick, profile, say };
  const host = await machine();
  let result: BenchResult = { quick, machine: host };
  for (const part of parts) {
    say(`${part} …`);
    if (part === 'to-matrix') result = { ...result, toMatrix: await benchToMatrix(stage) };
    if (part === 'to-network') result = { ...result, toNetwork: await benchToNetwork(stage) };
    if (part === 'scale') result = { ...result, scale: await benchScale(stage) };
    if (part === 'encrypted') result = { ...result, encrypted: await benchEncrypted(stage) };
    if (part === 'crypto-store') result = { ...result, cryptoStore: await benchCryptoStore(stage) };
    if (part === 'crypto') result = { ...result, crypto: await benchCrypto(stage) };
    if (part === 'rules')
      result = {
        ...{ ...result, rules: await benchRules(stage), blocks: await benchBlocks(stage) },
        policyLists: benchPolicyLists(stage),
      };
    if (part === 'media') result = { ...result, media: await benchMedia(stage) };
    if (part === 'interop') result = { ...result, interop: await benchInterop(stage) };
    if (part === 'crypto-group') result = { ...result, cryptoGroup: await benchCryptoGroup(stage) };
    if (part === 'watcher') result = { ...result, watcher: await benchWatcher(stage) };
    if (part === 'group') result = { ...result, group: await benchGroup(stage) };
  }
  return result;
}

const options = benchOptions(process.argv.slice(2));
const result = await bench(options, (line) => console.error(line));
console.log(report(result));
if (options.json) console.log(JSON.stringify(result));
