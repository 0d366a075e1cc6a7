import Database from 'better-sqlite3';

/** Takes from the database of a bridge that does not run all keys and sessions of one side; `user` is its internal number. */
export function forgetSignal(file: string, user: string): void {
  const database = new Database(file, { fileMustExist: true });
  try {
    const { changes } = database.prepare('delete from signal_records where user_id = ?').run(user);
    if (changes === 0) throw new Error('nothing was kept of the user');
  } finally {
    database.close();
  }
}
