import type { MatrixArrival, OpenedMatrixEvent } from '../../src/core/homeserver.ts';
import { matrixUserId, type MatrixUserId } from '../../src/core/ids.ts';

/** How a test says that an event is encrypted: beside what it opens to. */
interface Sealed {
  readonly session: string;
  readonly user: MatrixUserId;
}

/** The edge of a homeserver where some keys are there and others are not. Events travel as the JSON of what they open to. */
export class SealedEdge {
  /** The sessions whose keys are there, and those that are withheld. */
  readonly keys = new Set<string>();
  readonly withheld = new Set<string>();
  /** What was opened, in order, repeats included. */
  readonly looked: string[] = [];

  async open({ raw, room, eventId }: MatrixArrival): Promise<OpenedMatrixEvent> {
    const opened = JSON.parse(raw) as OpenedMatrixEvent & { readonly sealed?: Sealed };
    if (opened.sealed === undefined) return opened;
    this.looked.push(eventId);
    const { session: sessionId, user } = opened.sealed;
    if (this.keys.has(sessionId)) return opened;
    const withheld = this.withheld.has(sessionId) ? 'm.unverified' : undefined;
    return { kind: 'locked', user, room, sessionId, withheld };
  }
}

/** A room event as if it were encrypted. Its raw form names who sent it, as a homeserver does. */
export function sealed(
  plain: MatrixArrival,
  session: string,
  user = matrixUserId('@alice:hs.test'),
): MatrixArrival {
  const raw = { ...(JSON.parse(plain.raw) as object), sender: user, sealed: { session, user } };
  return { ...plain, raw: JSON.stringify(raw) };
}
