import { ban, bans, unban } from './ban.ts';
import { block, blocks, unblock } from './block.ts';
import { bridge, unbridge } from './bridge.ts';
import type { Command } from './command.ts';
import { confirm } from './confirm.ts';
import { devices } from './devices.ts';
import { discard } from './discard.ts';
import { disable, enable } from './enable.ts';
import { erase } from './erase.ts';
import { explain } from './explain.ts';
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
import { region } from './region.ts';
import { accept, decline, requests } from './requests.ts';
import { retry } from './retry.ts';
import { rules } from './rules.ts';
import { space } from './space.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { strict } from './strict.ts';
import { unlink } from './unlink.ts';
import { users } from './users.ts';
import { version } from './version.ts';

const others: readonly Command[] = [
  enable,
  disable,
  strict,
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
  block,
  unblock,
  blocks,
  confirm,
  status,
  version,
  ping,
  language,
  explain,
  erase,
  users,
  region,
  portals,
  outcome,
  retry,
  rules,
  log,
  devices,
  discard,
  ban,
  unban,
  bans,
];
/** Every command, in the order of the help. */
export const commands: readonly Command[] = [helpCommand(others), ...others];
