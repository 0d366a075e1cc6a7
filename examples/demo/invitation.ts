import { relative } from 'node:path';
import { styleText } from 'node:util';
import { app } from './app-plan.ts';
import type { Account } from './people.ts';
import { projectPath } from './run-folder.ts';
import { groupAddress } from './salon.ts';
import type { Servers } from './servers.ts';
import { padded } from './terminal.ts';

/** How a person can take part with clients of their own. */
export function invitation(
  { synapse, prosody, plan }: Servers,
  accounts: readonly Account[],
): readonly string[] {
  const { component, matrixDomain, folder } = plan;
  const group = groupAddress(prosody);
  const facts = (...rows: readonly (readonly [string, string])[]): readonly string[] =>
    rows.map(([name, value]) => `  ${padded(name, 12)}${value}`);
  const people = (isMatrix: boolean): readonly string[] =>
    accounts
      .filter(({ address }) => address.startsWith('@') === isMatrix)
      .flatMap(({ address, password }) => facts(['user', address], ['password', password]));
  return [
    '',
    styleText('bold', 'Everything keeps running. Join in with your own clients:'),
    '',
    'Matrix (Element or another client)',
    ...facts(['homeserver', synapse.baseUrl]),
    ...people(true),
    '',
    'XMPP (Gajim, Dino, Profanity or another client)',
    ...facts(['server', `127.0.0.1, port ${prosody.c2sPort}, without TLS (set it by hand)`]),
    ...people(false),
    '',
    'Then try this',
    `  As Bob on XMPP, write to alice@${component}.`,
    `  As Alice on Matrix, write "help" to @causeway:${matrixDomain}.`,
    '',
    'The group',
    ...facts(['address', group], ['on Matrix', `write "join xmpp ${group}" to @causeway:${matrixDomain}`]),
    ...facts(['on XMPP', `enter the room ${group}; Bob is its owner`]),
    '',
    ...appLines(plan),
    '',
    `Logs and data: ${folder}`,
    styleText('bold', 'Ctrl-C stops everything.'),
  ];
}

/** How a person uses the third-party app: its server and its terminal are one program, which the demo has let go of. */
function appLines({ app: { configFile }, matrixDomain }: Servers['plan']): readonly string[] {
  const config = relative(projectPath('.'), configFile);
  return [
    `The third-party app (${app.shownName}), in a second terminal, in this folder`,
    `  npm run partner-app -- --config ${config} --user erin@${app.domain}`,
    `  type      /chat @alice:${matrixDomain}`,
    '  type      Good morning, Alice!        (what has no slash is said; /help lists the rest)',
    `  As Alice  answer in the room with Erin; or write "start thirdparty fred@${app.domain}" to @causeway:${matrixDomain}`,
    `  Be somebody else with --user gina@${app.domain}, and type /enlist first.`,
  ];
}
