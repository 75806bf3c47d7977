/**
 * Tests run on the TypeScript sources: the private export condition leads from package to package without a build.
 *
 * ts-jest turns each file into CommonJS on its own (no type check here: `npm run check` does that), and brings
 * `await using` down to what Node 20 knows.
 */
/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  // Nothing is measured with it: it only ends what hangs. The longest tests take two seconds on an idle machine, and no test
  // may fail because others are at work.
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  testEnvironment: '<rootDir>/test/support/leak-check.ts',
  // With a limit, jest runs every test file in a worker process, away from the timers of its own reporters. Those would
  // blur what the leak check sees; and a leak cannot keep jest from ending.
  workerIdleMemoryLimit: '2GB',
  testEnvironmentOptions: { customExportConditions: ['@thousand-island/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      'ts-jest',
      {
        tsconfig: {
          target: 'es2022',
          lib: ['es2023', 'esnext.disposable'],
          module: 'commonjs',
          moduleResolution: 'bundler',
          isolatedModules: true,
          allowImportingTsExtensions: true,
          verbatimModuleSyntax: false,
          esModuleInterop: true,
          sourceMap: true,
          types: ['node', 'jest'],
        },
      },
    ],
  },
};
