import * as z from 'zod';

const host = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'a domain in lower case');

const media = z
  .strictObject({
    max_bytes: z
      .int()
      .positive()
      .default(100 * 1024 * 1024)
      .describe('Files above this size, in bytes, pass in neither direction.'),
    upload_host: host
      .optional()
      .describe('The host that hands out upload slots (XEP-0363). Found by asking the server where absent.'),
    allow_private_addresses: z
      .boolean()
      .default(false)
      .describe(
        'Whether files are also fetched from private and loopback addresses. Whoever can write to a user chooses the address that the bridge fetches from: leave it off unless nothing else listens there.',
      ),
    trusted_hosts: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Hosts (`host` or `host:port`) from which files are fetched even where they have private addresses.',
      ),
    transcode_voice: z
      .boolean()
      .default(true)
      .describe(
        'Whether voice messages from Matrix (Ogg with Opus) are sent as AAC in MP4, which every client plays, iPhones included. It needs ffmpeg; without it they go as they are.',
      ),
    timeout_seconds: z
      .int()
      .positive()
      .default(30)
      .describe('How long a server of files may be silent before a transfer is given up.'),
  })
  .prefault({});

const rooms = z
  .strictObject({
    max_occupants: z
      .int()
      .min(1)
      .max(100_000)
      .default(5000)
      .describe('How many people of one room are remembered. Of more, only how many they are is known.'),
    catch_up_messages: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe("How many messages are read from a room's archive at most, after the bridge was away."),
    catch_up_days: z
      .int()
      .min(1)
      .max(3650)
      .default(30)
      .describe('Messages that are older are not brought in after the bridge was away, in days.'),
    check_seconds: z
      .int()
      .min(1)
      .default(300)
      .describe('How often rooms are asked whether the bridge is still in them, in seconds (XEP-0410).'),
  })
  .prefault({});

/** The configuration of the network: the bridge is an external component (XEP-0114) of an XMPP server. */
export const xmppConfig = z.strictObject({
  service: z
    .string()
    .regex(/^xmpp:\/\/[^/\s]+:\d+$/, 'xmpp://host:port')
    .default('xmpp://127.0.0.1:5347')
    .describe(
      'Where the XMPP server listens for components. Components speak without TLS: use loopback or a network of your own.',
    ),
  domain: host.describe(
    "The component's domain, as in the server's configuration. Matrix users are reached at addresses of it.",
  ),
  secret: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces')
    .meta({ secret: true })
    .describe("The secret that the server's configuration gives the component."),
  server: host
    .optional()
    .describe("The server's own domain. The component's domain without its first label where absent."),
  name: z
    .string()
    .min(1)
    .max(100)
    .default('Matrix')
    .describe('What the gateway is called in the service lists of XMPP clients.'),
  max_waiting: z
    .int()
    .min(1)
    .default(512)
    .describe('How many messages may wait to be stored before the bridge stops to read from the server.'),
  rooms: rooms.describe('Rooms of many people (XEP-0045).'),
  presence: z
    .strictObject({
      subscribe: z
        .boolean()
        .default(true)
        .describe(
          'Whether people whom Matrix users write to are asked to show these users their presence. Without it only the presence of those is seen who show it by themselves.',
        ),
    })
    .prefault({})
    .describe('Who is there.'),
  media: media.describe('Files that travel with messages.'),
});
export type XmppConfig = z.output<typeof xmppConfig>;

/** The domain of the server that the component belongs to. */
export function serverDomain(config: Pick<XmppConfig, 'domain' | 'server'>): string {
  return config.server ?? config.domain.slice(config.domain.indexOf('.') + 1);
}
