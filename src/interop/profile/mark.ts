/**
 * How sure an item of the profile is: O = Meta's public "Overview of the Technical Framework" v1.0.3, P = public knowledge
 * of WhatsApp's ordinary client protocol from open-source clients, U = unofficial, seen in reverse-engineered clients,
 * G = a guess or choice of ours.
 */
export const marks = ['O', 'P', 'U', 'G'] as const;
export type Mark = (typeof marks)[number];

/** A value, and how sure it is. */
export interface Marked<T> {
  readonly value: T;
  readonly mark: Mark;
}

/** One mark for all of a thing, one for each of its parts, or `own` where marks stand in the thing itself. */
export type MarksOf<T> =
  Mark | (T extends object ? 'own' | { readonly [K in keyof T]: MarksOf<T[K]> } : never);

/** A thing of the profile, by its path, and its mark. */
export interface ProfileItem {
  readonly name: string;
  readonly mark: Mark;
}

/** The items of a thing, as its marks say. Throws where `own` is said of something that has none. */
export function itemsOf(name: string, value: unknown, said: unknown): readonly ProfileItem[] {
  if (isMark(said)) return [{ name, mark: said }];
  if (!isObject(value)) throw new TypeError(`${name} of the profile has no mark`);
  if (said === 'own' && isMark(value['mark'])) return [{ name, mark: value['mark'] }];
  const told = isObject(said) ? said : {};
  return Object.entries(value).flatMap(([key, part]) =>
    itemsOf(`${name}.${key}`, part, said === 'own' ? said : told[key]),
  );
}

function isMark(value: unknown): value is Mark {
  return marks.some((mark) => mark === value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
