// Lint: typescript-eslint's strict type-checked rules, the house's sizes, and who may import whom (see docs/architecture.md).
import { fileURLToPath } from 'node:url';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** What each folder of `src` may import besides itself and `texts`. */
const rooms = {
  core: [],
  crypto: [],
  texts: [],
  config: [],
  rules: ['core'],
  commands: ['core', 'rules'],
  matrix: ['core', 'crypto'],
  interop: ['core', 'crypto'],
  networks: ['core', 'crypto', 'interop'],
  storage: ['core', 'rules', 'crypto'],
  http: ['core', 'rules'],
  doctor: ['core', 'rules'],
};

/** Zones for `import-x/no-restricted-paths`: in every room, all other rooms but the allowed are out of bounds. */
const zones = Object.entries(rooms).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [...new Set([room, 'texts', ...allowed])].map((name) => `./${name}`),
  message: `src/${room} may import only: ${[room, 'texts', ...allowed].join(', ')}.`,
}));

const networks = ['loopback', 'xmpp', 'whatsapp', 'thirdparty', 'business'];
const networkZones = networks.map((name) => ({
  target: `./src/networks/${name}`,
  from: './src/networks',
  except: [`./${name}`],
  message: 'A network never imports another.',
}));

/** The core knows no network, Matrix library, HTTP or database. */
const coreForbids = [
  'knex',
  'better-sqlite3',
  'pg',
  'express',
  'undici',
  'node:http',
  'node:https',
  'node:net',
  'matrix-*',
  '@matrix-org/*',
  '@xmpp/*',
  'pino',
  'prom-client',
];

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'var'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: fileURLToPath(new URL('.', import.meta.url)),
      },
    },
    settings: { 'import-x/extensions': ['.ts', '.js'] },
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        { basePath: fileURLToPath(new URL('.', import.meta.url)), zones: [...zones, ...networkZones] },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: coreForbids }] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      // node:test's `describe` and `it` return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['describe', 'it', 'test', 'before', 'after', 'suite'],
            },
          ],
        },
      ],
    },
  },
  { files: ['scripts/**/*.ts', 'examples/**/*.ts', 'src/main.ts'], rules: { 'no-console': 'off' } },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
