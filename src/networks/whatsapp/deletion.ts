/** How the host is asked to delete an account [O]; the form of the question is a guess. */
import type { Connection } from './connection.ts';

const patienceMs = 30_000;

/** Answers whether the host has done so. */
export async function deleted(connection: Connection, signal: AbortSignal): Promise<boolean> {
  if (!(await connection.up(patienceMs, signal)) || signal.aborted) return false;
  const answer = await connection.ask({ kind: 'delete-account' });
  return answer.kind !== 'failed';
}
