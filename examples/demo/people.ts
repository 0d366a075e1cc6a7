import { randomBytes } from 'node:crypto';
import { xml } from '@xmpp/client';
import { MatrixUser } from '../../test/support/matrix-user.ts';
import { XmppUser } from '../../test/support/xmpp-user.ts';
import type { Provider } from '../partner-app/provider.ts';
import { PartnerUser } from '../partner-app/user.ts';
import { app, startApp } from './app-plan.ts';
import type { Servers } from './servers.ts';

/** An account, for a person who wants to use it too. */
export interface Account {
  readonly name: string;
  /** `@alice:localhost`, `bob@xmpp.localhost`. */
  readonly address: string;
  readonly password: string;
}

/** The people of the demo at their clients. */
export interface People {
  readonly alice: MatrixUser;
  /** Alice's own account on XMPP, which she links. */
  readonly aliceOnXmpp: XmppUser;
  readonly bob: XmppUser;
  readonly carol: XmppUser;
  /** Users of the third-party app, and its server. */
  readonly erin: PartnerUser;
  readonly fred: PartnerUser;
  readonly provider: Provider;
  readonly accounts: readonly Account[];
}

/** Makes the accounts on both servers and logs in with real clients; the sessions are put on the stack. */
export async function invitePeople(stack: AsyncDisposableStack, servers: Servers): Promise<People> {
  const accounts: Account[] = [];
  const onXmpp = async (local: string, name: string): Promise<XmppUser> => {
    const { prosody } = servers;
    const { jid, password } = await prosody.addUser(local, newPassword());
    accounts.push({ name, address: jid, password });
    const { service, domain } = prosody;
    const login = { service, domain, username: local, password, resource: 'demo' };
    const user = stack.use(await XmppUser.login(login));
    // Only who has asked for the roster hears of requests for presence.
    await user.request('get', xml('query', 'jabber:iq:roster'));
    return user;
  };
  const { synapse } = servers;
  const { userId, password } = await synapse.createUser('alice', newPassword(), true);
  accounts.push({ name: 'Alice', address: userId, password });
  const login = { baseUrl: synapse.baseUrl, userId, password, displayName: 'Alice', encryption: {} };
  const alice = stack.use(await MatrixUser.login(login));
  const [bob, carol, aliceOnXmpp] = await Promise.all([
    onXmpp('bob', 'Bob'),
    onXmpp('carol', 'Carol'),
    onXmpp('alice', 'Alice'),
  ]);
  return { alice, aliceOnXmpp, bob, carol, ...(await inviteAppUsers(stack, servers)), accounts };
}

/** The app vouches for its users, so that they need no account before they enlist. */
async function inviteAppUsers(
  stack: AsyncDisposableStack,
  { plan }: Servers,
): Promise<Pick<People, 'erin' | 'fred' | 'provider'>> {
  const provider = await startApp(stack, plan.app);
  const enter = async (name: string): Promise<PartnerUser> => {
    const user = stack.use(new PartnerUser(provider, `${name.toLowerCase()}@${app.domain}`));
    user.name = name;
    const enlisted = await user.enlist();
    if (enlisted.kind !== 'enlisted') throw new Error(`${name} was not enlisted: ${enlisted.reason}.`);
    const connected = await user.connect();
    if (connected.kind === 'failed') throw new Error(`${name} is not connected: ${connected.reason}.`);
    return user;
  };
  return { provider, erin: await enter('Erin'), fred: await enter('Fred') };
}

function newPassword(): string {
  return randomBytes(6).toString('hex');
}
