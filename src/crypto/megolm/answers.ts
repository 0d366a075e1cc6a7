/**
 * What other servers say of their users' keys, made fit for the engine, which refuses a whole answer for one part that has
 * not the shape: https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3keysquery and
 * https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3keysclaim
 */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import { asObject, readObject } from './megolm-header.ts';

type Fields = Readonly<Record<string, unknown>>;
/** A value as it may stay; undefined where it is to go. */
type Keep = (value: unknown, name: string) => unknown;

/** Signed objects have three levels; the engine reads a hundred or so. */
const deepest = 32;

const queryFields = ['device_keys', 'master_keys', 'self_signing_keys', 'user_signing_keys', 'failures'];

/**
 * An answer to `/keys/query` without the entries that have not the shape; undefined where it is no answer at all, for which
 * the own homeserver is to blame. It says something of every user whom `asked`, the request's body, names, so that the
 * engine does not ask on and on: the server of a user of whom nothing is left counts as one that failed, and is asked again
 * later; a user of the own server, which is that of `own`, has no devices then.
 */
export function cleanKeysQuery(body: string, asked: string | undefined, own: string): string | undefined {
  const answer = outline(body, queryFields);
  if (answer === undefined) return undefined;
  const devices = users(answer['device_keys'], eachOf(object));
  const wanted = Object.keys(asObject(readObject(asked ?? '')?.['device_keys']) ?? {});
  const silent = wanted.filter((user) => !Object.hasOwn(devices, user) && isUserId(user));
  const isNear = (user: string): boolean => serverOf(user) === serverOf(own);
  return JSON.stringify({
    device_keys: { ...devices, ...named(silent.filter(isNear)) },
    master_keys: users(answer['master_keys'], object),
    self_signing_keys: users(answer['self_signing_keys'], object),
    user_signing_keys: users(answer['user_signing_keys'], object),
    failures: { ...named(silent.filter((user) => !isNear(user)).map(serverOf)), ...failures(answer) },
  });
}

/** An answer to `/keys/claim` without the entries that have not the shape; undefined where it is no answer at all. */
export function cleanKeysClaim(body: string): string | undefined {
  const answer = outline(body, ['one_time_keys', 'failures']);
  if (answer?.['one_time_keys'] === undefined) return undefined;
  const keys = eachOf((key, id) => (id.indexOf(':') > 0 ? keyOf(key) : undefined));
  return JSON.stringify({
    one_time_keys: users(answer['one_time_keys'], eachOf(keys)),
    failures: failures(answer),
  });
}

/** An object whose fields of these names are objects, as far as it has them. */
function outline(body: string, names: readonly string[]): Fields | undefined {
  const answer = readObject(body);
  const isFit = names.every((name) => answer?.[name] === undefined || asObject(answer[name]) !== undefined);
  return isFit ? answer : undefined;
}

function users(value: unknown, keep: Keep): Fields {
  return entries(value, (part, name) => (isUserId(name) ? keep(part, name) : undefined));
}

function failures(answer: Fields): Fields {
  return entries(answer['failures'], (part) => (isSound(part) ? part : {}));
}

function named(names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function serverOf(user: string): string {
  return user.slice(user.indexOf(':') + 1);
}

function entries(value: unknown, keep: Keep): Fields {
  const kept = Object.entries(asObject(value) ?? {}).map(([name, part]) => [name, keep(part, name)] as const);
  return Object.fromEntries(kept.filter(([name, part]) => part !== undefined && name.isWellFormed()));
}

function eachOf(keep: Keep): Keep {
  return (value) => (asObject(value) === undefined ? undefined : entries(value, keep));
}

function object(value: unknown): unknown {
  return asObject(value) !== undefined && isSound(value) ? value : undefined;
}

function keyOf(value: unknown): unknown {
  return typeof value === 'string' && value.isWellFormed() ? value : object(value);
}

/** Whether it can be written and read again: no half characters, not too deep. */
function isSound(value: unknown, left = deepest): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (left === 0) return false;
  return Object.entries(value).every(([name, part]) => name.isWellFormed() && isSound(part, left - 1));
}

/** The engine's own judgement, since it is the engine that must take it. */
function isUserId(name: string): boolean {
  try {
    new wasm.UserId(name).free();
    return name.isWellFormed();
  } catch {
    return false;
  }
}
