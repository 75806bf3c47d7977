import { basename } from 'node:path';
import { main } from '../src/main.ts';
import { TestEnvironment } from './support/test-environment.ts';

const HERE = `./${basename(__filename)}`;
const OPTIONS = [
  '--port',
  '--host',
  '--unix',
  '--unix-mode',
  '--acceptors',
  '--max-connections',
  '--read-timeout',
  '--shutdown-timeout',
  '--log',
  '--tls-cert',
  '--tls-key',
  '--tls-ca',
  '--alpn',
  '--proxy-protocol',
  '--json',
  '--help',
  '--version',
].join(', ');

describe('the command, called in a wrong way', () => {
  test.each([
    ['', 'a command is missing: there is serve'],
    ['start', "there is no command 'start': there is serve"],
    ['help start', "there is no command 'start': there is serve"],
    ['serve', 'serve needs a MODULE: a ready handler, a path or a package'],
    ['serve echo daytime', "serve takes one MODULE, and 'daytime' is a second one"],
    ['serve echo --prot 4000', `there is no option --prot: is --port what is meant? there are ${OPTIONS}`],
    [
      'serve echo --maxConnection 4',
      `there is no option --maxConnection: is --max-connections what is meant? there are ${OPTIONS}`,
    ],
    ['serve echo --ALPN h2', `there is no option --ALPN: is --alpn what is meant? there are ${OPTIONS}`],
    ['serve echo --cert c.pem', `there is no option --cert: there are ${OPTIONS}`],
    ['serve echo -p 4000', `there is no option -p: there are ${OPTIONS}`],
    ['serve echo --no-json', `there is no option --no-json: there are ${OPTIONS}`],
    ['serve echo --json=yes', "the option --json takes no value, and was given 'yes'"],
    ['serve echo --port', 'the option --port needs a value: a whole number from 0 to 65535'],
    ['serve echo --host --json', 'the option --host needs a value: an address or a host name'],
    ['serve echo --host=', 'the option --host needs a value: an address or a host name'],
    ['serve echo --host [::1', "the option --host must be an address or a host name, not '[::1'"],
    ['serve echo --host []', "the option --host must be an address or a host name, not '[]'"],
    ['serve echo --host [::1]:80', "the option --host must be an address or a host name, not '[::1]:80'"],
    [
      'serve echo --host [127.0.0.1]',
      "the option --host must be an address or a host name, not '[127.0.0.1]'",
    ],
    [
      'serve echo --host localhost:80',
      "the option --host must be an address or a host name, not 'localhost:80'",
    ],
    [
      'serve echo --host http://localhost',
      "the option --host must be an address or a host name, not 'http://localhost'",
    ],
    ['serve echo --port http', "the option --port must be a whole number from 0 to 65535, not 'http'"],
    ['serve echo --port 65536', "the option --port must be a whole number from 0 to 65535, not '65536'"],
    ['serve echo --port -1', "the option --port must be a whole number from 0 to 65535, not '-1'"],
    ['serve echo --port 0x10', "the option --port must be a whole number from 0 to 65535, not '0x10'"],
    ['serve echo --unix', 'the option --unix needs a value: the path of a Unix socket'],
    ['serve echo --unix s --port 0', 'the option --port cannot be given with --unix'],
    ['serve echo --unix s --host ::', 'the option --host cannot be given with --unix'],
    ['serve echo --unix-mode 660', 'the option --unix-mode is for --unix, which is not given'],
    [
      'serve echo --unix s --unix-mode 888',
      "the option --unix-mode must be an octal number from 0 to 777, such as 660, not '888'",
    ],
    ['serve echo --acceptors 0', "the option --acceptors must be a whole number from 1 to 10000, not '0'"],
    [
      'serve echo --acceptors 2.5',
      "the option --acceptors must be a whole number from 1 to 10000, not '2.5'",
    ],
    [
      'serve echo --max-connections many',
      "the option --max-connections must be a whole number, or infinity, not 'many'",
    ],
    [
      'serve echo --read-timeout soon',
      "the option --read-timeout must be a whole number of ms, or infinity, not 'soon'",
    ],
    [
      'serve echo --read-timeout brutal-kill',
      "the option --read-timeout must be a whole number of ms, or infinity, not 'brutal-kill'",
    ],
    [
      'serve echo --shutdown-timeout 5s',
      "the option --shutdown-timeout must be a whole number of ms, infinity, or brutal-kill, not '5s'",
    ],
    ['serve echo --log', 'the option --log needs a value: error, info, debug, or trace'],
    ['serve echo --log all', "the option --log must be error, info, debug, or trace, not 'all'"],
    ['serve echo --tls-cert', 'the option --tls-cert needs a value: the path of a PEM file'],
    ['serve echo --tls-key k.pem', 'the option --tls-key is for --tls-cert, which is not given'],
    ['serve echo --tls-ca ca.pem', 'the option --tls-ca is for --tls-cert, which is not given'],
    ['serve echo --alpn h2', 'the option --alpn is for --tls-cert, which is not given'],
    [
      'serve echo --tls-cert c.pem --alpn h2,,x',
      "the option --alpn must be a list of protocols, such as h2,http/1.1, not 'h2,,x'",
    ],
    [
      'serve echo --proxy-protocol on',
      "the option --proxy-protocol must be off, optional or required, not 'on'",
    ],
    ['serve #quotes', "'#quotes' is not of the form MODULE or MODULE#EXPORT"],
    ['serve echo#', "'echo#' is not of the form MODULE or MODULE#EXPORT"],
    ['serve echo#quotes', "echo is a ready handler and has no exports: leave '#quotes' away"],
    ['serve ./nowhere.js', `there is no module './nowhere.js': ${__dirname}/support/nowhere.js is no file`],
    ['serve ..', `there is no module '..': ${__dirname} is no file`],
    [
      'serve eccho',
      "there is no handler 'eccho': it is none of the ready ones (echo, http-hello-world, daytime, messenger), " +
        `no file ${__dirname}/support/eccho and no package`,
    ],
  ])('island %s: says what is wrong and what is allowed, and exits with 2', async (line, message) => {
    const environment = new TestEnvironment();
    expect(await main(line.split(' ').filter(Boolean), environment)).toBe(2);
    expect(environment.stderr.lines).toEqual([`island: ${message}`, "'island --help' tells more"]);
    expect(environment.stdout.text).toBe('');
    expect(environment.isListeningToSignals).toBe(false);
  });

  const reference = `../${HERE}`;
  test.each([
    [reference, {}, `the module '${reference}' has no default export: it has none`],
    [
      reference,
      { one: {}, two: {}, __esModule: true },
      `the module '${reference}' has no default export: there is #one, #two`,
    ],
    [`${reference}#three`, { default: {} }, `the module '${reference}' has no export three: it has none`],
    [
      reference,
      { default: {} },
      `the default export of '${reference}' is an object without callbacks, and not a handler: ` +
        'an object with callbacks such as handleData',
    ],
    [
      `${reference}#f`,
      { f: () => {} },
      `the export f of '${reference}' is a function, and not a handler: an object with callbacks such as handleData`,
    ],
    [
      `${reference}#c`,
      { c: class {} },
      `the export c of '${reference}' is a class, and not a handler: an object with callbacks such as handleData`,
    ],
    [
      reference,
      { default: Promise.resolve({}), one: {} },
      `the default export of '${reference}' is a promise, and not a handler: an object with callbacks such as handleData; ` +
        'there is #one',
    ],
    [
      `${reference}#n`,
      { n: 'text' },
      `the export n of '${reference}' is 'text', and not a handler: an object with callbacks such as handleData`,
    ],
  ])(
    'a module without a handler, %s of %p: is named, and exits with 2',
    async (argument, exports, message) => {
      const environment = new TestEnvironment(exports);
      expect(await main(['serve', argument], environment)).toBe(2);
      expect(environment.stderr.lines[0]).toBe(`island: ${message}`);
    },
  );

  test('a callback that is no function: is named, and exits with 2', async () => {
    const environment = new TestEnvironment({ default: { handleData: 'echo' } });
    expect(await main(['serve', reference], environment)).toBe(2);
    expect(environment.stderr.text).toBe(
      "island: the option handler.handleData must be a function, not 'echo'\n",
    );
  });
});

describe('the command, asked about itself', () => {
  test.each([['--help'], ['-h'], ['help'], ['help serve'], ['serve --help'], ['serve nonsense -h']])(
    'island %s: explains the command, with every option and examples',
    async (line) => {
      const environment = new TestEnvironment();
      expect(await main(line.split(' '), environment)).toBe(0);
      for (const option of OPTIONS.split(', ')) expect(environment.stdout.text).toContain(option);
      expect(environment.stdout.text).toMatch(/^Usage: island serve MODULE/);
      expect(environment.stdout.text).toContain('Examples:\n');
      expect(environment.stderr.text).toBe('');
    },
  );

  test('island --version: prints the version', async () => {
    const environment = new TestEnvironment();
    expect(await main(['--version'], environment)).toBe(0);
    expect(environment.stdout.text).toBe('1.2.3\n');
  });
});
