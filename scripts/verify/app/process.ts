/**
 * A provider with some of its users, as a process that may be killed at any moment: what they are to write is in a file, and
 * what they have written already they do not write again.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { providerSchema } from '../../../examples/partner-app/config.ts';
import { bytesOf } from '../../../examples/partner-app/outgoing-file.ts';
import { openProvider, type Provider } from '../../../examples/partner-app/provider.ts';
import { PartnerUser } from '../../../examples/partner-app/user.ts';
import { createLog } from '../../../src/log.ts';
import { fast } from '../../../test/support/partner-user-times.ts';
import { emojis, fileOf, place, type Kind } from '../content.ts';
import { appMark, type AppPlan, type AppUser, type WirePart } from './plan.ts';

const againMs = 300;

/** A message of the user's own, or of the other person. */
interface Target {
  readonly id: string;
  readonly mine: boolean;
}

const [, , file = ''] = process.argv;
const plan = JSON.parse(readFileSync(file, 'utf8')) as AppPlan;
const log = createLog({ level: 'warn', redactIds: false, format: 'json' }, 'app', process.stdout);
await using provider = await openProvider(providerSchema.parse(plan.config), log);
await until('the host', () => provider.meetAt(plan.hostUrl).then(() => true));
await Promise.all(plan.users.map((one) => live(provider, one)));
// The server answers as long as nobody ends it.
await new Promise<never>(() => undefined);

async function live(of: Provider, { name, identifier, to, steps }: AppUser): Promise<void> {
  const user = new PartnerUser(of, identifier, { ...fast, watch: watcher(name) });
  await until('enlisted', async () => user.login !== undefined || (await user.enlist()).kind === 'enlisted');
  await until('connected', async () => (await user.connect(5_000)).kind === 'up');
  const address = await until('found', async () => {
    const known = user.people().find(({ foundBy }) => foundBy === to) ?? (await user.lookUp(to));
    return 'reason' in known ? undefined : known.address;
  });
  let own: string | undefined;
  for (const [index, { at, kind }] of steps.entries()) {
    await sleep(Math.max(0, plan.began + at - Date.now()));
    const id = await write(user, address, { mark: appMark(name, index), kind, own });
    if (isText(user, id)) own = id;
  }
}

/** Whatever is written has its mark as its cause: a second time it is the same. */
async function write(
  user: PartnerUser,
  chat: string,
  { mark, kind, own }: { readonly mark: string; readonly kind: Kind; readonly own: string | undefined },
): Promise<string> {
  const cause = mark;
  const text = (): Promise<string> => user.sendText(chat, mark, { cause });
  switch (kind) {
    case 'text':
      return text();
    case 'edit':
      return own === undefined ? text() : user.edit(chat, own, mark, { cause });
    case 'reaction': {
      const target = own === undefined ? undefined : targetOf(user, chat, own);
      if (target === undefined) return text();
      return user.react(chat, target, emojiOf(mark), { cause });
    }
    case 'file': {
      const { name, type, bytes } = fileOf(mark);
      return until('the file is sealed', async () => {
        const id = await user.sendFile(
          chat,
          { kind: 'file', name, mimetype: type, bytes: bytesOf(bytes) },
          { cause },
        );
        return typeof id === 'string' ? id : undefined;
      });
    }
    case 'location': {
      const where = { ...place, accuracy: undefined, description: mark };
      return user.sendPlace(chat, where, { cause });
    }
  }
}

/** A person has one reaction to a message; so each is to a message of their own that none was to. */
function targetOf(user: PartnerUser, chat: string, own: string): Target | undefined {
  const reacted = new Set(
    user.timeline().flatMap((event) => (event.kind === 'reaction' && event.mine ? [event.to] : [])),
  );
  const theirs = user
    .timeline()
    .findLast(
      (event) => event.kind === 'message' && !event.mine && event.chat === chat && !reacted.has(event.id),
    );
  if (theirs?.kind === 'message') return { id: theirs.id, mine: false };
  return reacted.has(own) ? undefined : { id: own, mine: true };
}

/** What was meant to be a reaction may have become a text, in an earlier life. */
function isText(user: PartnerUser, id: string): boolean {
  return user
    .timeline()
    .some(
      (event) => event.kind === 'message' && event.mine && event.id === id && event.content.kind === 'text',
    );
}

function emojiOf(mark: string): string {
  return emojis.people[mark.length % emojis.people.length] ?? '👍';
}

function watcher(name: string): NonNullable<ConstructorParameters<typeof PartnerUser>[2]>['watch'] {
  return (way, stanza) => {
    if (stanza.kind !== 'message') return;
    for (const sealed of stanza.sealed) {
      const bytes = Buffer.from(sealed.ciphertext).toString('base64');
      const part: WirePart = { way, user: name, id: stanza.id, type: sealed.type, bytes };
      appendFileSync(plan.wireLog, `${JSON.stringify(part)}\n`);
    }
  };
}

/** Asks until there is an answer. */
async function until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
  for (let attempts = 0; ; attempts += 1) {
    const answer = await probe().catch(() => undefined);
    if (answer !== undefined && answer !== false) return answer;
    if (attempts % 100 === 99) log.warn({ what }, 'still waiting');
    await sleep(againMs);
  }
}
