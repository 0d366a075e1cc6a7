import type { Link } from './client.ts';
import { serverDomain, type XmppConfig } from './config.ts';
import type { XmppDeps } from './deps.ts';
import { MediaFetcher } from './media.ts';
import { UploadFinder } from './upload-service.ts';
import { Uploader } from './upload.ts';
import { Uploads } from './uploads.ts';

/** The files that come and go. */
export interface Transfers extends AsyncDisposable {
  readonly uploads: Uploads;
  readonly fetcher: MediaFetcher;
}

/** Makes what moves files both ways, as configured. */
export function makeTransfers(
  { domain, media, ...config }: XmppConfig,
  deps: XmppDeps,
  link: Link,
): Transfers {
  const timeoutMs = media.timeout_seconds * 1000;
  const server = serverDomain({ domain, server: config.server });
  const place = { from: domain, server, configured: media.upload_host };
  const finder = new UploadFinder(link, place, deps.now ?? Date.now);
  const uploader = new Uploader(link, finder, { maxBytes: media.max_bytes, timeoutMs });
  const transcoder = media.transcode_voice ? deps.transcoder : undefined;
  const fetcher = new MediaFetcher({
    maxBytes: media.max_bytes,
    trust: {
      allowPrivate: media.allow_private_addresses,
      hosts: new Set(media.trusted_hosts.map((host) => host.toLowerCase())),
    },
    timeoutMs,
  });
  return {
    uploads: new Uploads({ uploader, transcoder }),
    fetcher,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([uploader[Symbol.asyncDispose](), fetcher[Symbol.asyncDispose]()]);
    },
  };
}
