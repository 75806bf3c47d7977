import { type AgentInit, startAgent } from '../behaviours/agent.ts';
import type { ChildOptions, ChildSpec } from './child-spec.ts';

/** The child spec of an agent; its id is `'Agent'` unless said. Elixir: `Agent.child_spec/1`. */
export function agentSpec<State>(init: AgentInit<State>, options: ChildOptions = {}): ChildSpec {
  const { name, label, id = 'Agent', ...rest } = options;
  const startOptions = { ...(name === undefined ? {} : { name }), ...(label === undefined ? {} : { label }) };
  return { ...rest, id, start: (supervisor) => startAgent(supervisor, true, init, startOptions) };
}
