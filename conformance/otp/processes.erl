%% processes.erl - plays a program of plain processes on the REAL Erlang VM and prints what each of them sees.
%% Called by oracle.erl for the lines that have "steps"; ../README.md has the format.
%%
%% Every actor runs at priority high and the driver at normal, on one scheduler: when the driver runs, nothing else can.
%% The order of lines of different processes within a step is whatever it was; the reader sorts it out.
-module(processes).

-export([boot/0, driver/1]).

boot() ->
    [ets:new(T, [Ty, public, named_table])
     || {T, Ty} <- [{p_log, ordered_set}, {p_pid, set}, {p_index, set}, {p_wait, set}, {p_monitor, set}]].

driver(#{<<"steps">> := Steps} = Program) ->
    [ets:delete_all_objects(T) || T <- [p_log, p_pid, p_index, p_wait, p_monitor, o_live]],
    [begin
         Pid = start(I, [], []),
         1 = erlang:trace(Pid, true, [procs, set_on_spawn])
     end || I <- lists:seq(0, maps:get(<<"processes">>, Program) - 1)],
    Seen = steps(Steps, 1, #{}),
    _ = lists:foldl(fun finish/2, Seen, lists:sort([I || {I, _} <- ets:tab2list(p_pid)])),
    [exit(Pid, kill) || {_, Pid} <- ets:tab2list(p_pid)],
    quiesce(),
    [Line || {_, Line} <- ets:tab2list(p_log)].

steps([], _, Seen) -> Seen;
steps([[I, Ops] | Rest], N, Seen) ->
    log(["> ", integer_to_list(N), $\s, name(I)]),
    steps(Rest, N + 1, step(I, Ops, Seen)).

finish(I, Seen) ->
    case is_process_alive(pid(I)) andalso not ets:member(p_wait, I) of
        true -> log(["> end ", name(I)]), step(I, [[<<"flush">>]], Seen);
        false -> Seen
    end.

step(I, Ops, Seen) ->
    case ets:lookup(p_pid, I) of
        [] -> log("= nobody"), Seen;
        [{_, Pid}] ->
            case {is_process_alive(Pid), ets:member(p_wait, I)} of
                {false, _} -> log("= dead"), Seen;
                {true, true} -> log("= waiting"), Seen;
                {true, false} ->
                    Pid ! {'$do', Ops},
                    quiesce(),
                    Ref = erlang:trace_delivered(all),
                    receive {trace_delivered, all, Ref} -> ok end,
                    note_exits(),
                    look(Seen)
            end
    end.

note_exits() ->
    receive
        {trace, Pid, exit, R} -> log([who(Pid), " exits ", show(R)]), note_exits();
        M when element(1, M) =:= trace -> note_exits()
    after 0 -> ok
    end.

%% What has changed of each process.
look(Seen) ->
    lists:foldl(
      fun({I, Pid}, S) ->
              case info(Pid) of
                  <<"undefined">> -> S;
                  Text when map_get(I, S) =:= Text -> S;
                  Text -> log(["? ", name(I), $\s, Text]), S#{I => Text}
              end
      end, maps:merge(maps:from_list([{I, none} || {I, _} <- ets:tab2list(p_pid)]), Seen),
      lists:sort(ets:tab2list(p_pid))).

%% --- quiescence: twice in a row everybody waits, nobody has a dead process among its links, and nothing was logged.
quiesce() -> erlang:yield(), quiesce(scan()).

quiesce(busy) -> erlang:yield(), quiesce(scan());
quiesce(N) ->
    erlang:yield(),
    case scan() of
        N -> ok;
        Other -> quiesce(Other)
    end.

scan() ->
    case lists:all(fun is_idle/1, ets:tab2list(p_pid)) of
        true -> ets:info(p_log, size);
        false -> busy
    end.

is_idle({_, Pid}) ->
    case process_info(Pid, [status, links]) of
        undefined -> true;
        [{_, waiting}, {_, Links}] -> lists:all(fun is_process_alive/1, Links);
        _ -> false
    end.

%%% =========================================================== an actor
start(I, Body, Options) ->
    Started = spawn_opt(fun() -> put(index, I), ops(Body), loop() end, [{priority, high} | Options]),
    Pid = case Started of {P, _} -> P; P -> P end,
    ets:insert(p_pid, {I, Pid}),
    ets:insert(p_index, {Pid, I}),
    ets:insert(o_live, {Pid, I, 1, actor, none, 0}),
    Started.

loop() -> receive {'$do', Ops} -> ops(Ops), loop() end.

ops(Ops) -> [say(Name, op(Op)) || [Name | _] = Op <- Ops].

%% A signal has no answer worth noting: where signals act at once, its sender may have died of it by now.
say(<<"signal">>, _) -> ok;
say(Name, Result) -> log([name(get(index)), $\s, Name, " = ", Result]).

op([<<"spawn">>, C, Body]) -> start(C, Body, []), name(C);
op([<<"spawn_link">>, C, Body]) -> start(C, Body, [link]), name(C);
op([<<"spawn_monitor">>, C, M, Body]) ->
    {Pid, Ref} = start(C, Body, [monitor]),
    ets:insert(p_monitor, {M, Ref, get(index), pid, Pid}),
    name(C);
op([<<"link">>, I]) -> with(I, fun(P) -> tried(fun() -> link(P) end) end);
op([<<"unlink">>, I]) -> with(I, fun(P) -> show(unlink(P)) end);
op([<<"monitor">>, M, Name]) when is_binary(Name) ->
    Holder = whereis(binary_to_atom(Name)),
    Ref = monitor(process, binary_to_atom(Name)),
    ets:insert(p_monitor, {M, Ref, get(index), name, Holder}), <<"ref">>;
op([<<"monitor">>, M, I]) ->
    with(I, fun(P) -> ets:insert(p_monitor, {M, monitor(process, P), get(index), pid, P}), <<"ref">> end);
op([<<"demonitor">>, M, Options]) ->
    case ets:lookup(p_monitor, M) of
        [] -> <<"unknown">>;
        [{_, Ref, Owner, Kind, Pid}] ->
            R = demonitor(Ref, [binary_to_atom(O) || O <- Options]),
            Owner =:= get(index) andalso ets:insert(p_monitor, {M, Ref, gone, Kind, Pid}),
            show(R)
    end;
op([<<"trap_exit">>, Flag]) -> show(process_flag(trap_exit, Flag));
op([<<"exit">>, R]) -> exit(reason(R));
op([<<"raise">>, R]) -> error(reason(R));
op([<<"throw">>, R]) -> throw(reason(R));
op([<<"signal">>, I, R]) -> with(I, fun(P) -> show(exit(P, reason(R))) end);
op([<<"send">>, Name, Tag, N]) when is_binary(Name) ->
    tried(fun() -> binary_to_atom(Name) ! {msg, get(index), Tag, N}, ok end);
op([<<"send">>, I, Tag, N]) -> with(I, fun(P) -> P ! {msg, get(index), Tag, N}, <<"ok">> end);
op([<<"register">>, Name, I]) -> with(I, fun(P) -> tried(fun() -> register(binary_to_atom(Name), P) end) end);
op([<<"unregister">>, Name]) -> tried(fun() -> unregister(binary_to_atom(Name)) end);
op([<<"whereis">>, Name]) -> show(whereis(binary_to_atom(Name)));
op([<<"is_alive">>, I]) -> with(I, fun(P) -> show(is_process_alive(P)) end);
op([<<"info">>, I]) -> with(I, fun info/1);
op([<<"receive">> | Pattern]) -> take(Pattern, 0);
op([<<"await">> | Pattern]) ->
    ets:insert(p_wait, {get(index)}),
    R = take(Pattern, infinity),
    ets:delete(p_wait, get(index)),
    R;
op([<<"flush">>]) -> ["[", lists:join(", ", flush()), "]"].

tried(F) -> try show(F()) catch error:Why -> show(Why) end.

with(I, F) ->
    case ets:lookup(p_pid, I) of
        [{_, P}] -> F(P);
        [] -> <<"nobody">>
    end.

take([<<"msg">>, I], T) -> receive {msg, I, _, _} = M -> message(M) after T -> <<"timeout">> end;
take([<<"msg">>, I, Tag], T) -> receive {msg, I, Tag, _} = M -> message(M) after T -> <<"timeout">> end;
take([<<"exit">>, I], T) ->
    P = pid(I),
    receive {'EXIT', P, _} = M -> message(M) after T -> <<"timeout">> end;
take([<<"down">>, L], T) ->
    Ref = case ets:lookup(p_monitor, L) of [{_, Known, _, _, _}] -> Known; [] -> none end,
    receive {'DOWN', Ref, _, _, _} = M -> message(M) after T -> <<"timeout">> end.

flush() -> receive M -> [message(M) | flush()] after 0 -> [] end.

message({msg, I, Tag, N}) -> ["msg ", name(I), $\s, Tag, $., integer_to_list(N)];
message({'EXIT', P, R}) -> ["EXIT ", who(P), $\s, show(R)];
message({'DOWN', Ref, process, Object, R}) ->
    [{L, _, _, _, Pid}] = [T || {_, Known, _, _, _} = T <- ets:tab2list(p_monitor), Known =:= Ref],
    ["DOWN ", show(Pid), " m", integer_to_list(L), $\s,
     case Object of {Name, _} -> atom_to_binary(Name); P -> who(P) end, $\s, show(R)].

info(Pid) ->
    case process_info(Pid, [links, monitors, monitored_by, trap_exit, registered_name, message_queue_len]) of
        undefined -> <<"undefined">>;
        [{_, Links}, {_, Monitors}, {_, By}, {_, Traps}, {_, Name}, {_, Queue}] ->
            to_bin(["links=", who_all(Links), " monitors=", who_all(lists:flatmap(fun(M) -> target(M) end, Monitors)
                        ++ by_name(Pid, Monitors)),
                    " by=", who_all(By), " traps=", show(Traps), " name=",
                    case Name of [] -> "-"; _ -> atom_to_binary(Name) end, " queue=", integer_to_list(Queue)])
    end.

target({process, P}) when is_pid(P) -> [P];
target({process, {_, _}}) -> [].

%% OTP lists the names; who had them is known here. There must be as many of them.
by_name(Pid, Monitors) ->
    [{_, I}] = ets:lookup(p_index, Pid),
    Holders = [H || {_, _, Owner, name, H} <- ets:tab2list(p_monitor), Owner =:= I, is_pid(H), H =/= Pid,
                    is_process_alive(H)],
    case length([N || {process, {N, _}} <- Monitors]) =:= length(Holders) of
        true -> Holders;
        false -> [unclear | Holders]
    end.

who_all(Pids) -> ["[", lists:join($\s, lists:sort([show(P) || P <- Pids])), "]"].

pid(I) -> case ets:lookup(p_pid, I) of [{_, P}] -> P; [] -> none end.
who(P) -> case ets:lookup(p_index, P) of [{_, I}] -> name(I); [] -> <<"<pid>">> end.
name(I) -> to_bin([$p, integer_to_list(I)]).

show(P) when is_pid(P) -> who(P);
show(A) when is_atom(A) -> atom_to_binary(A);
show(B) when is_binary(B) -> B;
show([{M, F, A, _} | _]) when is_atom(M), is_atom(F), (is_integer(A) orelse is_list(A)) -> <<"<stack>">>;
show(T) when is_tuple(T) -> to_bin(["{", lists:join($,, [show(E) || E <- tuple_to_list(T)]), "}"]).

reason(#{<<"shutdown">> := R}) -> {shutdown, reason(R)};
reason(B) when B =:= <<"normal">>; B =:= <<"shutdown">>; B =:= <<"kill">>; B =:= <<"killed">>; B =:= <<"noproc">> ->
    binary_to_atom(B);
reason(B) -> B.

log(Line) -> ets:insert(p_log, {erlang:unique_integer([monotonic]), to_bin(Line)}).
to_bin(X) -> iolist_to_binary(X).
