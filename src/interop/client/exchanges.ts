/** What waits for the far side: questions for their answers, messages and receipts for their acknowledgements. */
import { randomBytes } from 'node:crypto';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import { formatAddress, type Address } from '../node/address.ts';
import { attribute } from '../node/node.ts';
import { clientLimits, refusals, serverPing } from '../profile/client-profile.ts';
import { names } from '../profile/stanza-profile.ts';
import type { AckStanza } from '../stanza/ack.ts';
import { parseAnswer, type Answer } from '../stanza/answer.ts';
import type { Asking } from '../stanza/asking.ts';
import type { IqStanza } from '../stanza/iq.ts';
import { renderStanza, type Stanza } from '../stanza/stanza.ts';
import type { ChatClientTimes, Outgoing } from './client.ts';
import type { ClientCounts } from './counts.ts';
import { failureOfCode } from './ends.ts';
import { createPending } from './pending.ts';

export interface ExchangesNeeds {
  readonly write: (stanza: Stanza) => Promise<Failed | undefined>;
  readonly times: ChatClientTimes;
  readonly counts: ClientCounts;
  /** How many wait is another number now. */
  readonly changed: () => void;
}

interface Sent {
  readonly kind: 'sent';
}

export interface Exchanges {
  ask(ask: Asking): Promise<Answer | Failed>;
  send(stanza: Outgoing): Promise<Sent | Failed>;
  /** An `iq` came: an answer, or a question of the server's. */
  answered(stanza: IqStanza): void;
  /** An `ack` came. */
  acknowledged(stanza: AckStanza): void;
  readonly isAsking: (kind: Asking['kind']) => boolean;
  /** How many somebody waits for; a sign of life nobody does. */
  readonly waiting: () => number;
  idle(): Promise<unknown>;
  /** All that waits fails, and may be tried again on another connection. */
  end(): void;
}

interface Question {
  readonly id: string;
  readonly ask: Asking;
}
interface Letter {
  readonly of: string;
  readonly id: string;
  readonly to: string | undefined;
  readonly type: string | undefined;
}

/** [P] Questions go to the server itself. */
const server: Address = { kind: 'pair', user: '', server: 's.whatsapp.net' };

export function createExchanges({ write, times, counts, changed }: ExchangesNeeds): Exchanges {
  const common = { timeout: times.answer, changed };
  const questions = createPending<Question, Answer>({
    ...common,
    most: clientLimits.questions,
    late: () => counts.count('no-answer'),
  });
  const letters = createPending<Letter, Sent>({
    ...common,
    most: clientLimits.unacknowledged,
    late: () => counts.count('no-ack'),
  });
  const prefix = `${randomBytes(6).toString('hex')}.`;
  let asked = 0;

  const settleAnswer = (id: string, body: Exclude<IqStanza['body'], { readonly kind: 'ask' }>): void => {
    const isMeant = (question: Question): boolean => question.id === id;
    const question = questions.find(isMeant);
    if (question === undefined) counts.count('unasked');
    else questions.settle(isMeant, resultOf(question.ask, body, counts));
  };

  return {
    async ask(ask) {
      asked += 1;
      const id = `${prefix}${asked}`;
      const stanza: IqStanza = { kind: 'iq', id, from: undefined, to: server, body: { kind: 'ask', ask } };
      return questions.wait({ id, ask }, () => write(stanza));
    },
    async send(stanza) {
      if (stanza.kind !== 'message' && stanza.kind !== 'receipt')
        return (await write(stanza)) ?? { kind: 'sent' };
      return letters.wait(letterOf(stanza), () => write(stanza));
    },
    answered({ id, from, body }) {
      if (body.kind !== 'ask') settleAnswer(id, body);
      else void write({ kind: 'iq', id, from: undefined, to: from ?? server, body: answerTo(body.ask) });
    },
    acknowledged({ id, of, from, type, error }) {
      const result = error === undefined ? ({ kind: 'sent' } as const) : failureOfCode(error);
      const by = from === undefined ? undefined : formatAddress(from);
      const isNamed = (one: Letter): boolean => one.id === id && one.of === of;
      const isExact = (one: Letter): boolean =>
        isNamed(one) && (by === undefined || one.to === by) && one.type === type;
      // Servers differ in what else they repeat of what they acknowledge.
      if (!letters.settle(isExact, result) && !letters.settle(isNamed, result)) counts.count('unasked');
    },
    isAsking: (kind) => questions.find(({ ask }) => ask.kind === kind) !== undefined,
    waiting: () => questions.count(({ ask }) => ask.kind !== 'ping') + letters.size(),
    idle: () => Promise.all([questions.idle(), letters.idle()]),
    end() {
      questions.end();
      letters.end();
    },
  };
}

function letterOf(stanza: Extract<Outgoing, { readonly kind: 'message' | 'receipt' }>): Letter {
  const node = renderStanza(stanza);
  const to = stanza.to === undefined ? undefined : formatAddress(stanza.to);
  return { of: node.tag, id: stanza.id, to, type: attribute(node, names.type) };
}

function resultOf(
  ask: Asking,
  body: Exclude<IqStanza['body'], { readonly kind: 'ask' }>,
  counts: ClientCounts,
): Answer | Failed {
  if (body.kind === 'error') return failureOfCode(body.code);
  const answer = parseAnswer(ask.kind, body.content);
  if (answer.kind !== 'failed') return answer;
  counts.count('bad-answer');
  return failedForGood('network-refused', answer.text);
}

/** Servers ask for a sign of life; what else they may ask has no answer here. */
function answerTo(ask: Asking): IqStanza['body'] {
  const isPing = ask.kind === 'ping' || (ask.kind === 'other' && ask.xmlns === serverPing);
  return isPing
    ? { kind: 'result', content: [] }
    : { kind: 'error', code: refusals.notAnswered, text: undefined };
}
