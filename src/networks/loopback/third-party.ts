import type { ThirdParty } from '../../core/third-party.ts';
import { parseGroup } from './groups.ts';
import { parsePerson } from './ids.ts';

/** People and groups of the world by their names. */
export const thirdParty: ThirdParty = {
  userFields: ['name'],
  locationFields: ['group'],
  fieldTypes: {
    name: { regexp: '[a-z0-9][a-z0-9._-]*', placeholder: 'bob' },
    group: { regexp: '#[a-z0-9][a-z0-9._-]*', placeholder: '#salon' },
  },
  user: ({ name = '' }) => parsePerson(name.trim().toLowerCase()),
  fieldsOfUser: (user) => (parsePerson(user) === undefined ? undefined : { name: user }),
  location: ({ group = '' }) => parseGroup(group.trim().toLowerCase()),
  fieldsOfLocation: (chat) => (parseGroup(chat) === undefined ? undefined : { group: chat }),
};
