/** What of an SQLite connection prepares statements. */
export interface Preparing<S> {
  prepare(sql: string): S;
}

const capacity = 160;
const longestSql = 16_384;

/**
 * Lets a connection keep the statements that it prepared, the least recently used leaving first: compiling a statement
 * takes longer than running it. SQLite compiles a kept one again by itself where the schema has changed. Only for
 * statements that are run to their end before the next is begun.
 */
export function keepStatements<S>(connection: Preparing<S>): void {
  const kept = new Map<string, S>();
  const prepare = connection.prepare.bind(connection);
  connection.prepare = (sql) => {
    if (sql.length > longestSql) return prepare(sql);
    const statement = kept.get(sql) ?? prepare(sql);
    kept.delete(sql);
    kept.set(sql, statement);
    const [oldest] = kept.keys();
    if (kept.size > capacity && oldest !== undefined) kept.delete(oldest);
    return statement;
  };
}
