export { type Leftover, leftovers } from './leftovers.ts';
export { matchTree, treeMatchers } from './match-tree.ts';
export { type NextOptions, type Probe, type ProbeOptions, probe } from './probe.ts';
export { settle } from './settle.ts';
export { type TestRuntime, type TestRuntimeOptions, testRuntime } from './test-runtime.ts';
export { VirtualClock } from './virtual-clock.ts';
