import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asked, callsIn, callsSince, total } from '../../../../scripts/bench/homeserver-calls.ts';

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

  it('are told apart by their endpoints, whoever they are for', () => {
    const calls = asked([
      'POST /_matrix/client/v3/keys/query',
      'PUT /_matrix/client/v3/sendToDevice/m.room.encrypted/one',
      'PUT /_matrix/client/v3/sendToDevice/m.room.encrypted/two',
      'PUT /_matrix/client/v3/user/%40bot%3Aserver/account_data/io.causeway.crypto',
      'GET /_matrix/client/v3/sync',
      'GET /_matrix/client/versions',
    ]);
    assert.deepEqual(calls, { 'keys/query': 1, sendToDevice: 2, account_data: 1, sync: 1, other: 1 });
  });
});
