import type { Excuse } from './replay.ts';

/** Where this runtime differs from OTP on purpose. Every other difference is a bug. */
export const excuses: readonly Excuse[] = [
  {
    id: '38-wart-simple-ignore-on-restart',
    reason:
      'OTP keeps an undefined entry of a child that ignored its restart, counts it as active and crashes on it when it ' +
      'stops. DynamicSupervisor removes the child, as in Elixir.',
    otp: '? / [- /y#1] | 1 2 0 2',
    trace: [
      '> start',
      'start /#1 ok',
      '= {ok,/#1}',
      '? / [] | 1 0 0 0',
      '> starts /x [ok; ignore]',
      '= ok',
      '? / [] | 1 0 0 0',
      '> start_child / x',
      'start /x#1 ok',
      '= {ok,/x#1}',
      '? / [/x#1] | 1 1 0 1',
      '> start_child / y',
      'start /y#1 ok',
      '= {ok,/y#1}',
      '? / [/x#1 /y#1] | 1 2 0 2',
      '> exit /x boom',
      'term /x#1 boom',
      'exit /x#1 boom',
      'report / child_terminated /x#1 boom',
      'start /x#2 ignore',
      '= true',
      '? / [/y#1] | 1 1 0 1',
      '> shutdown',
      'exit /#1 shutdown',
      '~exit /y#1 shutdown',
      '~term /y#1 shutdown',
      '= shutdown',
    ],
  },
];
