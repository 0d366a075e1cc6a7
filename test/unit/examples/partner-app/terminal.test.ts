import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { commands } from '../../../../examples/partner-app/commands.ts';
import { converse } from '../../../../examples/partner-app/terminal.ts';
import type { PartnerUser } from '../../../../examples/partner-app/user.ts';
import { eventually } from '../../../conformance/eventually.ts';
import { ownFolder } from '../../../support/partner-provider.ts';
import { partnerScene } from '../../../support/partner-scene.ts';

/** Somebody at the terminal. */
class Sitting {
  readonly #input = new PassThrough();
  readonly #output = new PassThrough();
  readonly #over: Promise<void>;
  #shown = '';

  constructor(user: PartnerUser) {
    this.#output.on('data', (bytes: Buffer) => (this.#shown += bytes.toString()));
    this.#over = converse(user, { input: this.#input, output: this.#output, name: 'Bird' });
  }

  /** Types a line; resolves once something that matches is shown after it. */
  async type(line: string, wanted: RegExp): Promise<RegExpExecArray> {
    const before = this.#shown.length;
    this.#input.write(`${line}\n`);
    return eventually(`${String(wanted)} in ${this.#shown.slice(before)}`, () => {
      return wanted.exec(this.#shown.slice(before)) ?? undefined;
    });
  }

  sees(wanted: RegExp): Promise<RegExpExecArray> {
    return eventually(String(wanted), () => wanted.exec(this.#shown) ?? undefined);
  }

  async quit(): Promise<void> {
    this.#input.write('/quit\n');
    await this.#over;
  }
}

describe('the terminal', { timeout: 60_000 }, () => {
  it('gets a new user from nothing to a conversation', async () => {
    await using stack = new AsyncDisposableStack();
    const { user, bob } = await partnerScene(stack);
    const anna = user('anna@bird.example');
    const sitting = new Sitting(anna);
    await sitting.sees(/not enlisted yet: \/enlist/);
    await sitting.type('hello?', /No chat is open/);
    await sitting.type('/enlist', /You are enlisted and connected/);
    await sitting.type('/chat @nobody:example.org', /did not work \(no-such-user\)/);
    await sitting.type('/chat @bob:example.org', /Now you chat with @bob:example\.org/);
    const [, number] = await sitting.type(
      'Good morning!',
      /^ +(\d+) .*you to @bob:example\.org: Good morning!$/m,
    );
    await sitting.sees(new RegExp(`✓✓ #${number ?? ''} delivered`));
    assert.equal(bob.arrived[0]?.message.conversation, 'Good morning!');
    assert.ok(anna.login);
    await bob.say(anna.login, 'B1', { conversation: 'And to you' });
    const [, theirs] = await sitting.sees(/^ +(\d+) .* @bob:example\.org: And to you$/m);
    await sitting.type(`/reply ${theirs ?? ''} how are you?`, /answers #\d+\) how are you\?/);
    await sitting.type(`/react ${theirs ?? ''} 👍`, /👍 to #/);
    await sitting.type(`/edit ${number ?? ''} Good evening!`, /instead of #\d+\) Good evening!/);
    await sitting.type(`/revoke ${number ?? ''}`, /takes #\d+ back/);
    await sitting.type(`/edit ${theirs ?? ''} no`, /not yours/);
    await sitting.type(`/read ${theirs ?? ''}`, /(?:)/);
    await eventually('that it is read', () => bob.receipts.find(({ about }) => about === 'read'));
    await sitting.type('/nonsense', /There is no \/nonsense/);
    await sitting.type('/status', /anna <anna@bird\.example>, 12-\d+@interop; connection: up/);
    await eventually('all of it', () => (bob.arrived.length === 5 ? true : undefined));
    await sitting.quit();
  });

  it('sends files and keeps those that came', async () => {
    await using stack = new AsyncDisposableStack();
    const { connected } = await partnerScene(stack);
    const { user } = await connected('anna@bird.example');
    const sitting = new Sitting(user);
    const folder = await ownFolder(stack);
    await writeFile(join(folder, 'note.txt'), 'a note');
    await sitting.type('/chat @bob:example.org', /Now you chat/);
    const [, number] = await sitting.type(
      `/file ${folder}/note.txt for you`,
      /^ +(\d+) .*\[file: note\.txt, 6 bytes; \/save \d+ keeps it\]\n +for you$/m,
    );
    await sitting.type(`/file ${folder}/nothing.txt`, /There is no file/);
    await sitting.type(`/save ${number ?? ''} ${folder}/kept.txt`, /Kept as/);
    assert.equal(await readFile(join(folder, 'kept.txt'), 'utf8'), 'a note');
    await sitting.type(`/save ${number ?? ''} ${folder}/kept.txt`, /EEXIST/);
    await sitting.type('/place 52.5 13.4 Berlin', /\[place: 52\.5, 13\.4 Berlin\]/);
    await sitting.type('/place somewhere', /Where\?/);
    await sitting.type('/card +4912345678 Bob', /\[contact: Bob\.vcf/);
    await sitting.type('/delete-account', /cannot be taken back/);
    await sitting.type('/delete-account yes', /Your account is deleted/);
  });

  it('lists every command', async () => {
    await using stack = new AsyncDisposableStack();
    const { user } = await partnerScene(stack);
    const sitting = new Sitting(user('anna@bird.example'));
    const [shown] = await sitting.type('/help', /\/help[\s\S]*Anything else/);
    for (const { name, help } of commands)
      assert.ok(shown.includes(`/${name}`) && shown.includes(help), name);
    assert.equal(new Set(commands.map(({ name }) => name)).size, commands.length);
    await sitting.quit();
  });
});
