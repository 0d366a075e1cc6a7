import type { DoctorContext } from './context.ts';

/** Whether the bot has its account, which the first start of the bridge makes: before that it may do nothing. */
export async function hasBot({
  homeserver,
  bot,
}: Pick<DoctorContext, 'homeserver' | 'bot'>): Promise<boolean> {
  const path = `/_matrix/client/v3/account/whoami?user_id=${encodeURIComponent(bot)}`;
  const answer = await homeserver.request({ method: 'GET', path });
  return answer.kind === 'answer' && answer.status === 200;
}
