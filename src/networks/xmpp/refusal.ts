import type { Arrival } from '../../core/network.ts';
import { failedForNow, type Failed, type Outcome } from '../../core/outcome.ts';
import { rejection } from './calls.ts';
import type { Link } from './client.ts';
import type { XmppTexts } from './deps.ts';
import { bearable, conditionFor, errorAnswer } from './stanza-error.ts';
import { parseStanza } from './stanza.ts';

/** Tells the sender, as an error for their message; clients show it as not delivered. */
export async function refuse(
  client: Pick<Link, 'deliver'>,
  texts: Pick<XmppTexts, 'reason'>,
  arrival: Arrival,
  outcome: Outcome,
): Promise<undefined | Failed> {
  // An error to a room would put us out of it.
  if (arrival.receiver === undefined) return undefined;
  const stanza = parseStanza(arrival.raw);
  const condition = conditionFor(outcome);
  if (typeof stanza === 'string' || condition === undefined) return undefined;
  const text =
    'reason' in outcome
      ? texts.reason(outcome.reason)
      : texts.reason('rule', outcome.kind === 'blocked' ? outcome.feature : undefined);
  const error = rejection(stanza, outcome, text) ?? errorAnswer(stanza, bearable(stanza, condition), text);
  if (error === undefined || (await client.deliver([error.toString()]))) return undefined;
  return failedForNow('link-down');
}
