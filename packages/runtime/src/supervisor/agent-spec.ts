import { checkOptions } from '../arguments.ts';
import { type AgentInit, checkAgentInit, startAgent } from '../behaviours/agent.ts';
import { CHILD_OPTIONS, type ChildOptions, type ChildSpec, specOf } from './child-spec.ts';

/** The child spec of an agent; its id is `'Agent'` unless said. Elixir: `Agent.child_spec/1`. */
export function agentSpec<State>(init: AgentInit<State>, options: ChildOptions = {}): ChildSpec {
  const { id = 'Agent', ...rest } = checkOptions('a child', options, CHILD_OPTIONS);
  checkAgentInit(init);
  return specOf(id, rest, (supervisor, started) => startAgent(supervisor, true, init, started));
}
