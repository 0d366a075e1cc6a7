/** Reading of JSON that may hold anything: only own keys count, and a value of the wrong type is as good as none. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object that a text holds, or `undefined` where it is no JSON or something else. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function objectIn(object: JsonObject, key: string): JsonObject | undefined {
  return asObject(valueIn(object, key));
}

/** The objects of a list; anything else in it is left out. */
export function objectsIn(object: JsonObject, key: string): readonly JsonObject[] {
  const list = valueIn(object, key);
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items.flatMap((item): readonly JsonObject[] => {
    const object = asObject(item);
    return object === undefined ? [] : [object];
  });
}

export function textIn(object: JsonObject, key: string): string | undefined {
  const value = valueIn(object, key);
  return typeof value === 'string' ? value : undefined;
}

/** The objects in a list, in order; what is none stands as an empty one. `undefined` where there is no list. */
export function listIn(object: JsonObject, key: string): readonly JsonObject[] | undefined {
  const value = valueIn(object, key);
  return Array.isArray(value) ? value.map((item: unknown) => asObject(item) ?? {}) : undefined;
}

/** The texts in a list, in order, without anything else that is there. `undefined` where there is no list. */
export function textsIn(object: JsonObject, key: string): readonly string[] | undefined {
  const value = valueIn(object, key);
  return Array.isArray(value)
    ? value.filter((item: unknown): item is string => typeof item === 'string')
    : undefined;
}

export function flagIn(object: JsonObject, key: string): boolean {
  return valueIn(object, key) === true;
}

/** A whole number from 0 to `max`; a fraction is rounded. */
export function countIn(object: JsonObject, key: string, max: number): number | undefined {
  const value = valueIn(object, key);
  return typeof value === 'number' && value >= 0 && value <= max ? Math.round(value) : undefined;
}

export function has(object: JsonObject, key: string): boolean {
  return Object.hasOwn(object, key);
}

function valueIn(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}
