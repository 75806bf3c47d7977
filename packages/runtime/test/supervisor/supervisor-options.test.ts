import { DynamicSupervisor, Supervisor } from '../../src/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

type Row = [options: object, message: string];

const intensities: Row[] = [
  [{ intensity: -1 }, 'intensity must be a whole number >= 0, not -1'],
  [{ intensity: 1.5 }, 'intensity must be a whole number >= 0, not 1.5'],
  [{ intensity: '3' }, "intensity must be a whole number >= 0, not '3'"],
  [{ period: 0 }, 'period must be a number of seconds > 0, not 0'],
  [{ period: -5 }, 'period must be a number of seconds > 0, not -5'],
  [{ period: Number.POSITIVE_INFINITY }, 'period must be a number of seconds > 0, not Infinity'],
  [{ period: '5' }, "period must be a number of seconds > 0, not '5'"],
  [{ autoShutdown: 'always' }, "autoShutdown must be never, anySignificant, allSignificant, not 'always'"],
];

describe('a supervisor', () => {
  test.each<Row>([
    ...intensities,
    [{ strategy: 'one_for_one' }, "strategy must be oneForOne, oneForAll, restForOne, not 'one_for_one'"],
  ])('refuses %p [S-04]', async (options, message) => {
    await using runtime = new TestRuntime();
    await expect(Supervisor.start(runtime, options)).rejects.toThrow(message);
    expect(() => Supervisor.childSpec('s', options)).toThrow(message);
    expect(runtime.processCount).toBe(0);
  });

  test('refuses an option that there is not, where OTP would pass it over [S-05]', async () => {
    await using runtime = new TestRuntime();
    const options = { strateggy: 'oneForAll' } as object;
    await expect(Supervisor.start(runtime, options)).rejects.toThrow("not 'strateggy'");
  });

  test('has the defaults of Elixir: one for one, 3 restarts in 5 s, never ends of itself [S-06]', async () => {
    await using runtime = new TestRuntime();
    const supervisor = await Supervisor.start(runtime, {});
    expect(runtime.processInfo(supervisor)?.description).toMatchObject({
      strategy: 'oneForOne',
      restarts: { allowed: 3, inWindow: 0 },
    });
  });
});

describe('a dynamic supervisor', () => {
  test.each<Row>([
    ...intensities,
    [{ maxChildren: -1 }, "maxChildren must be a whole number >= 0 or 'infinity', not -1"],
    [{ maxChildren: 1.5 }, "maxChildren must be a whole number >= 0 or 'infinity', not 1.5"],
    [{ maxChildren: 'many' }, "maxChildren must be a whole number >= 0 or 'infinity', not 'many'"],
    [{ strategy: 'oneForAll' }, 'an option of a dynamic supervisor must be one of'],
    [{ extraArguments: [] }, 'an option of a dynamic supervisor must be one of'],
  ])('refuses %p [D-02]', async (options, message) => {
    await using runtime = new TestRuntime();
    await expect(DynamicSupervisor.start(runtime, options)).rejects.toThrow(message);
    expect(() => DynamicSupervisor.childSpec('s', options)).toThrow(message);
    expect(runtime.processCount).toBe(0);
  });

  test('allows 3 restarts and any number of children unless said [D-01]', async () => {
    await using runtime = new TestRuntime();
    const supervisor = await DynamicSupervisor.start(runtime);
    expect(runtime.processInfo(supervisor)?.description).toMatchObject({
      strategy: 'dynamic',
      restarts: { allowed: 3 },
    });
  });
});
