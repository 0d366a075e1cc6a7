import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { controlOf, createLog, partOf, type LogSettings } from '../../src/log.ts';

const settings: LogSettings = { level: 'info', redactIds: true, format: 'json' };
function written(fields: Record<string, unknown>, change: Partial<LogSettings> = {}): string {
  const lines: string[] = [];
  createLog({ ...settings, ...change }, 'key', { write: (line: string) => void lines.push(line) }).info(
    fields,
    'an event',
  );
  return lines.join('');
}

describe('the log', () => {
  it('writes identifiers as short forms that match each other', () => {
    const line = JSON.parse(
      written({ user: '@alice:example.org', sender: '@alice:example.org', room: '!r:x', count: 3 }),
    ) as Record<string, unknown>;
    assert.match(String(line['user']), /^~[0-9a-f]{10}$/);
    assert.equal(line['user'], line['sender']);
    assert.notEqual(line['user'], line['room']);
    assert.equal(line['count'], 3);
    assert.equal(line['msg'], 'an event');
  });

  it('writes identifiers as they are where that is asked for', () => {
    assert.match(written({ user: '@alice:example.org' }, { redactIds: false }), /@alice:example\.org/);
  });

  it('finds identifiers and secrets inside texts and errors', () => {
    const error = Object.assign(
      new Error('GET /x?access_token=hunter2&a=1 for @alice:example.org and bob@example.net/phone'),
      {
        code: 'ECONNREFUSED',
        response: { body: 'hunter3' },
        cause: new Error('Authorization: Bearer hunter4'),
      },
    );
    const line = written({ err: error, note: 'postgres://user:hunter5@db' });
    assert.doesNotMatch(line, /hunter|alice|bob@/);
    assert.match(line, /ECONNREFUSED/);
    assert.match(line, /"type":"Error"/);
    assert.match(line, /Bearer \[secret\]/);
  });

  it('never writes bodies, keys or tokens, however deep, asked for or not', () => {
    const names = fc.constantFrom(
      'body',
      'content',
      'raw',
      'asToken',
      'as_token',
      'access_token',
      'Authorization',
      'password',
      'secret',
      'html',
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'err'), { maxLength: 6 }),
        names,
        fc.boolean(),
        (path, name, redactIds) => {
          const fields = path.reduce<Record<string, unknown>>((inner, part) => ({ [part]: inner }), {
            [name]: 'hunter2',
          });
          assert.doesNotMatch(written(fields, { redactIds }), /hunter2/);
        },
      ),
    );
  });

  it('survives whatever it is given', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) =>
        assert.ok(written({ ...fields, circle }).endsWith('\n')),
      ),
    );
  });

  it('has parts with levels of their own, changed while it is written', () => {
    const lines: string[] = [];
    const log = createLog(settings, 'key', { write: (line: string) => void lines.push(line) });
    const xmpp = partOf(log, 'xmpp');
    const matrix = partOf(log, 'matrix');
    const control = controlOf(log);
    assert.ok(control !== undefined);
    const written = (): string => {
      lines.length = 0;
      for (const [name, one] of Object.entries({ log, xmpp, matrix })) one.debug({}, name);
      return lines.map((line) => (JSON.parse(line) as { msg: string }).msg).join(' ');
    };
    assert.equal(written(), '');
    control.set('debug', 'xmpp');
    assert.deepEqual([written(), control.level('xmpp'), control.level()], ['xmpp', 'debug', 'info']);
    control.set('debug');
    assert.equal(written(), 'log xmpp matrix');
    control.set('error');
    assert.deepEqual([written(), control.parts()], ['', ['matrix', 'xmpp']]);
    xmpp.error({ user: '@alice:example.org' }, 'x');
    assert.match(lines.join(''), /"part":"xmpp","user":"~[0-9a-f]{10}"/);
  });

  it('has a form for people', () => {
    assert.match(written({ count: 3 }, { format: 'pretty' }), /^\S+Z INFO {2}an event count=3\n$/);
  });
});
