import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../../src/core/ids.ts';
import type { LoginFlows, LoginStep } from '../../../../src/core/network.ts';
import { createLogins, type LoginDeps } from '../../../../src/networks/xmpp/login.ts';

const alice = matrixUserId('@alice:hs.test');

describe('linking an address', () => {
  const setUp = (send: LoginDeps['send'] = async () => 'sent') => {
    const sent: string[] = [];
    const clock = { now: 1_000_000 };
    const flows: LoginFlows = createLogins({
      domain: 'gate.example.org',
      send: async (to, text) => {
        sent.push(`${to} ${text}`);
        return send(to, text);
      },
      codeText: ({ code }) => code,
      now: () => clock.now,
    });
    return { flows, sent, clock };
  };
  const asked = (step: LoginStep): Extract<LoginStep, { kind: 'ask' }> => {
    assert.ok(step.kind === 'ask');
    return step;
  };
  const how = (step: LoginStep): string => (step.kind === 'failed' ? step.reason : step.kind);
  const codeIn = (line: string | undefined): string => line?.split(' ')[1] ?? '';

  it('takes the code back however its figures are written', async () => {
    const { flows, sent } = setUp();
    const { state, address } = asked(await flows.begin(alice, 'xmpp:Bob@Example.org'));
    assert.equal(address, 'bob@example.org');
    const code = codeIn(sent[0]);
    assert.match(code, /^\d{8}$/);
    const arabic = code.replace(/\d/g, (figure) => String.fromCodePoint(0x660 + Number(figure)));
    for (const typed of [code, ` ${code.slice(0, 4)}-${code.slice(4)} `, arabic, `\u2068${code}\u2069`]) {
      assert.deepEqual(await flows.answer(alice, state, typed), { kind: 'done', remote: 'bob@example.org' });
    }
  });

  it('refuses a wrong code, another user, and a code that is too old', async () => {
    const { flows, sent, clock } = setUp();
    const { state, expiresAt } = asked(await flows.begin(alice, 'bob@example.org'));
    const code = codeIn(sent[0]);
    const wrong = code === '00000000' ? '00000001' : '00000000';
    assert.equal(how(await flows.answer(alice, state, wrong)), 'not-permitted');
    assert.equal(how(await flows.answer(alice, state, '')), 'not-permitted');
    assert.equal(how(await flows.answer(matrixUserId('@eve:hs.test'), state, code)), 'not-permitted');
    clock.now = expiresAt;
    assert.equal(how(await flows.answer(alice, state, code)), 'expired');
  });

  it('keeps no code in its state', async () => {
    const { flows, sent } = setUp();
    const { state } = asked(await flows.begin(alice, 'bob@example.org'));
    assert.ok(!state.includes(codeIn(sent[0])));
  });

  it('floods nobody with codes', async () => {
    const { flows, sent, clock } = setUp();
    for (let count = 0; count < 3; count += 1) asked(await flows.begin(alice, 'bob@example.org'));
    const fourth = await flows.begin(matrixUserId('@eve:hs.test'), 'BOB@example.org');
    assert.ok(fourth.kind === 'failed' && fourth.reason === 'rate-limited' && fourth.retry.kind === 'later');
    assert.equal(sent.length, 3);
    clock.now += fourth.retry.afterMs ?? 0;
    asked(await flows.begin(alice, 'bob@example.org'));
  });

  it('says why a code cannot be sent', async () => {
    assert.equal(how(await setUp().flows.begin(alice, 'not an address')), 'no-such-user');
    assert.equal(how(await setUp().flows.begin(alice, 'example.org')), 'no-such-user');
    assert.equal(how(await setUp().flows.begin(alice, 'alice@gate.example.org')), 'forbidden');
    assert.equal(
      how(await setUp(async () => 'link-down').flows.begin(alice, 'bob@example.org')),
      'link-down',
    );
    assert.equal(
      how(await setUp(async () => 'no-such-user').flows.begin(alice, 'b@example.org')),
      'no-such-user',
    );
  });
});
