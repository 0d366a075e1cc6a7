#!/usr/bin/env node
/** The command line: arguments in, exit codes out. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { networksOf, startBridge, type Bridge } from './bridge.ts';
import { helpText, parseCommandLine, type Invocation } from './command-line.ts';
import type { Log } from './core/task.ts';
import { doctorContext } from './doctor-probes.ts';
import { examine } from './doctor/examine.ts';
import { isWell, reportJson, reportText } from './doctor/report.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { keepHeapSmall } from './heap.ts';
import { liveUntilStopped, onHangup } from './lifetime.ts';
import { createLog, type LogSettings } from './log.ts';
import { newPuppetRegistration, newRegistration, writeRegistration } from './registration.ts';
import { configure, prepare, type Ready, type Surroundings } from './setup.ts';
import { RulesDoNotFit } from './rules/rulebook.ts';
import { LeaseHeldError, LeaseLostError, StorageError } from './storage/errors.ts';
import { languageOf, text } from './texts/catalogue.ts';

const { env } = process;
const surroundings: Surroundings = {
  env,
  language: languageOf(env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG']) ?? 'en',
};
const { language } = surroundings;

process.exitCode = await perform(parseCommandLine(process.argv.slice(2)));
// What still holds the process open now is a leak; it does not get to keep it.
setTimeout(() => process.exit(), 2_000).unref();

async function perform(invocation: Invocation): Promise<number> {
  switch (invocation.kind) {
    case 'help':
      return say(helpText(language));
    case 'version':
      return say(`${version()}\n`);
    case 'wrong':
      return refuse(text(language, 'cli.bad-argument', { argument: invocation.argument }), exitCodes.usage);
    case 'check-config': {
      const configured = configure(invocation.config, surroundings);
      if (configured.kind === 'refused') return refuse(configured.text, configured.exit);
      configured.warnings.forEach((warning) => refuse(warning, exitCodes.ok));
      return say(`${text(language, 'cli.config-ok', { file: configured.name })}\n`);
    }
    case 'register':
      return register(invocation);
    case 'doctor': {
      const ready = prepare(invocation.config, surroundings);
      return ready.kind === 'refused' ? refuse(ready.text, ready.exit) : doctor(ready, invocation.json);
    }
    case 'run': {
      const ready = prepare(invocation.config, surroundings);
      return ready.kind === 'refused' ? refuse(ready.text, ready.exit) : run(ready, invocation.config);
    }
  }
}

type Registering = Extract<Invocation, { kind: 'register' }>;

function register(asked: Registering): ExitCode {
  const configured = configure(asked.config, surroundings);
  if (configured.kind === 'refused') return refuse(configured.text, configured.exit);
  const { homeserver, appservice, networks } = configured.file;
  const { domain } = homeserver;
  if (asked.doublePuppet) {
    const { id, senderLocalpart } = appservice;
    return write(asked, configured.name, newPuppetRegistration({ id, domain, senderLocalpart }));
  }
  const url = asked.url ?? appservice.url;
  if (url === undefined) return refuse(text(language, 'cli.missing-url'), exitCodes.usage);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    return refuse(text(language, 'cli.bad-url', { url }), exitCodes.usage);
  const registration = newRegistration({
    id: appservice.id,
    url,
    domain,
    senderLocalpart: appservice.senderLocalpart,
    botLocalpart: appservice.botLocalpart,
    ghostPrefix: appservice.ghostPrefix,
    networks: Object.entries(networks).flatMap(([name, section]) => (section === undefined ? [] : [name])),
  });
  return write(asked, configured.name, registration);
}

function write({ file, force, doublePuppet }: Registering, config: string, registration: string): ExitCode {
  const written = writeRegistration(file, registration, force);
  if (written === 'exists')
    return refuse(text(language, 'registration.exists', { file }), exitCodes.cannotCreate);
  if (written !== 'written')
    return refuse(
      text(language, 'registration.not-written', { file, code: written.code }),
      exitCodes.cannotCreate,
    );
  const steps = [
    text(language, 'registration.written', { file }),
    text(language, 'registration.step-homeserver'),
    text(language, 'registration.step-config', {
      setting: doublePuppet ? 'double_puppeting.registration' : 'appservice.registration',
      config,
    }),
    text(language, 'registration.step-doctor', { config }),
  ];
  return say(`${steps.join('\n')}\n`);
}

async function doctor({ config, registration, puppetRegistration }: Ready, json: boolean): Promise<ExitCode> {
  const log = logOf(config.logging, config.storage.key, 'error');
  const networks = networksOf({ config, log, version: version() });
  const results = await examine(doctorContext({ config, registration, puppetRegistration, networks, log }));
  say(json ? `${reportJson(language, results)}\n` : reportText(language, results));
  return isWell(results) ? exitCodes.ok : exitCodes.failed;
}

async function run({ config, warnings }: Ready, file: string | undefined): Promise<number> {
  keepHeapSmall();
  const log = logOf(config.logging, config.storage.key);
  for (const warning of warnings) log.warn({}, warning);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      log.error({ err: error }, event);
      process.exit(exitCodes.failed);
    });
  const running: { bridge?: Bridge } = {};
  const hangup = onHangup(process, () => {
    if (running.bridge !== undefined) reload(running.bridge, file, log);
  });
  try {
    const bridge = await startBridge({ config, log, version: version() });
    running.bridge = bridge;
    const ended = await liveUntilStopped(bridge, process, (code) => process.exit(code));
    if (ended === 'stopped') {
      log.info({}, 'the bridge has stopped');
      return exitCodes.ok;
    }
    if (ended !== 'too-slow') return broke(log, ended.broken);
    log.error({}, 'the bridge did not stop in time');
    return process.exit(exitCodes.failed);
  } catch (error) {
    return broke(log, error);
  } finally {
    hangup[Symbol.dispose]();
  }
}

/** Reads the configuration again. What is wrong is refused as a whole, and the bridge goes on as it was. */
function reload(bridge: Bridge, file: string | undefined, log: Log): void {
  const ready = prepare(file, surroundings);
  if (ready.kind === 'refused') {
    log.error({ problem: ready.text }, 'the configuration is wrong: everything stays as it was');
    return;
  }
  const waiting = bridge.reconfigure(ready.config);
  log.info({}, 'the configuration was read again');
  if (waiting.length > 0) log.warn({ settings: waiting }, 'these settings change at the next start');
}

