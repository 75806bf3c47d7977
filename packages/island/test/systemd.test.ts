import fc from 'fast-check';
import { NoActivationError, systemd, systemdDescriptors } from '../src/index.ts';

const pid = 71;
const given = (LISTEN_FDS?: string, LISTEN_FDNAMES?: string, LISTEN_PID = '71'): object => ({
  pid,
  env: { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES },
});

describe('systemdDescriptors', () => {
  test('lists what was passed, with names', () => {
    expect(systemdDescriptors(given('2', 'web:control'))).toEqual([
      { fd: 3, name: 'web' },
      { fd: 4, name: 'control' },
    ]);
  });

  test.each([
    ['the names are not told', given('2'), ['unknown', 'unknown']],
    ['a name is empty', given('2', ':b'), ['unknown', 'b']],
  ])('calls them unknown where %s, as sd_listen_fds_with_names(3) does', (_, activation, names) => {
    expect(systemdDescriptors(activation).map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ['nothing is said', {}],
    ['there are none', given('0')],
    ['there are none, of no name', given('0', '')],
    ['they are for another process, such as our parent', given('1', 'web', '70')],
    ['nobody says for whom', { pid, env: { LISTEN_FDS: '1' } }],
  ])('is empty where %s', (_, activation) => {
    expect(systemdDescriptors({ pid, env: {}, ...activation })).toEqual([]);
  });

  test.each([
    [given('many'), "LISTEN_FDS must be a number of descriptors, not 'many'"],
    [given('-1'), "LISTEN_FDS must be a number of descriptors, not '-1'"],
    [given(''), "LISTEN_FDS must be a number of descriptors, not ''"],
    [given('99999999999'), 'LISTEN_FDS must be a number of descriptors'],
    [given('2', 'web'), 'LISTEN_FDNAMES names 1 descriptors, and LISTEN_FDS says 2'],
  ])('refuses %j', (activation, message) => {
    expect(() => systemdDescriptors(activation)).toThrow(NoActivationError);
    expect(() => systemdDescriptors(activation)).toThrow(message);
  });

  test('reads the environment of this process unless another is given, and never fails to answer', () => {
    expect(systemdDescriptors()).toEqual([]);
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (count, names) => {
        try {
          for (const { fd, name } of systemdDescriptors(given(count, names))) {
            expect(fd).toBeGreaterThanOrEqual(3);
            expect(name).not.toBe('');
          }
        } catch (error) {
          expect(error).toBeInstanceOf(NoActivationError);
        }
      }),
    );
  });
});

describe('systemd', () => {
  test.each([
    ['the only one', given('1'), {}, 3],
    ['the one of this name', given('3', 'a:b:c'), { name: 'b' }, 4],
    ['one that nobody has named', given('2', 'a:'), { name: 'unknown' }, 4],
  ])('answers %s', (_, activation, options, fd) => {
    expect(systemd({ ...activation, ...options })).toBe(fd);
  });

  test.each([
    [given(), {}, 'systemd was to give this process one socket, and gave none'],
    [given('2', 'a:b'), {}, "systemd was to give this process one socket, and gave 2: 'a', 'b'"],
    [
      given('1', 'a'),
      { name: 'b' },
      "systemd was to give this process one socket called 'b', and gave 1: 'a'",
    ],
    [given('2', 'a:a'), { name: 'a' }, "one socket called 'a', and gave 2: 'a', 'a'"],
  ])('refuses %j %j', (activation, options, message) => {
    expect(() => systemd({ ...activation, ...options })).toThrow(message);
  });

  test.each([{ nmae: 'web' }, 'web', null])('refuses %j, which could mean another socket', (options) => {
    expect(() => systemd(options as never)).toThrow(expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }));
  });
});
