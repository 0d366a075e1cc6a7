import type { RichChat } from '../../../../test/conformance/rich-chat.ts';
import type { AppChat } from '../../app-chat.ts';
import { arrival, type Message, type Sample } from '../../ends.ts';
import type { Direction, Exchange } from '../../exchange.ts';

/** One message in one direction, and what makes it the one that was expected. */
export interface Sending extends Sample {
  readonly direction: Direction;
  readonly send: (from: RichChat) => Promise<string>;
  /** The words under which later exchanges find it. */
  readonly remembered?: string;
}

/** One of the two sends, and the other's client shows it. */
export function sending(chat: AppChat, sample: Sending): Exchange {
  const { kind, direction, expected, arrived, check } = sample;
  return {
    ...{ kind, direction, expected },
    run: async () => {
      const { from, to } = chat.ends(direction);
      const before = new Set(to.richSeen().map(idOf));
      const sent = await sample.send(from);
      const seen = await arrival(to, {
        expected,
        arrived: (one) => !before.has(one.id) && arrived(one),
        ...(check === undefined ? {} : { check }),
      });
      const known =
        direction === 'to-matrix' ? { eventId: seen.id, appId: sent } : { eventId: sent, appId: seen.id };
      if (sample.remembered !== undefined) chat.remember(sample.remembered, known);
      return chat.shown(await chat.row(direction, known));
    },
  };
}

/** The same in both directions: first the app's user, then Alice. */
export function both(
  chat: AppChat,
  make: (direction: Direction) => Omit<Sending, 'direction'>,
): readonly Exchange[] {
  return (['to-matrix', 'to-network'] as const).map((direction) =>
    sending(chat, { ...make(direction), direction }),
  );
}

/** Whether something was said in these words. */
export function says(text: string): (seen: Message) => boolean {
  return (seen) => seen.kind === 'said' && seen.text === text;
}

function idOf(seen: ReturnType<RichChat['richSeen']>[number]): string | undefined {
  return 'id' in seen ? seen.id : undefined;
}
