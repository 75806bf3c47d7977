%% The works on Erlang: erl +S 1 -noshell -s erlang_actors main WORK MILLISECONDS COUNT
%% Measured as run-side.mjs does, printed as it prints.
-module(erlang_actors).
%% Of two behaviours, gen_server and supervisor; naming both would be warned about.
-behaviour(gen_server).
-export([main/1, start_reporting/1, init/1, handle_call/3, handle_cast/2]).

-define(GRAIN, 1000).
-define(LARGEST, 1000000).
-define(GUESS_NS, 60000000).
-define(RING_SIZE, 1000).
-define(FAN_SENDERS, 100).
-define(FANOUT_RECEIVERS, 1000).
-define(CASTS_PER_CALL, 1000).
-define(KILLS_PER_SUPERVISOR, 500).

main([Work, Milliseconds, Count]) ->
    logger:set_primary_config(level, none),
    end_with_starter(),
    spawn(fun() ->
        Value = measure(Work, atom_to_integer(Milliseconds), atom_to_integer(Count)),
        io:format("{\"value\":~w}~n", [Value]),
        halt(0)
    end).

atom_to_integer(Atom) -> list_to_integer(atom_to_list(Atom)).

%% The starter holds the other end of stdin: when it is gone, so are we, also when it was killed.
end_with_starter() ->
    os:set_signal(sigterm, default),
    spawn(fun() -> wait_for_end() end).

wait_for_end() ->
    case io:get_line("") of
        eof -> halt(1);
        {error, _} -> halt(1);
        _ -> wait_for_end()
    end.

measure('process-memory', _, Count) -> bytes_of_each(Count);
measure(Work, Milliseconds, 0) ->
    Count = count_for(Work, Milliseconds, ?GRAIN),
    timed(Work, Count),
    [_, Middle, _] = lists:sort([rate(Work, Count) || _ <- [1, 2, 3]]),
    Middle;
measure(Work, _, Count) ->
    timed(Work, max(?GRAIN, Count div 10)),
    rate(Work, Count).

rate(Work, Count) ->
    garbage_collect(),
    Count / timed(Work, Count) * 1.0e9.

count_for(Work, Milliseconds, Count) ->
    %% By the processor's time, which neighbours do not disturb; a work that rests takes some of the clock's.
    {From, _} = statistics(runtime),
    Elapsed = timed(Work, Count),
    {Until, _} = statistics(runtime),
    Took = max((Until - From) * 1000000, Elapsed div 4),
    if
        Took < ?GUESS_NS, Count < ?LARGEST -> count_for(Work, Milliseconds, Count * 4);
        true ->
            Wanted = round(Milliseconds * 1.0e6 / Took * Count / ?GRAIN) * ?GRAIN,
            min(?LARGEST, max(?GRAIN, Wanted))
    end.

timed(Work, Count) ->
    From = erlang:monotonic_time(nanosecond),
    run(Work, Count),
    erlang:monotonic_time(nanosecond) - From.

%% A process that waits, with the heap it is born with: what performance figures of Erlang usually mean.
bytes_of_each(Count) ->
    garbage_collect(),
    Before = erlang:memory(processes_used),
    Processes = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, Count)],
    {memory, _} = process_info(hd(Processes), memory),
    Kept = 16 * Count,
    (erlang:memory(processes_used) - Before - Kept) / Count.

run(spawn, Count) ->
    process_flag(trap_exit, true),
    spawn_and_wait(Count),
    process_flag(trap_exit, false);
run(pingpong, Count) ->
    Pong = spawn(fun() -> pong() end),
    ping(Count div 2, Pong, self()),
    Pong ! stop;
run(ring, Count) ->
    Me = self(),
    First = spawn(fun() -> receive {next, Next} -> ring_node(Next, Me) end end),
    Others = lists:foldl(
        fun(_, [Next | _] = All) -> [spawn(fun() -> ring_node(Next, Me) end) | All] end,
        [First],
        lists:seq(2, ?RING_SIZE)
    ),
    First ! {next, hd(Others)},
    First ! Count,
    receive ring_end -> ok end,
    [exit(Pid, kill) || Pid <- Others];
run(call, Count) ->
    {ok, Server} = gen_server:start(?MODULE, counter, []),
    calls(Count, Server),
    gen_server:stop(Server);
run('async-call', Count) ->
    run(call, Count);
run(cast, Count) ->
    {ok, Server} = gen_server:start(?MODULE, counter, []),
    casts(0, Count, Server),
    gen_server:stop(Server);
