import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** What a generated homeserver depends on. */
export interface SynapseSettings {
  readonly dir: string;
  readonly serverName: string;
  readonly port: number;
  readonly registrations: readonly string[];
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
  readonly roomVersion: string;
  readonly sharedSecret: string;
  readonly overrides: Readonly<Record<string, unknown>>;
}

const UNLIMITED = { per_second: 100_000, burst_count: 100_000 };

/** The generated files of a homeserver by their names in its folder. */
export function synapseFiles(settings: SynapseSettings): Readonly<Record<string, string>> {
  return {
    'homeserver.yaml': stringify(homeserver(settings)),
    'log.yaml': stringify(logging(settings.logLevel)),
    'signing.key': `ed25519 a_test ${randomBytes(32).toString('base64').replace(/=+$/, '')}\n`,
  };
}

function homeserver(settings: SynapseSettings): Record<string, unknown> {
  const { dir, port } = settings;
  return {
    server_name: settings.serverName,
    public_baseurl: `http://127.0.0.1:${port}/`,
    pid_file: join(dir, 'homeserver.pid'),
    listeners: [
      {
        port,
        type: 'http',
        tls: false,
        bind_addresses: ['127.0.0.1'],
        resources: [{ names: ['client', 'media'], compress: false }],
      },
    ],
    database: { name: 'sqlite3', args: { database: join(dir, 'homeserver.db') } },
    log_config: join(dir, 'log.yaml'),
    media_store_path: join(dir, 'media'),
    max_upload_size: '100M',
    url_preview_enabled: false,
    signing_key_path: join(dir, 'signing.key'),
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    federation_domain_whitelist: [],
    app_service_config_files: settings.registrations,
    default_room_version: settings.roomVersion,
    enable_registration: false,
    registration_shared_secret: settings.sharedSecret,
    macaroon_secret_key: randomBytes(32).toString('hex'),
    form_secret: randomBytes(32).toString('hex'),
    bcrypt_rounds: 4,
    presence: { enabled: true },
    filter_timeline_limit: -1,
    report_stats: false,
    ...rateLimits(),
    ...settings.overrides,
  };
}

function rateLimits(): Record<string, unknown> {
  const simple = [
    ...['rc_message', 'rc_registration', 'rc_registration_token_validity', 'rc_admin_redaction'],
    ...['rc_joins_per_room', 'rc_key_requests', 'rc_third_party_invite', 'rc_media_create'],
    ...['rc_3pid_validation', 'rc_delayed_event_mgmt', 'rc_room_creation', 'rc_reports', 'rc_user_directory'],
    'rc_profile',
  ];
  return {
    ...Object.fromEntries(simple.map((name) => [name, UNLIMITED])),
    rc_login: { address: UNLIMITED, account: UNLIMITED, failed_attempts: UNLIMITED },
    rc_joins: { local: UNLIMITED, remote: UNLIMITED },
    rc_invites: { per_room: UNLIMITED, per_user: UNLIMITED, per_issuer: UNLIMITED },
    rc_presence: { per_user: UNLIMITED },
  };
}

function logging(level: string): Record<string, unknown> {
  return {
    version: 1,
    formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s - %(message)s' } },
    handlers: { console: { class: 'logging.StreamHandler', formatter: 'line' } },
    root: { level, handlers: ['console'] },
    disable_existing_loggers: false,
  };
}
