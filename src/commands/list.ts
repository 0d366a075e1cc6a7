import { bridge, unbridge } from './bridge.ts';
import type { Command } from './command.ts';
import { devices } from './devices.ts';
import { discard } from './discard.ts';
import { erase } from './erase.ts';
import { helpCommand } from './help.ts';
import { history } from './history.ts';
import { create, join } from './join.ts';
import { language } from './language.ts';
import { leave } from './leave.ts';
import { link } from './link.ts';
import { log } from './log.ts';
import { logins } from './logins.ts';
import { outcome } from './outcome.ts';
import { ping } from './ping.ts';
import { portals } from './portals.ts';
import { puppet } from './puppet.ts';
import { accept, decline, requests } from './requests.ts';
import { retry } from './retry.ts';
import { space } from './space.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { unlink } from './unlink.ts';
import { users } from './users.ts';
import { version } from './version.ts';

const others: readonly Command[] = [
  link,
  unlink,
  logins,
  puppet,
  start,
  requests,
  accept,
  decline,
  join,
  create,
  leave,
  bridge,
  unbridge,
  history,
  space,
  status,
  version,
  ping,
  language,
  erase,
  users,
  portals,
  outcome,
  retry,
  log,
  devices,
  discard,
];
/** Every command, in the order of the help. */
export const commands: readonly Command[] = [helpCommand(others), ...others];
