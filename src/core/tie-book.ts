/** What waits for an agreement, in memory and on disk alike, and what was told of it. */
import type { MatrixUserId, NetworkId, PortalId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed, ReasonCode } from './outcome.ts';
import type { Tie, TieProblem, TieStore } from './tie.ts';

/** What a user is told of what they asked for. */
export type TieNews =
  | { readonly kind: 'invite-bot' | 'asked' | 'open' }
  | { readonly kind: 'waits' | 'refused'; readonly why: TieProblem }
  | { readonly kind: 'failed'; readonly reason: ReasonCode };
/** What the bridge says in a group, as itself. */
export type TieWords = 'ask' | 'not-you' | 'open' | 'off' | 'ended';

export interface TieBookDeps {
  readonly store: TieStore;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** A line in the user's management room; the same id shows once. */
  readonly tell: (tie: Tie, id: string, news: TieNews) => Promise<undefined | Failed>;
  readonly words: (tie: Tie, what: TieWords) => string;
}

/** So often somebody who may not agree is told so, for one wish. */
const mostRefusals = 3;

export class TieBook {
  readonly #deps: TieBookDeps;
  readonly #pending = new Map<PortalId, Tie>();
  /** What was told of which wish since it was last asked for, so that each look does not tell it again. */
  readonly #told = new Map<PortalId, { readonly round: string; readonly news: Set<string> }>();
  readonly #refusals = new Map<PortalId, number>();

  constructor(deps: TieBookDeps) {
    this.#deps = deps;
  }

  /** To be called before anything else. */
  async load(): Promise<void> {
    for (const tie of await this.#deps.store.pending()) this.#pending.set(tie.id, tie);
  }

  /** All that waits, or is being ended. */
  all(): readonly Tie[] {
    return [...this.#pending.values()];
  }

  get(id: PortalId): Tie | undefined {
    return this.#pending.get(id);
  }

  ofUser(user: MatrixUserId): readonly Tie[] {
    return this.all().filter((tie) => tie.user === user);
  }

  /** Records a wish, or answers what the group or the room waits for already. */
  async intend(wish: Tie): Promise<Tie> {
    const tie = await this.#deps.store.intend(wish);
    const known = this.#pending.get(tie.id) ?? tie;
    this.#pending.set(tie.id, known);
    return known;
  }

  async put(tie: Tie): Promise<void> {
    await this.#deps.store.put(tie);
    if (tie.state === 'open') this.#forget(tie.id);
    else this.#pending.set(tie.id, tie);
  }

  async remove({ id }: Tie): Promise<void> {
    await this.#deps.store.remove(id);
    this.#forget(id);
  }

  /** The user has asked (again): from now on they are told anew, under names made of `round`. */
  asked({ id }: Tie, round: string): void {
    this.#told.set(id, { round, news: new Set() });
  }

  async tell(tie: Tie, news: TieNews): Promise<undefined | Failed> {
    const told = this.#told.get(tie.id) ?? { round: 'again', news: new Set<string>() };
    this.#told.set(tie.id, told);
    const what = JSON.stringify(news);
    if (told.news.has(what)) return undefined;
    const failed = await this.#deps.tell(tie, `tie/${tie.id}/${told.round}/${what}`, news);
    if (failed?.retry.kind === 'later') return failed;
    told.news.add(what);
    return undefined;
  }

  /** Says something in the group. */
  async say(tie: Tie, what: TieWords, more = ''): Promise<undefined | Failed> {
    const agreement = this.#deps.network(tie.network)?.groups?.agreement;
    return agreement?.say(tie.chat, `${tie.id}/${what}${more}`, this.#deps.words(tie, what));
  }

  /** Says that somebody may not agree, a few times for each wish. */
  async refuse(tie: Tie): Promise<void> {
    const times = this.#refusals.get(tie.id) ?? 0;
    this.#refusals.set(tie.id, times + 1);
    if (times < mostRefusals) await this.say(tie, 'not-you', `/${times}`);
  }

  #forget(id: PortalId): void {
    this.#pending.delete(id);
    this.#told.delete(id);
    this.#refusals.delete(id);
  }
}
