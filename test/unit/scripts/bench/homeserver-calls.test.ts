import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callsIn, callsSince, total } from '../../../../scripts/bench/homeserver-calls.ts';

describe('the requests that a bridge made', () => {
  it('are read from its metrics, over all results, and counted since a moment', () => {
    const metrics = [
      '# TYPE causeway_homeserver_request_seconds histogram',
      'causeway_homeserver_request_seconds_bucket{le="1",request="send",result="ok"} 7',
      'causeway_homeserver_request_seconds_sum{request="send",result="ok"} 0.5',
      'causeway_homeserver_request_seconds_count{request="send",result="ok"} 7',
      'causeway_homeserver_request_seconds_count{request="send",result="limited"} 1',
      'causeway_homeserver_request_seconds_count{request="join",result="ok"} 2',
    ].join('\n');
    const calls = callsIn(metrics);
    assert.deepEqual(calls, { send: 8, join: 2 });
    assert.deepEqual(callsSince({ send: 3, join: 2 }, calls), { send: 5 });
    assert.equal(total(calls), 10);
  });
});
