/**
 * Polls: MSC3381, in the form that clients send today (`org.matrix.msc3381.…`), the same under stable names, and the form
 * of the proposal's last revision (`m.poll` with `m.text` blocks, MSC1767).
 */
import type { Content, Poll, PollEndEvent, Unresolved, VoteEvent } from '../core/event.ts';
import { withoutControls } from '../core/html-subset.ts';
import type { Unsupported } from '../core/outcome.ts';
import { countIn, has, listIn, objectIn, textIn, textsIn, type JsonObject } from './json-object.ts';
import { parseRelation } from './parse-relation.ts';

/** What MSC3381 allows; more answers are cut off, as clients do. */
const maxAnswers = 20;
const maxIdLength = 255;

const broken: Unsupported = { kind: 'unsupported', reason: 'broken-event' };
const startKeys = ['org.matrix.msc3381.poll.start', 'm.poll.start', 'm.poll', 'org.matrix.msc3381.v2.poll'];
const responseKeys = ['org.matrix.msc3381.poll.response', 'm.poll.response'];

/** Reads the question and the answers of a poll that begins. */
export function parsePoll(content: JsonObject): Content | Unsupported {
  const start = firstIn(content, startKeys);
  const question = start && textBlockIn(objectIn(start, 'question') ?? {});
  if (start === undefined || question === undefined) return broken;
  const answers = answersIn(start);
  if (answers.length === 0) return broken;
  const maxSelections = Math.min(
    Math.max(countIn(start, 'max_selections', 1_000_000) ?? 1, 1),
    answers.length,
  );
  const kind = textIn(start, 'kind') ?? '';
  const disclosed = kind.endsWith('disclosed') && !kind.endsWith('undisclosed');
  const poll: Poll = { question, answers, maxSelections, disclosed };
  return { kind: 'poll', poll };
}

/** Reads a choice; one without an answer that could be read takes the earlier one back (MSC3381, "spoiled"). */
export function parseVote(
  content: JsonObject,
): Pick<VoteEvent<Unresolved>, 'kind' | 'target' | 'choices'> | Unsupported {
  const relation = parseRelation(content);
  if (relation.kind !== 'reference' || relation.target === undefined) return broken;
  const response = firstIn(content, responseKeys);
  const chosen =
    (response && textsIn(response, 'answers')) ??
    textsIn(content, 'm.selections') ??
    textsIn(content, 'org.matrix.msc3381.v2.selections') ??
    [];
  const choices = [...new Set(chosen)].filter(isId).slice(0, maxAnswers);
  return { kind: 'vote', target: relation.target, choices };
}

/** Reads the end of a poll. */
export function parsePollEnd(
  content: JsonObject,
): Pick<PollEndEvent<Unresolved>, 'kind' | 'target'> | Unsupported {
  const relation = parseRelation(content);
  if (relation.kind !== 'reference' || relation.target === undefined) return broken;
  return { kind: 'poll-end', target: relation.target };
}

function answersIn(start: JsonObject): Poll['answers'] {
  const answers = new Map<string, string>();
  for (const answer of (listIn(start, 'answers') ?? []).slice(0, maxAnswers)) {
    const id =
      textIn(answer, 'id') ?? textIn(answer, 'm.id') ?? textIn(answer, 'org.matrix.msc3381.v2.id') ?? '';
    const text = textBlockIn(answer);
    if (isId(id) && text !== undefined && !answers.has(id)) answers.set(id, text);
  }
  return [...answers].map(([id, text]) => ({ id, text }));
}

/** The id of an answer: any text that every database and protocol can hold. */
function isId(id: string): boolean {
  return id !== '' && id.length <= maxIdLength && !/[\p{Cc}\p{Cs}]/u.test(id);
}

/** The plain form of an extensible text (MSC1767), in any of its revisions. */
function textBlockIn(object: JsonObject): string | undefined {
  for (const key of ['m.text', 'org.matrix.msc1767.text']) {
    const plain = textIn(object, key) ?? plainIn(listIn(object, key) ?? []);
    if (plain !== undefined) return cleaned(plain);
  }
  const messages = listIn(object, 'm.message') ?? listIn(object, 'org.matrix.msc1767.message') ?? [];
  return cleaned(plainIn(messages) ?? textIn(object, 'body') ?? '');
}

function plainIn(forms: readonly JsonObject[]): string | undefined {
  const plain = forms.find((form) => !has(form, 'mimetype') || textIn(form, 'mimetype') === 'text/plain');
  return plain && textIn(plain, 'body');
}

function cleaned(text: string): string | undefined {
  const clean = withoutControls(text).trim();
  return clean === '' ? undefined : clean;
}

function firstIn(content: JsonObject, keys: readonly string[]): JsonObject | undefined {
  for (const key of keys) {
    const found = objectIn(content, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