run(fanin, Count) ->
    Me = self(),
    Each = Count div ?FAN_SENDERS,
    [spawn(fun() -> send_many(Each, Me) end) || _ <- lists:seq(1, ?FAN_SENDERS)],
    receive_many(Count);
run(fanout, Count) ->
    Me = self(),
    Each = Count div ?FANOUT_RECEIVERS,
    Others = [spawn(fun() -> receive_many(Each), Me ! message end) || _ <- lists:seq(2, ?FANOUT_RECEIVERS)],
    %% The last of them asks for the next round, so that no mailbox grows.
    Last = spawn(fun() -> receive_and_ask(Each, Me), Me ! message end),
    send_to_all(Each, Others ++ [Last]),
    receive_many(?FANOUT_RECEIVERS);
run(restart, Count) when Count =< 0 -> ok;
run(restart, Count) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, {one_for_one, self()}),
    Child = receive {up, Pid} -> Pid end,
    kill_and_restart(min(Count, ?KILLS_PER_SUPERVISOR), Child),
    stop_supervisor(Supervisor),
    run(restart, Count - ?KILLS_PER_SUPERVISOR);
run('supervisor-100k', Count) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, simple),
    start_children(Count, Supervisor),
    Count = proplists:get_value(active, supervisor:count_children(Supervisor)),
    stop_supervisor(Supervisor).

stop_supervisor(Supervisor) ->
    unlink(Supervisor),
    gen_server:stop(Supervisor, shutdown, infinity).

spawn_and_wait(0) -> ok;
spawn_and_wait(Count) ->
    Pid = spawn_link(fun() -> ok end),
    receive {'EXIT', Pid, normal} -> spawn_and_wait(Count - 1) end.

ping(0, _, _) -> ok;
ping(Count, Pong, Me) ->
    Pong ! Me,
    receive Pong -> ping(Count - 1, Pong, Me) end.

pong() ->
    receive
        stop -> ok;
        From -> From ! self(), pong()
    end.

ring_node(Next, Starter) ->
    receive
        0 -> Starter ! ring_end;
        HopsLeft -> Next ! HopsLeft - 1
    end,
    ring_node(Next, Starter).

calls(0, _) -> ok;
calls(Count, Server) ->
    0 = gen_server:call(Server, get),
    calls(Count - 1, Server).

casts(Count, Count, _) -> ok;
casts(Sent, Count, Server) ->
    cast_many(?CASTS_PER_CALL, Server),
    Now = Sent + ?CASTS_PER_CALL,
    Now = gen_server:call(Server, get),
    casts(Now, Count, Server).

cast_many(0, _) -> ok;
cast_many(Count, Server) ->
    gen_server:cast(Server, increase),
    cast_many(Count - 1, Server).

send_many(0, _) -> ok;
send_many(Count, To) ->
    To ! message,
    send_many(Count - 1, To).

receive_many(0) -> ok;
receive_many(Count) -> receive message -> receive_many(Count - 1) end.

send_to_all(0, _) -> ok;
send_to_all(Count, Pids) ->
    [Pid ! message || Pid <- Pids],
    receive more -> send_to_all(Count - 1, Pids) end.

receive_and_ask(0, _) -> ok;
receive_and_ask(Count, Sender) ->
    receive message -> Sender ! more end,
    receive_and_ask(Count - 1, Sender).

kill_and_restart(0, _) -> ok;
kill_and_restart(Count, Child) ->
    exit(Child, kill),
    receive {up, Next} -> kill_and_restart(Count - 1, Next) end.

start_children(0, _) -> ok;
start_children(Count, Supervisor) ->
    {ok, _} = supervisor:start_child(Supervisor, []),
    start_children(Count - 1, Supervisor).

start_reporting(Driver) -> gen_server:start_link(?MODULE, {reporting, Driver}, []).

init({one_for_one, Driver}) ->
    Child = #{id => child, start => {?MODULE, start_reporting, [Driver]}},
    {ok, {#{strategy => one_for_one, intensity => 100000, period => 1}, [Child]}};
init(simple) ->
    Start = {gen_server, start_link, [?MODULE, counter, []]},
    {ok, {#{strategy => simple_one_for_one}, [#{id => child, start => Start, restart => temporary}]}};
init({reporting, Driver}) ->
    Driver ! {up, self()},
    {ok, 0};
init(counter) ->
    {ok, 0}.

handle_call(get, _From, State) -> {reply, State, State}.

handle_cast(increase, State) -> {noreply, State + 1}.
