/** Polls in the form that today's clients read: MSC3381 under its unstable names, with MSC1767's texts. Pure. */
import type { Poll, Target } from '../core/event.ts';
import { pollText } from '../core/fallback.ts';
import { withoutControls } from '../core/html-subset.ts';
import { eventMeant } from '../core/target.ts';
import type { MatrixContent } from './render-text.ts';

export const pollStart = 'org.matrix.msc3381.poll.start';
export const pollResponse = 'org.matrix.msc3381.poll.response';
export const pollEnd = 'org.matrix.msc3381.poll.end';
const textKey = 'org.matrix.msc1767.text';

/** The content of a poll that begins; for clients without polls the question and the answers as a text. */
export function pollFields(poll: Poll): MatrixContent {
  const { maxSelections, disclosed, answers } = poll;
  const question = withoutControls(poll.question.toWellFormed());
  return {
    [pollStart]: {
      question: { [textKey]: question, body: question, msgtype: 'm.text' },
      kind: `org.matrix.msc3381.poll.${disclosed ? 'disclosed' : 'undisclosed'}`,
      max_selections: maxSelections,
      answers: answers.map(({ id, text }) => ({ id, [textKey]: withoutControls(text.toWellFormed()) })),
    },
    [textKey]: withoutControls(pollText(poll).toWellFormed()),
  };
}

/** The content of a choice; without choices it takes the earlier one back. */
export function voteFields(target: Target, choices: readonly string[]): MatrixContent {
  return { 'm.relates_to': reference(target), [pollResponse]: { answers: choices } };
}

/** The content of a poll's end. Its text, which clients ask for, is a sign that needs no language. */
export function pollEndFields(target: Target): MatrixContent {
  return { 'm.relates_to': reference(target), [pollEnd]: {}, [textKey]: '🏁' };
}

function reference(target: Target): MatrixContent {
  return { rel_type: 'm.reference', event_id: eventMeant(target) };
}
