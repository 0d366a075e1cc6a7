import type { MatrixHandlers, Reporter } from './homeserver.ts';
import type { ReportsDeps } from './report.ts';

/** Adds to the status of a message that the network could not deliver a line in its author's management room. */
export function withUndeliveredLines(
  handlers: MatrixHandlers,
  reporter: Pick<Reporter, 'notice'>,
  line: ReportsDeps['line'],
): MatrixHandlers {
  const { receipt } = handlers;
  if (receipt === undefined) return handlers;
  return {
    ...handlers,
    receipt: async (event, portal, signal) => {
      const handled = await receipt(event, portal, signal);
      if (handled.kind !== 'sent' || event.receipt !== 'undelivered') return handled;
      const { author } = event.target;
      if (author.in !== 'matrix') return handled;
      const user = author.userId;
      const text = await line(user, { kind: 'failed', reason: 'user-unavailable' }, portal);
      return (await reporter.notice(user, `undelivered/${event.target.eventIds[0]}`, text)) ?? handled;
    },
  };
}
