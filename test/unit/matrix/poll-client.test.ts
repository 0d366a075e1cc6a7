import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  PollEndEventContent,
  PollResponseEventContent,
  PollStartEventContent,
} from 'matrix-js-sdk/lib/@types/polls.js';
import { PollEndEvent } from 'matrix-js-sdk/lib/extensible_events_v1/PollEndEvent.js';
import { PollResponseEvent } from 'matrix-js-sdk/lib/extensible_events_v1/PollResponseEvent.js';
import { PollStartEvent } from 'matrix-js-sdk/lib/extensible_events_v1/PollStartEvent.js';
import {
  pollEnd,
  pollEndFields,
  pollFields,
  pollResponse,
  pollStart,
  voteFields,
} from '../../../src/matrix/render-poll.ts';
import { target } from '../../support/matrix-events.ts';

const poll = {
  question: 'Tea?',
  answers: [
    { id: 'y', text: 'Yes' },
    { id: 'n', text: 'No' },
  ],
  maxSelections: 2,
  disclosed: true,
};

/** The SDK asks for its own types; it checks the contents by itself. */
function is<T extends object>(content: object, key: string): content is T {
  return key in content;
}

function content<T extends object>(fields: object, key: string): T {
  assert.ok(is<T>(fields, key));
  return fields;
}

describe('polls at a client (matrix-js-sdk)', () => {
  it('are polls, with valid choices in them and an end', () => {
    const start = new PollStartEvent({
      type: pollStart,
      content: content<PollStartEventContent>(pollFields(poll), pollStart),
    });
    assert.equal(start.question.text, 'Tea?');
    assert.deepEqual(
      start.answers.map(({ id, text }) => ({ id, text })),
      poll.answers,
    );
    assert.equal(start.maxSelections, 2);
    assert.equal(start.rawKind, 'org.matrix.msc3381.poll.disclosed');
    const chosen = new PollResponseEvent({
      type: pollResponse,
      content: content<PollResponseEventContent>(voteFields(target(), ['n', 'y']), pollResponse),
    });
    chosen.validateAgainst(start);
    assert.deepEqual([chosen.spoiled, chosen.answerIds], [false, ['n', 'y']]);
    const none = new PollResponseEvent({
      type: pollResponse,
      content: content<PollResponseEventContent>(voteFields(target(), []), pollResponse),
    });
    none.validateAgainst(start);
    assert.equal(none.spoiled, true);
    const end = new PollEndEvent({
      type: pollEnd,
      content: content<PollEndEventContent>(pollEndFields(target()), pollEnd),
    });
    assert.equal(end.pollEventId, '$target');
  });
});
