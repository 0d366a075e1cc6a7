import { randomBytes } from 'node:crypto';
import { xml } from '@xmpp/client';
import { MatrixUser } from '../../test/support/matrix-user.ts';
import { XmppUser } from '../../test/support/xmpp-user.ts';
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
  return { alice, aliceOnXmpp, bob, carol, accounts };
}

function newPassword(): string {
  return randomBytes(6).toString('hex');
}
