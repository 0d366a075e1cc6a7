/** Key paths: https://w3c.github.io/IndexedDB/#key-path-construct */
import { domError } from './errors.ts';

export type KeyPath = string | readonly string[];

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** Reads a key path, or throws a `SyntaxError`. */
export function keyPathOf(value: unknown): KeyPath {
  if (Array.isArray(value)) {
    const paths = value.map((path) => String(path));
    if (paths.length === 0 || !paths.every(isPath))
      throw domError('SyntaxError', 'the key path is not valid');
    return paths;
  }
  const path = String(value);
  if (!isPath(path)) throw domError('SyntaxError', 'the key path is not valid');
  return path;
}

function isPath(path: string): boolean {
  return path === '' || path.split('.').every((part) => identifier.test(part));
}

/** What stands at the path, as `{ value }`; undefined where nothing does. */
export function evaluate(source: unknown, path: KeyPath): { readonly value: unknown } | undefined {
  if (typeof path === 'string') return evaluateOne(source, path);
  const values: unknown[] = [];
  for (const part of path) {
    const found = evaluateOne(source, part);
    if (found === undefined) return undefined;
    values.push(found.value);
  }
  return { value: values };
}

function evaluateOne(source: unknown, path: string): { readonly value: unknown } | undefined {
  if (path === '') return { value: source };
  let value = source;
  for (const part of path.split('.')) {
    if (typeof value === 'string' && part === 'length') value = value.length;
    else if (isObject(value) && Object.hasOwn(value, part)) value = Reflect.get(value, part);
    else return undefined;
    if (value === undefined) return undefined;
  }
  return { value };
}

/** Whether a key can be put into the value at the path. */
export function canInject(target: unknown, path: string): boolean {
  let value = target;
  for (const part of path.split('.').slice(0, -1)) {
    if (!isObject(value)) return false;
    if (!Object.hasOwn(value, part)) return true;
    value = Reflect.get(value, part);
  }
  return isObject(value);
}

/** Puts a key into the value at the path, with the objects on the way where there are none. */
export function inject(target: unknown, path: string, key: unknown): void {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let value = target;
  for (const part of parts) {
    if (!isObject(value)) return;
    if (!Object.hasOwn(value, part)) define(value, part, {});
    value = Reflect.get(value, part);
  }
  if (isObject(value)) define(value, last, key);
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