/** The bridge cannot start, or cannot go on. */
function broke(log: Log, error: unknown): ExitCode {
  log.error({ err: error }, 'the bridge cannot run');
  if (error instanceof LeaseHeldError) {
    const { host, pid } = error.holder;
    return refuse(text(language, 'cli.database-held', { holder: `${host}, ${pid}` }), exitCodes.held);
  }
  if (error instanceof LeaseLostError)
    return refuse(text(language, 'cli.database-held', { holder: '–' }), exitCodes.held);
  if (error instanceof RulesDoNotFit)
    return refuse(text(language, 'cli.rules-do-not-fit', { what: error.message }), exitCodes.config);
  if (error instanceof StorageError || (error instanceof Error && 'syscall' in error))
    return refuse(text(language, 'cli.unavailable', { what: error.message }), exitCodes.unavailable);
  const code = error instanceof Error ? error.name : typeof error;
  return refuse(text(language, 'cli.stopped-with-error', { code }), exitCodes.failed);
}

/** Short forms of identifiers stay the same from start to start, and tell nothing of the key. */
function logOf(settings: LogSettings, key: Buffer, level = settings.level): Log {
  const derived = createHash('sha256').update('causeway log').update(key).digest();
  return createLog(
    { ...settings, level },
    derived,
    level === settings.level ? process.stdout : process.stderr,
  );
}

function version(): string {
  const found: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof found === 'object' && found !== null && 'version' in found ? String(found.version) : '–';
}

function say(what: string): typeof exitCodes.ok {
  process.stdout.write(what);
  return exitCodes.ok;
}

function refuse(what: string, exit: ExitCode): ExitCode {
  process.stderr.write(`${what}\n`);
  return exit;
}
