/**
 * The table of all works, in the order in which they run. A work is a value:
 *
 * - `name`, `unit`, `better` ('higher' or 'lower'): what its figure is.
 * - `also`: further figures of the same run, each with a name, a unit and a `better` of its own.
 * - `peers`: whom ours is compared with.
 * - `run(side, bench)`: one round of one side ('ours' or a peer's name). Answers `figures`, an object
 *   with each figure by its name, and `disturbed`, why the round should be run again, if it should.
 *   It starts processes with `bench.children` alone and leaves none.
 * - `sideBySide(sides, bench, body)`, in place of `run`: one round of all sides at once. Starts them all, calls
 *   `body(measure)`, and ends them; `measure(index)` answers for one of the sides as `run` does, and is called `slices` times for each.
 * - `missing(side)`: says why a side cannot take part here; undefined when it can.
 * - `leftOut()`: says, or promises, why the whole work is not to be run, without that being a failure.
 */
import { actorWorks } from './actors.mjs';
import { bulk } from './bulk.mjs';
import { churn } from './churn.mjs';
import { containment } from './containment.mjs';
import { echo1, echo50, echo500 } from './echo.mjs';
import { idle } from './idle.mjs';
import { latency, latencyCrowd } from './latency.mjs';
import { tlsChurn, tlsEcho } from './tls.mjs';

export const works = [
  echo1,
  echo50,
  echo500,
  bulk,
  churn,
  idle,
  tlsEcho,
  tlsChurn,
  containment,
  latency,
  latencyCrowd,
  ...actorWorks,
];
