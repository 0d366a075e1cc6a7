/** A process with a provider's server and one user of it, who says what she is told to until she is killed. */
import { openProvider } from '../../examples/partner-app/provider.ts';
import { providerSchema, type ProviderConfig } from '../../examples/partner-app/config.ts';
import { PartnerUser } from '../../examples/partner-app/user.ts';
import { fast } from './partner-user-times.ts';
import { RecordingLog } from './recording-log.ts';

/** What the child is told when it begins. */
export interface BeginPartner {
  readonly config: ProviderConfig;
  readonly identifier: string;
  readonly chat: string;
  /** How many messages she has to say in all, `A0` and on; those that she has said already she does not say again. */
  readonly texts: number;
}
/** What it says. */
export type FromPartnerChild =
  { readonly kind: 'connected' } | { readonly kind: 'failed'; readonly reason: string };

const say = (message: FromPartnerChild): void => void process.send?.(message);

async function run({ config, identifier, chat, texts }: BeginPartner): Promise<void> {
  const provider = await openProvider(providerSchema.parse(config), new RecordingLog());
  const user = new PartnerUser(provider, identifier, fast);
  const connected = user.connect();
  for (let n = 0; n < texts; n++) await user.sendText(chat, `A${n}`, { cause: `A${n}` });
  const up = await connected;
  say(up.kind === 'up' ? { kind: 'connected' } : { kind: 'failed', reason: up.reason });
}

process.once('message', (begin: BeginPartner) => {
  run(begin).catch((error: unknown) => say({ kind: 'failed', reason: String(error) }));
});
