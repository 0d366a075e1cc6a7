import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './find-program.ts';

/** What a test or the demo can do to a running server. Disposing of it stops it. */
export interface ServerControl extends AsyncDisposable {
  /** The process id; throws while the server is not running. */
  readonly pid: number;
  readonly logFile: string;
  /** Asks the server to end and waits for it; after ten seconds it is killed. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  /** Stops it if it runs, then starts it again on the same ports and data, and waits until it is ready. */
  restart(): Promise<void>;
  /** Freezes the server (SIGSTOP): connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/** How to run one server in the foreground. */
export interface ServerCommand {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The account to run under; needs root. */
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly stopSignal?: NodeJS.Signals;
  readonly startTimeoutMs?: number;
  /** Resolves to true once the server answers; a rejection counts as "not yet". */
  readonly ready: () => Promise<boolean>;
}

const STOP_TIMEOUT_MS = 10_000;
const running = new Map<number, ServerProcess>();

/**
 * A child process that is a server: started in a process group of its own (so that Ctrl-C in a terminal reaches
 * only its owner), its output in a log file. It ends with its owner: the kernel kills it when the owner dies
 * (where `setpriv` exists), and an exit handler does elsewhere.
 */
export class ServerProcess implements ServerControl {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;
  #lastEnd = 'never started';

  constructor(command: ServerCommand) {
    this.#command = command;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#command.name} is not running.`);
    return pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** How the process ended the last time: its exit code, or the signal that ended it. */
  get lastEnd(): string {
    return this.#lastEnd;
  }

  get logFile(): string {
    return this.#command.logFile;
  }

  async start(): Promise<void> {
    const { program, args } = dyingWithParent(this.#command);
    const log = openSync(this.logFile, 'a');
    const child = spawn(program, args, {
      cwd: this.#command.cwd,
      env: { ...process.env, ...this.#command.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    await once(child, 'spawn');
    this.#child = child;
    this.#track(child);
    await this.#untilReady(child);
  }

  async stop(): Promise<void> {
    this.resume();
    await this.#end(this.#command.stopSignal ?? 'SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  pause(): void {
    this.#signalAll('SIGSTOP');
  }

  resume(): void {
    this.#signalAll('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Kills without waiting: for the exit of the owner. */
  abandon(): void {
    this.#signalAll('SIGKILL');
  }

  #track(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    if (running.size === 0) process.on('exit', abandonAll);
    running.set(pid, this);
    child.once('exit', (code, signal) => {
      this.#lastEnd = signal ?? `exit code ${code ?? 'unknown'}`;
      running.delete(pid);
      if (running.size === 0) process.off('exit', abandonAll);
      if (this.#child === child) this.#child = undefined;
    });
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const patience = this.#command.startTimeoutMs ?? 60_000;
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(this.#failure(`ended with ${child.exitCode ?? child.signalCode ?? 'nothing'}`));
      }
      if (await this.#command.ready().catch(() => false)) return;
      await sleep(50);
    }
    await this.kill();
    throw new Error(this.#failure(`was not ready after ${patience / 1000} s`));
  }

  #failure(what: string): string {
    const tail = readFileSync(this.logFile, 'utf8').split('\n').slice(-40).join('\n');
    return `${this.#command.name} ${what}. The end of ${this.logFile}:\n${tail}`;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const ended = once(child, 'exit');
    if (signal === 'SIGKILL') this.#signalAll(signal);
    else process.kill(child.pid, signal);
    const timer = setTimeout(() => this.#signalAll('SIGKILL'), STOP_TIMEOUT_MS);
    await ended.finally(() => clearTimeout(timer));
  }

  /** Its group, and its children too: some servers (PostgreSQL) put each of theirs into a group of its own. */
  #signalAll(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    const targets = [-pid, ...childrenOf(pid)];
    for (const target of targets) {
      try {
        process.kill(target, signal);
      } catch {
        // It ended on its own in the meantime.
      }
    }
  }
}

function abandonAll(): void {
  for (const server of running.values()) server.abandon();
}

function childrenOf(pid: number): readonly number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  } catch {
    return [];
  }
}

function dyingWithParent({ program, args, account }: ServerCommand): { program: string; args: string[] } {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  if (setpriv === undefined) {
    if (account !== undefined) throw new Error('Changing the account needs setpriv (package util-linux).');
    return { program, args: [...args] };
  }
  const change =
    account === undefined ? [] : ['--reuid', `${account.uid}`, '--regid', `${account.gid}`, '--clear-groups'];
  return { program: setpriv, args: [...change, '--pdeathsig', 'KILL', '--', program, ...args] };
}
