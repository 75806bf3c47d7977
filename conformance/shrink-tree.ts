import { type ChildScript, keyOf, type Scenario, type Step, type SupervisorScript } from './scenario.ts';
import { shorter } from './shrinkable.ts';

/** Scenarios that are simpler by one thing, those that lose most first; only such as OTP's order is certain for. Pure. */
export function* simplerTree(scenario: Scenario): Generator<Scenario> {
  for (const each of candidates(scenario)) if (isCertain(each)) yield each;
}

function* candidates(scenario: Scenario): Generator<Scenario> {
  const { sup, script } = scenario;
  for (const steps of shorterScripts(script)) yield { ...scenario, script: steps };
  for (const [smaller, key] of withoutChild(sup, '/')) {
    yield { ...scenario, sup: smaller, script: withoutKey(script, key) };
  }
  for (const [smaller, key] of withWorker(sup, '/')) {
    yield { ...scenario, sup: smaller, script: withoutKey(script, key) };
  }
  for (const edit of [withoutStarts, withLowerNumber, withDefault]) {
    for (const smaller of everywhere(sup, edit)) yield { ...scenario, sup: smaller };
  }
}

function* shorterScripts(script: readonly Step[]): Generator<Step[]> {
  yield* shorter(script);
  for (const [index, [name, sup, what]] of script.entries()) {
    if (name === 'queued') {
      const steps = what as Step[];
      if (steps.length === 1) yield script.with(index, steps[0] as Step);
      for (const fewer of shorterScripts(steps)) yield script.with(index, [name, sup, fewer]);
    } else if (name === 'start_child' && typeof what === 'object') {
      for (const child of withDefault(what as ChildScript)) yield script.with(index, [name, sup, child]);
    }
  }
}

/** Each supervisor without one of its children, and the child's key. */
function* withoutChild(sup: SupervisorScript, key: string): Generator<[SupervisorScript, string]> {
  const { children = [] } = sup;
  // A template is not a child.
  if (sup.strategy === 'simple_one_for_one') return;
  for (const [index, child] of children.entries()) {
    const childKey = keyOf(key, child.id);
    yield [{ ...sup, children: children.toSpliced(index, 1) }, childKey];
    if (child.sup === undefined) continue;
    for (const [smaller, gone] of withoutChild(child.sup, childKey)) {
      yield [{ ...sup, children: children.with(index, { ...child, sup: smaller }) }, gone];
    }
  }
}

/** Each supervisor with a worker in place of one that it supervises. */
function* withWorker(sup: SupervisorScript, key: string): Generator<[SupervisorScript, string]> {
  const { children = [] } = sup;
  for (const [index, child] of children.entries()) {
    if (child.sup === undefined) continue;
    const childKey = keyOf(key, child.id);
    const { sup: _sup, type: _type, ...worker } = child;
    yield [{ ...sup, children: children.with(index, worker) }, childKey];
    for (const [smaller, gone] of withWorker(child.sup, childKey)) {
      yield [{ ...sup, children: children.with(index, { ...child, sup: smaller }) }, gone];
    }
  }
}

/** The tree with the edit made at one place, in every way there is. */
function* everywhere(
  sup: SupervisorScript,
  edit: (part: SupervisorScript | ChildScript) => Iterable<object>,
): Generator<SupervisorScript> {
  const { children = [] } = sup;
  yield* edit(sup);
  for (const [index, child] of children.entries()) {
    for (const edited of edit(child)) {
      yield { ...sup, children: children.with(index, edited as ChildScript) };
    }
    if (child.sup === undefined) continue;
    for (const smaller of everywhere(child.sup, edit)) {
      yield { ...sup, children: children.with(index, { ...child, sup: smaller }) };
    }
  }
}

function* withoutStarts(part: SupervisorScript | ChildScript): Generator<object> {
  if ('starts' in part && (part.starts?.length ?? 0) > 0) yield { ...part, starts: [] };
}

function* withLowerNumber(part: SupervisorScript | ChildScript): Generator<object> {
  if (!('intensity' in part) || part.intensity === undefined || part.intensity === 0) return;
  yield { ...part, intensity: 0 };
  yield { ...part, intensity: part.intensity - 1 };
}

const NO_DEFAULT = new Set(['id', 'children', 'sup', 'type']);

function* withDefault(part: SupervisorScript | ChildScript): Generator<object> {
  for (const field of Object.keys(part)) {
    if (NO_DEFAULT.has(field) || (field === 'strategy' && !hasIds(part))) continue;
    const { [field]: _value, ...rest } = part as Readonly<Record<string, unknown>>;
    yield rest;
  }
}

function hasIds(part: SupervisorScript | ChildScript): boolean {
  return !('strategy' in part) || !['simple_one_for_one', 'dynamic'].includes(part.strategy ?? '');
}

/** The steps that have nothing to do with a key or what is below it. */
function withoutKey(script: readonly Step[], key: string): Step[] {
  return script
    .filter(([, subject, id]) => {
      if (typeof subject !== 'string') return true;
      const named = typeof id === 'string' ? keyOf(subject, id) : subject;
      return ![subject, named].some((each) => each === key || each.startsWith(`${key}/`));
    })
    .map((step) => (step[0] === 'queued' ? [step[0], step[1], withoutKey(step[2] as Step[], key)] : step));
}

/** Whether what happens follows from OTP's rules alone, and not from which of two things is faster. */
function isCertain({ sup, script }: Scenario): boolean {
  const started = script.flatMap(([name, , child]) =>
    name === 'start_child' && typeof child === 'object' ? [child as ChildScript] : [],
  );
  const periods = new Set(supervisorsOf(sup).map(({ period = 5 }) => period));
  return (
    [...supervisorsOf(sup).flatMap(({ children = [] }) => children), ...started].every(endsForSure) &&
    script.every(([name, , seconds]) => name !== 'age' || !periods.has(seconds as number))
  );
}

function supervisorsOf(sup: SupervisorScript): SupervisorScript[] {
  const below = (sup.children ?? []).flatMap((child) =>
    child.sup === undefined ? [] : supervisorsOf(child.sup),
  );
  return [sup, ...below];
}

function endsForSure({ on_stop, shutdown, trap = true }: ChildScript): boolean {
  if (shutdown === 0) return !trap;
  return on_stop !== 'hang' || shutdown === 'brutal_kill' || (typeof shutdown === 'number' && shutdown <= 10);
}
