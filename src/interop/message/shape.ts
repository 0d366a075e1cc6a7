/** The shape of a protobuf message: which field has which number and type. */
import type { Mark } from '../profile/mark.ts';

export type ScalarType = 'string' | 'bytes' | 'bool' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'double';

interface Scalar<T extends ScalarType> {
  readonly no: number;
  readonly type: T;
}
interface Embedded {
  readonly no: number;
  readonly type: 'message' | 'messages';
  readonly of: () => AnyShape;
}
export type AnyField = Scalar<ScalarType> | { readonly no: number; readonly type: 'strings' } | Embedded;
export interface AnyShape {
  readonly mark: Mark;
  readonly fields: Readonly<Record<string, AnyField>>;
}

/** The shape of one message type: every field of `T`, and none besides. In the order of their numbers. */
export interface Shape<T> {
  readonly mark: Mark;
  readonly fields: { readonly [K in keyof T]-?: FieldOf<Exclude<T[K], undefined>> };
}
type FieldOf<V> = [V] extends [string]
  ? Scalar<'string'>
  : [V] extends [Uint8Array]
    ? Scalar<'bytes'>
    : [V] extends [boolean]
      ? Scalar<'bool'>
      : [V] extends [number]
        ? Scalar<'uint32' | 'int32' | 'uint64' | 'int64' | 'double'>
        : [V] extends [readonly string[]]
          ? { readonly no: number; readonly type: 'strings' }
          : [V] extends [readonly (infer M)[]]
            ? { readonly no: number; readonly type: 'messages'; readonly of: () => Shape<M> }
            : { readonly no: number; readonly type: 'message'; readonly of: () => Shape<V> };
