import { setTimeout as sleep } from 'node:timers/promises';
import type { SpanKind } from '@thousand-island/island';
import { growth, type Levels, leftOver } from './levels.ts';
import { planOperation } from './operation-plan.ts';
import { Random } from './random.ts';
import { ServerProcess } from './server-process.ts';
import { visit } from './visit.ts';
import { isAnswered, planVisit, type ServerName, type Visit } from './visit-plan.ts';

/** What a soak is run with. */
export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly servers: readonly ServerName[];
  /** How many clients there are at a time. */
  readonly clients: number;
}

/** What has come of it. */
export interface SoakReport {
  readonly visits: ReadonlyMap<string, number>;
  readonly operations: ReadonlyMap<string, number>;
  readonly connections: number;
  readonly acceptors: number;
  readonly listeners: number;
  /** How often a connection has ended so. */
  readonly ends: ReadonlyMap<string, number>;
  /** How many processes, connections left out, were started after the start. */
  readonly restarts: number;
  /** At the start, and after each storm. */
  readonly levels: readonly Levels[];
  readonly violations: readonly string[];
}

/** What is done to the servers at a time: operations that meet are what is hard. */
const LANES = 2;
/** After each storm, so many clients in the calm must all be served to the end. */
const CALM_VISITS = 60;
const SHORTEST_STORM_S = 3;
const LONGEST_STORM_S = 60;
const STORMS = 10;
/** Enough to see what is wrong. */
const MOST_VIOLATIONS = 20;

/** Storms of clients and operations, with a calm after each in which everything has to be as it was. */
export class Soak {
  readonly #options: SoakOptions;
  readonly #servers: ServerProcess;
  readonly #visits = new Map<string, number>();
  readonly #operations = new Map<string, number>();
  readonly #levels: Levels[] = [];
  readonly #violations: string[] = [];
  readonly #laneSteps = Array.from({ length: LANES }, () => 0);
  #planned = 0;
  #answered = 0;
  #startsAtStart = 0;

  private constructor(options: SoakOptions, servers: ServerProcess) {
    this.#options = options;
    this.#servers = servers;
  }

  /** Runs to the end of its time, or to the first storm after which something is wrong. */
  static async run(options: SoakOptions, tell: (line: string) => void): Promise<SoakReport> {
    await using servers = new ServerProcess();
    const soak = new Soak(options, servers);
    await soak.#run(tell);
    return soak.#report();
  }

  async #run(tell: (line: string) => void): Promise<void> {
    const { seconds, servers } = this.#options;
    const stormS = Math.min(LONGEST_STORM_S, Math.max(SHORTEST_STORM_S, seconds / STORMS));
    await this.#ask({ kind: 'start', servers });
    this.#startsAtStart = this.#servers.starts;
    await this.#calm();
    const until = performance.now() + seconds * 1_000;
    while (this.#isGood && performance.now() < until) {
      await this.#storm(Math.min(until, performance.now() + stormS * 1_000));
      await this.#calm();
      tell(this.#line());
    }
    if (this.#isGood) this.#violations.push(...growth(this.#levels));
    await this.#ask({ kind: 'stop' });
    for (const kind of ['connection', 'acceptor', 'listener'] as const) this.#checkStopped(kind);
  }

  get #isGood(): boolean {
    return this.#found().length === 0;
  }

