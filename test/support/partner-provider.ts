import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostFacts } from '../../src/interop/web/host-facts.ts';
import { providerSchema, type ProviderConfig } from '../../examples/partner-app/config.ts';
import { openProvider, type Provider } from '../../examples/partner-app/provider.ts';
import { RecordingLog } from './recording-log.ts';

/** A folder that is gone when the stack is. */
export async function ownFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'partner-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What a provider of tests is configured with. */
export function providerConfig(folder: string, change: Partial<ProviderConfig> = {}): ProviderConfig {
  return providerSchema.parse({
    ...{ integrator: 12, name: 'Bird', issuer: 'bird', folder, trusted_hosts: ['127.0.0.1'] },
    listen: { port: 0 },
    ...change,
  });
}

/** A host that is nowhere; what is known of it, is put in. */
export function hostConfig(change: Partial<HostFacts> = {}): HostFacts {
  return {
    enlist_url: 'http://127.0.0.1:1',
    chat_url: 'tcp://127.0.0.1:1',
    media_url: 'http://127.0.0.1:1',
    push_jwks_url: 'http://127.0.0.1:1/keys',
    audience: 'https://host.example',
    roots: [{ serial: 1, key: Buffer.alloc(32, 1).toString('base64') }],
    ...change,
  };
}

/** A provider's server on loopback, in a folder of its own. */
export async function providerOnLoopback(
  stack: AsyncDisposableStack,
  change: Partial<ProviderConfig> = {},
): Promise<Provider & { readonly troubles: RecordingLog }> {
  const troubles = new RecordingLog();
  const config = providerConfig(await ownFolder(stack), change);
  const provider = stack.use(await openProvider(config, troubles));
  return { ...provider, troubles };
}
