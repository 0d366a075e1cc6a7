import { fail, ok, told, type Check } from '../check.ts';

/** Whether the database can be used, and who uses it; works beside a bridge that runs. */
export const database: Check = {
  name: told('doctor.check.database'),
  needs: [],
  run: async ({ database: probe }) => {
    const state = await probe.look();
    switch (state.kind) {
      case 'failed':
        return fail(keyFor(state.code), { code: state.code });
      case 'wrong-key':
        return fail('doctor.database.wrong-key');
      case 'newer':
        return fail('doctor.database.newer');
      case 'open': {
        const { engine, schema: version, holder } = state;
        if (version === 0) return ok('doctor.database.new', { engine });
        return holder === undefined
          ? ok('doctor.database.free', { engine, version })
          : ok('doctor.database.ok', { engine, version, holder });
      }
    }
  },
};

function keyFor(code: string): 'doctor.database.full' | 'doctor.database.busy' | 'doctor.database.failed' {
  if (/^(?:SQLITE_FULL|53100|ENOSPC|EDQUOT)/.test(code)) return 'doctor.database.full';
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code)) return 'doctor.database.busy';
  return 'doctor.database.failed';
}
