import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../../../conformance/processes/program.ts';
import { pairUp } from '../../../../conformance/replay.ts';
import {
  type Entry,
  isProgram,
  parseEntries,
  parseResults,
  parseScenarios,
  type Result,
  type Scenario,
} from '../../../../conformance/scenario.ts';

const folder = join(__dirname, '../../../../conformance/otp');

/** The scenarios of a file that were recorded on real OTP, each with the trace that OTP printed. */
export function recorded(name: 'scenarios' | 'corpus' | 'dynamic'): (readonly [Scenario, Result])[] {
  return pairs(name, parseScenarios);
}

/** The recorded programs of plain processes, in the same form. */
export function recordedPrograms(): (readonly [Program, Result])[] {
  return pairs('processes', (text, file) => parseEntries(text, file).filter(isProgram));
}

function pairs<Some extends Entry>(
  name: string,
  parse: (text: string, file: string) => Some[],
): (readonly [Some, Result])[] {
  const [entryFile, resultFile] = [join(folder, `${name}.jsonl`), join(folder, `${name}.expected.jsonl`)];
  const entries = parse(readFileSync(entryFile, 'utf8'), entryFile);
  return pairUp(entries, parseResults(readFileSync(resultFile, 'utf8'), resultFile));
}
