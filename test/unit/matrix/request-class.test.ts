import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { requestClasses, requestResults, type RequestSeen } from '../../../src/core/watch.ts';
import { path } from '../../../src/matrix/path.ts';
import {
  requestClass,
  resultOf,
  resultOfError,
  resultOfStatus,
  timed,
} from '../../../src/matrix/request-class.ts';

const v3 = '/_matrix/client/v3';
const room = '!r:x';

describe('the class of a request', () => {
  it('is told by its path', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['/_matrix/client/versions', 'versions'],
      [path`/_matrix/client/v1/appservice/${'causeway'}/ping`, 'ping'],
      ['/_matrix/media/v3/upload?filename=x', 'upload'],
      [path`/_matrix/client/v1/media/download/${'x'}/${'y'}`, 'download'],
      [path`/_matrix/media/v3/download/${'x'}/${'y'}`, 'download'],
      ['/_matrix/client/v1/media/config', 'media-config'],
      [path`${v3}/rooms/${room}/send/${'m.room.message'}/${'t'}`.replaceAll('%2F', '/'), 'send'],
      [`${v3}/rooms/!r/redact/$e/t`, 'send'],
      [`${v3}/rooms/!r/messages?dir=b`, 'messages'],
      [`${v3}/rooms/!r/typing/@a:x`, 'signal'],
      [`${v3}/rooms/!r/join`, 'membership'],
      [`${v3}/rooms/!r/members?not_membership=leave`, 'membership'],
      [`${v3}/joined_rooms`, 'membership'],
      [`${v3}/rooms/!r/state/m.room.member/@a:x`, 'state'],
      [`${v3}/createRoom`, 'room'],
      [`${v3}/profile/@a:x/displayname`, 'profile'],
      [`${v3}/register`, 'account'],
      [`${v3}/account/whoami`, 'account'],
      [`${v3}/devices/CAUSEWAY`, 'device'],
      [`${v3}/keys/upload`, 'keys'],
      [`${v3}/sync?timeout=0`, 'sync'],
      [`${v3}/whatever`, 'other'],
    ];
    for (const [at, expected] of cases) assert.equal(requestClass(at), expected, at);
  });

  it('is one of a closed set, whatever the path', () => {
    fc.assert(fc.property(fc.string(), (at) => requestClasses.some((name) => name === requestClass(at))));
  });
});

describe('how a request ended', () => {
  const answered = (status: number, text: string): string =>
    resultOf({ status, retryAfter: undefined, text });

  it('is told by the answer', () => {
    const error = (errcode: string): string => JSON.stringify({ errcode });
    assert.equal(answered(200, '{}'), 'ok');
    assert.equal(answered(200, '<html>'), 'not-matrix');
    assert.equal(answered(502, '<html>'), 'not-matrix');
    assert.equal(answered(429, error('M_LIMIT_EXCEEDED')), 'limited');
    assert.equal(answered(401, error('M_UNKNOWN_TOKEN')), 'token-refused');
    assert.equal(answered(403, error('M_FORBIDDEN')), 'refused');
    assert.equal(answered(404, error('M_NOT_FOUND')), 'not-found');
    assert.equal(answered(413, error('M_TOO_LARGE')), 'too-large');
    assert.equal(answered(500, error('M_UNKNOWN')), 'server-error');
  });

  it('is one of a closed set, whatever comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), fc.oneof(fc.string(), fc.json()), (status, text) =>
        [answered(status, text), resultOfStatus(status)].every((one) =>
          requestResults.some((name) => name === one),
        ),
      ),
    );
  });

  it('is told by the error where there was no answer', () => {
    const error = (code: string): Error => Object.assign(new Error(code), { code });
    assert.equal(resultOfError(error('ECONNREFUSED'), undefined), 'no-connection');
    assert.equal(resultOfError(error('UND_ERR_HEADERS_TIMEOUT'), undefined), 'no-answer');
    assert.equal(resultOfError(error('ECONNRESET'), AbortSignal.abort()), 'given-up');
    assert.equal(resultOfError('x', undefined), 'no-connection');
  });

  it('comes with the time that the server told, where it told one', () => {
    const seen: RequestSeen[] = [];
    const watch = { requested: (one: RequestSeen) => void seen.push(one) };
    timed(watch, `${v3}/createRoom`)('ok', 'Tue, 01 Jan 2030 00:00:00 GMT');
    timed(watch, `${v3}/createRoom`)('ok', 'yesterday');
    timed(undefined, `${v3}/createRoom`)('ok');
    assert.deepEqual(
      seen.map(({ request, serverTime }) => [request, serverTime]),
      [
        ['room', Date.parse('2030-01-01T00:00:00Z')],
        ['room', undefined],
      ],
    );
    assert.ok(seen.every(({ ms }) => ms >= 0));
  });
});
