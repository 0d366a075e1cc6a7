import type { Capabilities } from '../../core/network.ts';
import { maxTextBytes } from '../../interop/profile/message-profile.ts';
import { featureLevels } from '../../interop/profile/features-profile.ts';

/** What third-party chats of WhatsApp carry. `maxMediaBytes` is the configured bound. */
export function capabilities(maxMediaBytes: number): Capabilities {
  return {
    features: featureLevels,
    // What is longer goes as several messages, so that this bounds one of them.
    maxTextBytes: maxTextBytes.value,
    maxMediaBytes,
    encrypted: true,
    addressIsPrivate: true,
  };
}
