const maxBytes = 256;

/** Whether a reaction's key is short enough to cross, in either direction. */
export function reactionKeyFits(key: string): boolean {
  return key.length <= maxBytes && Buffer.byteLength(key) <= maxBytes;
}