  /** Clients come and go, and things are done to the servers, until the time has come. */
  async #storm(until: number): Promise<void> {
    const goesOn = (): boolean => performance.now() < until && this.#violations.length < MOST_VIOLATIONS;
    const { clients, seed, servers } = this.#options;
    const crowd = Array.from({ length: clients }, async () => {
      while (goesOn()) {
        const random = new Random(seed, 3, this.#planned);
        await this.#visit(planVisit(seed, this.#planned++, servers), false);
        await sleep(random.between(0, 30));
      }
    });
    const lanes = this.#laneSteps.map(async (_, lane) => {
      while (goesOn()) {
        const step = (this.#laneSteps[lane] as number) + 1;
        this.#laneSteps[lane] = step;
        const operation = planOperation(seed, lane, step, servers);
        await this.#ask({ kind: 'operate', operation });
        await sleep(new Random(seed, 4, lane, step).between(10, 200));
      }
    });
    await Promise.all([...crowd, ...lanes]);
  }

  /** Everything is as at the start: every client is served, and nothing of those that were is left. */
  async #calm(): Promise<void> {
    await this.#ask({ kind: 'restore' });
    const { clients, seed, servers } = this.#options;
    const plans = Array.from({ length: CALM_VISITS }, () => planVisit(seed, this.#planned++, servers));
    const crowd = Array.from({ length: clients }, async () => {
      for (let plan = plans.pop(); plan !== undefined; plan = plans.pop()) await this.#visit(plan, true);
    });
    await Promise.all(crowd);
    await this.#ask({ kind: 'restore' });
    const answer = await this.#ask({ kind: 'measure' });
    if (answer.kind !== 'levels') return;
    const [atStart] = this.#levels;
    if (atStart !== undefined) this.#violations.push(...leftOver(atStart, answer.levels));
    this.#levels.push(answer.levels);
    this.#checkStopped('connection');
    const { started } = this.#servers.ledgers.connection;
    if (started < this.#answered)
      this.#violations.push(
        `${this.#answered} clients were answered, but only ${started} connections have started`,
      );
  }

  /** All spans of this kind are over by now. */
  #checkStopped(kind: SpanKind): void {
    for (const span of this.#servers.ledgers[kind].open.slice(0, MOST_VIOLATIONS))
      this.#violations.push(`${span} has started and not stopped`);
  }

  #found(): string[] {
    const ledgers = Object.values(this.#servers.ledgers);
    const all = [this.#servers, ...ledgers].flatMap(({ violations }) => violations).concat(this.#violations);
    return [...new Set(all)];
  }

  async #visit(plan: Visit, mustComplete: boolean): Promise<void> {
    const place = this.#servers.places.get(plan.server);
    if (place === undefined) return;
    const outcome = await visit(plan, place);
    count(this.#visits, outcome.kind);
    if (outcome.kind === 'complete' && isAnswered(plan)) this.#answered++;
    const isWrong = outcome.kind === 'wrong' || outcome.kind === 'stuck';
    if (isWrong || (mustComplete && outcome.kind !== 'complete'))
      this.#violations.push(
        `${mustComplete ? 'in the calm, ' : ''}a visit was ${JSON.stringify({ outcome, plan })}`,
      );
  }

  async #ask(request: Parameters<ServerProcess['ask']>[0]): ReturnType<ServerProcess['ask']> {
    const answer = await this.#servers.ask(request);
    const name = request.kind === 'operate' ? request.operation.kind : request.kind;
    count(this.#operations, answer.kind === 'crossed' ? `${name}, crossed` : name);
    if (answer.kind === 'failed')
      this.#violations.push(`${JSON.stringify(request)} has failed: ${answer.why}`);
    return answer;
  }

  get #restarts(): number {
    return this.#servers.starts - this.#startsAtStart;
  }

  #line(): string {
    const { heap = 0, descriptors = 0, processes = 0 } = this.#levels.at(-1) ?? {};
    const mib = (heap / 2 ** 20).toFixed(2);
    const { started } = this.#servers.ledgers.connection;
    return `${started} connections, ${this.#restarts} restarts, ${descriptors} descriptors, ${processes} processes, heap ${mib} MiB`;
  }

  #report(): SoakReport {
    const { connection, acceptor, listener } = this.#servers.ledgers;
    return {
      visits: this.#visits,
      operations: this.#operations,
      connections: connection.started,
      acceptors: acceptor.started,
      listeners: listener.started,
      ends: connection.ends,
      restarts: this.#restarts,
      levels: this.#levels,
      violations: this.#found().slice(0, MOST_VIOLATIONS),
    };
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
