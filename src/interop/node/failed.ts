// Why bytes are no node, or a node has no bytes: a closed union, safe to log and to count.

export const nodeFailures = [
  'empty',
  'truncated',
  'too-large',
  'too-deep',
  'too-many',
  'bad-deflate',
  'unknown-tag',
  'bad-packed',
  'bad-address',
  'no-tag',
  'same-attribute',
  'trailing',
] as const;
export type NodeFailure = (typeof nodeFailures)[number];

/** A failure of the codec; `at` is the byte of the inflated node where it was seen, where there is one. */
export interface NodeFailed {
  readonly kind: 'failed';
  readonly reason: NodeFailure;
  readonly at: number | undefined;
  /** Safe to log: it names no content. */
  readonly text: string;
}

/** Makes a failure with its sentence. */
export function nodeFailed(reason: NodeFailure, at?: number): NodeFailed {
  return {
    kind: 'failed',
    reason,
    at,
    text: at === undefined ? texts[reason] : `${texts[reason]} (byte ${at})`,
  };
}

const texts: Readonly<Record<NodeFailure, string>> = {
  empty: 'no bytes at all',
  truncated: 'the bytes end inside of a node',
  'too-large': 'more bytes than allowed',
  'too-deep': 'nodes nested deeper than allowed',
  'too-many': 'more nodes or attributes than allowed',
  'bad-deflate': 'the compressed part is no zlib stream',
  'unknown-tag': 'a tag byte that stands for nothing here',
  'bad-packed': 'packed text with a character that its alphabet lacks',
  'bad-address': 'an address that no text form has',
  'no-tag': 'a node or attribute without a name',
  'same-attribute': 'an attribute that is there twice',
  trailing: 'bytes after the node',
};
