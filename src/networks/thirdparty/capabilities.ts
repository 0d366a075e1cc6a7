import type { Capabilities } from '../../core/network.ts';
import { featureLevels } from '../../interop/profile/features-profile.ts';
import { maxTextBytes } from '../../interop/profile/message-profile.ts';

/** What third-party chats carry is the same at both of their ends. Stickers and disappearing messages are left out today [O]. */
export function capabilities({ maxMediaBytes }: { readonly maxMediaBytes: number }): Capabilities {
  return {
    features: featureLevels,
    maxTextBytes: maxTextBytes.value,
    maxMediaBytes,
    encrypted: true,
    addressIsPrivate: true,
  };
}
