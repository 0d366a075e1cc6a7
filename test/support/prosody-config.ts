/** An external component (XEP-0114) that may connect. */
export interface ProsodyComponent {
  readonly domain: string;
  readonly secret: string;
}

/** What a generated Prosody depends on. */
export interface ProsodySettings {
  readonly dir: string;
  readonly domain: string;
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly httpPort: number;
  readonly components: readonly ProsodyComponent[];
  readonly extra: string;
  /** Modules of one's own for the rooms, by their names, from a folder; absent where there are none. */
  readonly roomModules?: RoomModules | undefined;
}

/** Modules of Prosody that are loaded for the rooms, with Lua that sets them up. */
export interface RoomModules {
  readonly folder: string;
  readonly names: readonly string[];
  readonly settings: string;
}

// No stream management: the test client's library miscounts stanzas after a resumption that failed.
const MODULES = [
  ...['roster', 'saslauth', 'disco', 'ping', 'time', 'version', 'posix'],
  ...['carbons', 'mam', 'pep', 'private', 'blocklist', 'vcard4', 'vcard_legacy', 'bookmarks'],
  ...['http', 'privilege'],
];

/** The text of prosody.cfg.lua: everything on loopback, passwords accepted without TLS, no other servers. */
export function prosodyConfig(settings: ProsodySettings): string {
  const { dir, domain, extra, roomModules } = settings;
  const inRooms = ['muc_mam', 'muc_moderation', 'vcard_muc', ...(roomModules?.names ?? [])];
  return `
run_as_root = true
pidfile = ${quote(`${dir}/prosody.pid`)}
data_path = ${quote(`${dir}/data`)}
log = { { levels = { min = "info" }, to = "console" } }
storage = "internal"
${roomModules === undefined ? '' : `plugin_paths = { ${quote(roomModules.folder)} }`}
authentication = "internal_plain"

interfaces = { "127.0.0.1" }
c2s_ports = { ${settings.c2sPort} }
component_interfaces = { "127.0.0.1" }
component_ports = { ${settings.componentPort} }
http_interfaces = { "127.0.0.1" }
http_ports = { ${settings.httpPort} }
https_ports = {}
network_settings = { nagle = false }
http_default_host = ${quote(uploadDomain(domain))}
http_external_url = "http://127.0.0.1:${settings.httpPort}/"

modules_enabled = { ${MODULES.map(quote).join(', ')} }
modules_disabled = { "s2s", "tls" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true

default_archive_policy = true
archive_expires_after = "never"
max_archive_query_results = 250
http_file_share_size_limit = 100 * 1024 * 1024
http_file_share_daily_quota = 10 * 1024 * 1024 * 1024

VirtualHost ${quote(domain)}
  privileged_entities = {
${settings.components.map((component) => privileges(component)).join('\n')}
  }

Component ${quote(uploadDomain(domain))} "http_file_share"

Component ${quote(`rooms.${domain}`)} "muc"
  modules_enabled = { ${inRooms.map(quote).join(', ')} }
  ${roomModules?.settings ?? ''}
  restrict_room_creation = false
  muc_log_by_default = true

${settings.components.map((component) => external(component)).join('\n')}
${extra}
`;
}

/** The name of the host that hands out upload slots (XEP-0363). */
export function uploadDomain(domain: string): string {
  return `upload.${domain}`;
}

/** The path, under the data folder, and the content of the file that an account is to Prosody's own storage. */
export function accountFile(
  domain: string,
  local: string,
  password: string,
): { path: string; content: string } {
  return {
    path: `${escapeName(domain)}/accounts/${escapeName(local)}.dat`,
    content: `return {\n\t["password"] = ${quote(password)};\n};\n`,
  };
}

function privileges({ domain }: ProsodyComponent): string {
  const may =
    'roster = "both", message = "outgoing", presence = "roster", iq = { ["urn:xmpp:blocking"] = "both" }';
  return `    [${quote(domain)}] = { ${may} };`;
}

function external({ domain, secret }: ProsodyComponent): string {
  return `Component ${quote(domain)}\n  component_secret = ${quote(secret)}\n  modules_enabled = { "privilege" }\n`;
}

function quote(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** Prosody escapes each byte outside [A-Za-z0-9] as %hh in file names. */
function escapeName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) => (/[A-Za-z0-9]/.test(char) ? char : `%${hex(char)}`))
    .join('');
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, '0');
}
