/** The process of the provider and its users. */
import { Agent } from 'undici';
import { boundedAsker, usualBounds } from '../../src/interop/identity/bounded-request.ts';
import type { Asker } from '../../src/interop/identity/bounded-request.ts';
import { testProvider } from '../../test/support/host-scene.ts';
import {
  clientsOrder,
  clientsPlan,
  streams,
  type ClientsOrder,
  type Heard,
  type HostPlace,
  type Said,
  type Say,
} from './interop-orders.ts';
import { BenchUser, type News } from './interop-user.ts';
import { residentNamed, wordsOf } from './interop-words.ts';
import { inLanes, paced } from './pace.ts';
import { obey } from './worker.ts';

/** Handshakes at a time, and other things at a time. */
const handshakes = 4;
const lanes = 8;
/** One address may enlist so many at once. */
const usersOfAddress = 50;

const plan = clientsPlan.parse(JSON.parse(process.argv[2] ?? ''));
const provider = testProvider();
const users: BenchUser[] = [];
let news: News = { arrivals: [], delivered: [], troubles: [] };
/** What users write to: it stays the same when what was heard is taken. */
const current: News = {
  get arrivals() {
    return news.arrivals;
  },
  get delivered() {
    return news.delivered;
  },
  get troubles() {
    return news.troubles;
  },
};

obey(
  clientsOrder,
  async (order: ClientsOrder): Promise<unknown> => {
    switch (order.kind) {
      case 'provider':
        return (await provider).url;
      case 'enlist':
        return enlistAll(order.host);
      case 'connect': {
        const some = users.filter(({ over }) => over === order.over);
        return inLanes(handshakes, some.length, (index) => userAt(some, index).connect());
      }
      case 'prepare':
        await inLanes(lanes, users.length, (index) =>
          userAt(users, index).prepare(residentNamed(index % plan.residents)),
        );
        return undefined;
      case 'say':
        return sayAll(order);
      case 'heard': {
        const heard: Heard = news;
        news = { arrivals: [], delivered: [], troubles: [] };
        return heard;
      }
    }
  },
  async () => {
    await Promise.all(users.map((user) => user[Symbol.asyncDispose]()));
    await (await provider)[Symbol.asyncDispose]();
  },
);

async function enlistAll(host: HostPlace): Promise<readonly string[]> {
  const addresses = Math.ceil(plan.users / usersOfAddress);
  const askers = Array.from({ length: addresses }, (_, at) => askerFrom(`127.0.1.${at + 1}`));
  const made = await inLanes(lanes, plan.users, (index) => {
    const ask = askers[index % addresses];
    const over = streams[index % streams.length];
    if (ask === undefined || over === undefined) throw new Error('nothing to enlist by');
    return BenchUser.enlist(`user${index}@bird.example`, { host, ask, over, news: current });
  });
  users.push(...made);
  return users.map(({ login }) => `${login.integrator}-${login.user}`);
}

/** Asks from an address of the machine's own, as if it were another machine: the host bounds what one address may ask. */
function askerFrom(localAddress: string): Asker {
  const dispatcher = new Agent({ connect: { localAddress } });
  return boundedAsker({ ...usualBounds, allowHttp: true, dispatcher }).ask;
}

function sayAll({ round, perSecond, count }: Say): Promise<readonly Said[]> {
  const say = (index: number): Promise<Said> =>
    userAt(users, index % users.length).say(wordsOf(`${round} from the provider`, index));
  return perSecond === undefined ? inLanes(lanes, count, say) : paced(perSecond, count, say);
}

function userAt(some: readonly BenchUser[], index: number): BenchUser {
  const user = some[index];
  if (user === undefined) throw new RangeError(`there is no user ${index}`);
  return user;
}
