/** Places for transfers: whoever serves files slowly must not hold up everybody's. */
export interface Slots {
  /** A place for a transfer from a host, and how it is given back (once, however often); `undefined` where none is free. */
  readonly enter: (host: string) => (() => void) | undefined;
}

/** So many places in all, and so many for one host. */
export function slots(most: number, mostOfHost: number): Slots {
  const busy = new Set<{ readonly host: string }>();
  return {
    enter: (host) => {
      const ofHost = [...busy].filter((transfer) => transfer.host === host).length;
      if (busy.size >= most || ofHost >= mostOfHost) return undefined;
      const transfer = { host };
      busy.add(transfer);
      return () => void busy.delete(transfer);
    },
  };
}
