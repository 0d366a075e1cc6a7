import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAnswer, renderAnswer } from '../../../../src/interop/enlistment/answer.ts';
import { checkKeys } from '../../../../src/interop/enlistment/check.ts';
import { parseLogin, renderLogin } from '../../../../src/interop/enlistment/login.ts';
import { parseEnlistment, renderEnlistment } from '../../../../src/interop/enlistment/request.ts';
import { enlistmentReasons } from '../../../../src/interop/profile/identity-profile.ts';
import { anEnlistment } from '../../../support/enlistment.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const form = renderEnlistment(anEnlistment());
const outcome = (text: string): string => {
  const parsed = parseEnlistment(bytes(text));
  return parsed.kind === 'request' ? 'request' : parsed.text;
};
const changed = (field: string, value: string): string =>
  form.replace(new RegExp(`(${field})=[^&]*`), `$1=${value}`);

describe('a request to enlist', () => {
  it('is written with the names and codings of the overview', () => {
    const request = {
      authKey: new Uint8Array(32).fill(1),
      registrationId: 0x01020304,
      identityKey: new Uint8Array(32).fill(2),
      signedPrekey: {
        id: 0x050607,
        key: new Uint8Array(32).fill(3),
        signature: new Uint8Array(64).fill(0xff),
      },
      token: 'a.b.c',
    };
    const repeated = (of: string): string => of.repeat(10);
    assert.equal(
      renderEnlistment(request),
      `authkey=${repeated('AQEB')}AQE&e_keytype=BQ&e_regid=AQIDBA&e_ident=${repeated('AgIC')}AgI&e_skey_id=BQYH` +
        `&e_skey_val=${repeated('AwMD')}AwM&e_skey_sig=${'_'.repeat(85)}w&token=a.b.c`,
    );
  });

  it('is read as it was written, in any order, with percent signs too', () => {
    const parsed = parseEnlistment(bytes(form));
    assert.deepEqual(parsed, { kind: 'request', request: anEnlistment() });
    assert.deepEqual(parseEnlistment(bytes(form.split('&').toReversed().join('&'))), parsed);
    assert.deepEqual(parseEnlistment(bytes(form.replaceAll('e_', '%65%5F').replaceAll('.', '%2e'))), parsed);
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        fc.nat(0xff_ffff),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        (id, at, sig) => {
          const made = anEnlistment();
          const request = {
            ...made,
            registrationId: id,
            signedPrekey: { ...made.signedPrekey, id: at, signature: sig },
          };
          assert.deepEqual(parseEnlistment(bytes(renderEnlistment(request))), { kind: 'request', request });
        },
      ),
    );
  });

  it('has every size exactly', () => {
    for (const field of [
      'authkey',
      'e_keytype',
      'e_regid',
      'e_ident',
      'e_skey_id',
      'e_skey_val',
      'e_skey_sig',
    ])
      for (const size of [0, 2, 5, 31, 33, 63, 65])
        assert.equal(
          outcome(changed(field, Buffer.alloc(size).toString('base64url'))),
          `${field}: wrong-size`,
        );
    assert.equal(outcome(changed('e_keytype', 'Bg')), 'e_keytype: wrong-key-type');
    assert.equal(outcome(changed('token', `a.${'b'.repeat(4_092)}.c`)), 'request');
    assert.equal(outcome(changed('token', `a.${'b'.repeat(4_093)}.c`)), 'token: wrong-size');
    for (const token of ['', 'a', 'a.b', 'a.b.', 'a.b.c.d', 'a.b.c%3D'])
      assert.equal(outcome(changed('token', token)), 'token: bad-token-form', token);
  });

  it('has base64url without padding, in its one form', () => {
    for (const value of ['BQ==', 'BQ%3D%3D', 'BR', 'B', 'B/', 'B%2B'])
      assert.equal(outcome(changed('e_keytype', value)), 'e_keytype: bad-base64url', value);
  });

  it('has each field once, and no other', () => {
    for (const field of form.split('&').map((pair) => pair.split('=')[0] ?? '')) {
      const without = form.split('&').filter((pair) => !pair.startsWith(`${field}=`));
      assert.equal(outcome(without.join('&')), `${field}: missing-field`);
      assert.equal(outcome([...without, `${field}=AA`, `${field}=AA`].join('&')), `${field}: doubled-field`);
    }
    for (const more of ['x=1', '__proto__=1', 'constructor=1', 'AUTHKEY=AA', 'token%00=a'])
      assert.ok(['unknown-field', 'not-a-form'].includes(outcome(`${more}&${form}`)), more);
    assert.equal(outcome(`${form}&x=1`), 'unknown-field');
  });

  it('is a form, of a bounded size', () => {
    for (const text of [
      '',
      '&',
      '=',
      'authkey',
      `${form}&`,
      `&${form}`,
      form.replace('&', '&&'),
      form.replace('=', '%3D'),
    ])
      assert.equal(outcome(text), 'not-a-form', text);
    for (const sign of ['+', '%', '%4', '%zz', '%00', '%ff', ' ', '\n', '\u0000', 'é', '=b'])
      assert.ok(['not-a-form', 'token: bad-token-form'].includes(outcome(`${form}${sign}`)), sign);
    assert.equal(outcome('x'.repeat(8_193)), 'too-large');
    assert.equal(outcome('&'.repeat(8_192)), 'not-a-form');
  });

  it('that is none of these gets one failure and never more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        assert.equal(parseEnlistment(body).kind, 'failed');
      }),
    );
  });

  it('is not written where a value has not its size', () => {
    const made = anEnlistment();
    const { signedPrekey } = made;
    for (const wrong of [
      { ...made, authKey: new Uint8Array(31) },
      { ...made, registrationId: 2 ** 32 },
      { ...made, signedPrekey: { ...signedPrekey, id: 2 ** 24 } },
      { ...made, token: 'x' },
    ])
      assert.throws(() => renderEnlistment(wrong), RangeError);
  });
});

