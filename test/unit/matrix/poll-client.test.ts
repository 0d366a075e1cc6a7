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

/** The SDK asks for its own types, and checks the contents by itself. */
function isStart(content: object): content is PollStartEventContent {
  return pollStart in content;
}
function isResponse(content: object): content is PollResponseEventContent {
  return pollResponse in content;
}
function isEnd(content: object): content is PollEndEventContent {
  return pollEnd in content;
}

function responseOf(choices: readonly string[]): PollResponseEvent {
  const content = voteFields(target(), choices);
  assert.ok(isResponse(content));
  return new PollResponseEvent({ type: pollResponse, content });
}

describe('polls at a client (matrix-js-sdk)', () => {
  it('are polls, with valid choices in them and an end', () => {
    const asked = pollFields(poll);
    assert.ok(isStart(asked));
    const start = new PollStartEvent({ type: pollStart, content: asked });
    assert.equal(start.question.text, 'Tea?');
    assert.deepEqual(
      start.answers.map(({ id, text }) => ({ id, text })),
      poll.answers,
    );
    assert.equal(start.maxSelections, 2);
    assert.equal(start.rawKind, 'org.matrix.msc3381.poll.disclosed');
    const chosen = responseOf(['n', 'y']);
    chosen.validateAgainst(start);
    assert.deepEqual([chosen.spoiled, chosen.answerIds], [false, ['n', 'y']]);
    const none = responseOf([]);
    none.validateAgainst(start);
    assert.equal(none.spoiled, true);
    const ended = pollEndFields(target());
    assert.ok(isEnd(ended));
    assert.equal(new PollEndEvent({ type: pollEnd, content: ended }).pollEventId, '$target');
  });
});
