import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { helpText, parseCommandLine } from '../../src/command-line.ts';
import { exitCodes } from '../../src/exit-codes.ts';

const parse = (line: string): ReturnType<typeof parseCommandLine> =>
  parseCommandLine(line.split(' ').filter((word) => word !== ''));

describe('the command line', () => {
  it('runs the bridge where nothing else is said', () => {
    assert.deepEqual(parse(''), { kind: 'run', config: undefined });
    assert.deepEqual(parse('run --config=a.yaml'), { kind: 'run', config: 'a.yaml' });
  });

  it('writes registrations as administrators know it', () => {
    assert.deepEqual(parse('-r -u http://a -c b.yaml -f c.yaml'), {
      kind: 'register',
      config: 'b.yaml',
      url: 'http://a',
      file: 'c.yaml',
      force: false,
      doublePuppet: false,
    });
    assert.deepEqual(parse('-r --force'), {
      kind: 'register',
      config: undefined,
      url: undefined,
      file: 'registration.yaml',
      force: true,
      doublePuppet: false,
    });
  });

  it('writes the second registration to a file of its own name, with no address to reach', () => {
    const asked = { kind: 'register', config: undefined, url: undefined, force: false, doublePuppet: true };
    assert.deepEqual(parse('-r --double-puppet'), { ...asked, file: 'doublepuppet.yaml' });
    assert.deepEqual(parse('-r --double-puppet -f d.yaml'), { ...asked, file: 'd.yaml' });
    assert.deepEqual(parse('-r --double-puppet -u http://a'), { kind: 'wrong', argument: '-u' });
    assert.deepEqual(parse('--double-puppet'), { kind: 'wrong', argument: '--double-puppet' });
  });

  it('knows its commands', () => {
    assert.deepEqual(parse('doctor -c a --json'), { kind: 'doctor', config: 'a', json: true });
    assert.deepEqual(parse('check-config'), { kind: 'check-config', config: undefined });
    assert.deepEqual(parse('--version'), { kind: 'version' });
    assert.deepEqual(parse('run -h'), { kind: 'help' });
  });

  it('names what is wrong', () => {
    for (const [line, argument] of [
      ['--frobnicate', '--frobnicate'],
      ['docter', 'docter'],
      ['run now', 'now'],
      ['-r doctor', 'doctor'],
      ['--json', '--json'],
      ['-u http://a', '-u'],
      ['doctor --force', '--force'],
    ] as const)
      assert.deepEqual(parse(line), { kind: 'wrong', argument }, line);
    assert.equal(parse('-c').kind, 'wrong');
  });

  it('never breaks', () => {
    fc.assert(fc.property(fc.array(fc.string()), (args) => assert.ok('kind' in parseCommandLine(args))));
  });
});

describe('the help', () => {
  it('tells every exit code, in every language', () => {
    for (const language of ['en', 'ar'] as const)
      for (const code of Object.values(exitCodes))
        assert.match(helpText(language), new RegExp(`\\b${code}\\b`));
  });
});
