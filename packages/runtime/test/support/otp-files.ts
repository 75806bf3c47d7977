import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pairUp } from '../../../../conformance/replay.ts';
import {
  parseResults,
  parseScenarios,
  type Result,
  type Scenario,
} from '../../../../conformance/scenario.ts';

const folder = join(__dirname, '../../../../conformance/otp');

/** The scenarios of a file that were recorded on real OTP, each with the trace that OTP printed. */
export function recorded(name: 'scenarios' | 'corpus' | 'dynamic'): (readonly [Scenario, Result])[] {
  const [scenarioFile, resultFile] = [join(folder, `${name}.jsonl`), join(folder, `${name}.expected.jsonl`)];
  const scenarios = parseScenarios(readFileSync(scenarioFile, 'utf8'), scenarioFile);
  return pairUp(scenarios, parseResults(readFileSync(resultFile, 'utf8'), resultFile));
}
