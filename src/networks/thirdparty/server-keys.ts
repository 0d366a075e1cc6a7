/**
 * The keys of the chat channel's handshake: a root that providers pin, and the server's static key. Both are kept; the
 * certificates between them are made when they are needed, and again long before they end.
 */

import { z } from 'zod';
import { issueCertificate, joinChain } from '../../interop/noise/certificate-issue.ts';
import type { PinnedRoot } from '../../interop/noise/certificate.ts';
import { curveKeyPair, newCurveKeyPair, type CurveKeyPair } from '../../interop/noise/curve-key.ts';
import type { ResponderInput } from '../../interop/noise/responder.ts';
import { noiseProfile } from '../../interop/profile/noise-profile.ts';
import { ofHost, put, readKept, toBytes, toText, type Keeping } from './host-records.ts';

export interface ServerKeys {
  readonly root: PinnedRoot;
  /** The static keys, and a chain for them that is good now. */
  responder(): ResponderInput;
}

const shape = z.object({ serial: z.int(), root: z.string(), server: z.string() });
const day = 86_400n;
/** In seconds. Clients' clocks may be behind. */
const validity = { before: day, after: 60n * day, renewed: 30n * day };

/** Reads the keys, or makes them where there are none. */
export async function openServerKeys(keeping: Keeping): Promise<ServerKeys> {
  const { network, records, now } = keeping;
  const of = ofHost('server-keys');
  let kept = await records.get(network, of);
  if (kept === undefined) {
    const made: z.infer<typeof shape> = {
      serial: noiseProfile.root.serial,
      root: toText(newCurveKeyPair().privateKey),
      server: toText(newCurveKeyPair().privateKey),
    };
    await records.commit(network, [put(of, made, now())], [{ of, is: 'absent' }]);
    kept = await records.get(network, of);
  }
  if (kept === undefined) throw new Error('the keys of the chat channel are not kept');
  const { serial, root, server } = readKept(shape, kept.value);
  return serverKeys(serial, curveKeyPair(toBytes(root)), curveKeyPair(toBytes(server)), now);
}

function serverKeys(serial: number, root: CurveKeyPair, server: CurveKeyPair, now: () => number): ServerKeys {
  let made: { readonly at: bigint; readonly input: ResponderInput } | undefined;
  return {
    root: { serial, key: root.publicKey },
    responder: () => {
      const at = BigInt(Math.floor(now() / 1_000));
      const isGood = made !== undefined && at >= made.at - validity.before && at < made.at + validity.renewed;
      if (made === undefined || !isGood)
        made = { at, input: { keys: server, chain: chain(serial, root, server, at) } };
      return made.input;
    },
  };
}

function chain(serial: number, root: CurveKeyPair, server: CurveKeyPair, at: bigint): Uint8Array {
  const times = { notBefore: at - validity.before, notAfter: at + validity.after };
  const between = { serial: serial + 1, keys: newCurveKeyPair() };
  const intermediate = issueCertificate(
    { serial, keys: root },
    { serial: between.serial, key: between.keys.publicKey, ...times },
  );
  const leaf = issueCertificate(between, { serial: serial + 2, key: server.publicKey, ...times });
  return joinChain(leaf, intermediate);
}