describe('the keys of a request', () => {
  it('are checked with the signature of the prekey under the identity', async () => {
    const request = anEnlistment();
    const seen: unknown[] = [];
    const verify = (...given: readonly Uint8Array[]): boolean => {
      seen.push(...given);
      return seen.length === 3;
    };
    assert.deepEqual(await checkKeys(request, verify), { kind: 'ok' });
    const { key, signature } = request.signedPrekey;
    assert.deepEqual(seen, [request.identityKey, Uint8Array.of(5, ...key), signature]);
    const checked = await checkKeys(request, verify);
    assert.equal(checked.kind === 'failed' && checked.reason, 'bad-signature');
  });

  it('are none with which every secret is the same', async () => {
    const one = Uint8Array.from({ length: 32 }, (_value, at) => (at === 0 ? 1 : 0));
    const ofOrder8 = Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex');
    const made = anEnlistment();
    for (const weak of [new Uint8Array(32), one, new Uint8Array(ofOrder8)])
      for (const request of [
        { ...made, authKey: weak },
        { ...made, identityKey: weak },
        { ...made, signedPrekey: { ...made.signedPrekey, key: weak } },
      ]) {
        const checked = await checkKeys(request, () => true);
        assert.equal(checked.kind === 'failed' && checked.reason, 'weak-key');
      }
  });
});

describe('a login', () => {
  it('has the form of the overview', () => {
    assert.deepEqual(parseLogin('1-10853634039893@interop'), { integrator: 1, user: '10853634039893' });
    assert.equal(renderLogin({ integrator: 1, user: '10853634039893' }), '1-10853634039893@interop');
    assert.ok(parseLogin('65535-18446744073709551615@interop'));
    const none = [
      '',
      '1-1',
      '1-1@',
      '1-1@lid',
      '65536-1@interop',
      '01-1@interop',
      '1-01@interop',
      '1-0@interop',
    ];
    const others = [
      '-1@interop',
      '1-@interop',
      '1-18446744073709551616@interop',
      '1-1@interop\n',
      ' 1-1@interop',
    ];
    for (const text of [...none, ...others, '1-1@INTEROP', '1-1@interop@x', '+1-1@interop', '1-1:2@interop'])
      assert.equal(parseLogin(text), undefined, text);
    for (const user of ['0', 'x', '', '1@'])
      assert.throws(() => renderLogin({ integrator: 1, user }), RangeError);
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.bigInt(1n, 2n ** 64n - 1n), (integrator, number) => {
        const login = { integrator, user: String(number) };
        assert.deepEqual(parseLogin(renderLogin(login)), login);
      }),
    );
  });
});

describe('an answer', () => {
  it('has the two forms of the overview', () => {
    const ok = '{"login":"1-10853634039893@interop","status":"ok"}';
    const login = { integrator: 1, user: '10853634039893' };
    assert.deepEqual(parseAnswer(bytes(ok)), { kind: 'enlisted', login });
    assert.equal(renderAnswer({ kind: 'enlisted', login }), ok);
    const fail = '{"reason":"bad_integrator","status":"fail"}';
    const refused = { kind: 'refused', reason: 'bad_integrator', retryAfterMs: undefined } as const;
    assert.deepEqual(parseAnswer(bytes(fail)), refused);
    assert.equal(renderAnswer(refused), fail);
  });

  it('has every reason both ways, and those that are not known as such', () => {
    for (const reason of Object.keys(enlistmentReasons) as (keyof typeof enlistmentReasons)[]) {
      const answer = { kind: 'refused', reason, retryAfterMs: 7_000 } as const;
      assert.deepEqual(parseAnswer(bytes(renderAnswer(answer))), answer);
    }
    for (const reason of ['never_heard', '__proto__', 'toString', ''])
      assert.deepEqual(parseAnswer(bytes(JSON.stringify({ reason, status: 'fail' }))), {
        ...{ kind: 'refused', reason: 'unknown', retryAfterMs: undefined },
      });
    const wait = (value: unknown): unknown => {
      const answer = parseAnswer(
        bytes(JSON.stringify({ reason: 'too_many', status: 'fail', retry_after: value })),
      );
      return answer.kind === 'refused' ? answer.retryAfterMs : answer;
    };
    assert.deepEqual([5, '5', 0, -1, 'x', 1e300].map(wait), [
      5_000,
      5_000,
      0,
      undefined,
      undefined,
      604_800_000,
    ]);
  });

  it('is not understood where it is neither', () => {
    const none = [
      '',
      '{',
      'null',
      '[]',
      '{}',
      '{"status":"ok"}',
      '{"status":"ok","login":"x"}',
      '{"status":"fail"}',
    ];
    for (const text of [...none, '{"status":"fail","reason":1}', '{"login":"1-1@interop"}', '\u0000']) {
      const answer = parseAnswer(bytes(text));
      assert.equal(answer.kind === 'failed' && answer.reason, 'not-understood', text);
    }
    const large = parseAnswer(new Uint8Array(4_097));
    assert.equal(large.kind === 'failed' && large.reason, 'too-large');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify({ status: value, login: value, reason: value, retry_after: value });
        assert.equal(parseAnswer(bytes(text)).kind, 'failed');
      }),
    );
  });
});
