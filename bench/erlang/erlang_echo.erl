%% An echo on gen_tcp with one process for each connection: erl +S 1 -noshell -s erlang_echo main
%% Reads up to 64 KiB at a time, as Node does; Erlang's own 1,460 bytes would make it look slow at large messages.
-module(erlang_echo).
-export([main/0]).

-define(ACCEPTORS, 10).

main() ->
    end_with_starter(),
    {ok, Listener} = gen_tcp:listen(0, [
        binary,
        {ip, {127, 0, 0, 1}},
        {packet, raw},
        {active, false},
        {nodelay, true},
        {backlog, 511},
        {buffer, 65536}
    ]),
    [spawn(fun() -> accept(Listener) end) || _ <- lists:seq(1, ?ACCEPTORS)],
    {ok, Port} = inet:port(Listener),
    io:format("{\"event\":\"listening\",\"port\":~w}~n", [Port]),
    receive stop -> ok end.

accept(Listener) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Connection = spawn(fun() -> receive go -> inet:setopts(Socket, [{active, true}]), echo(Socket) end end),
    ok = gen_tcp:controlling_process(Socket, Connection),
    Connection ! go,
    accept(Listener).

echo(Socket) ->
    receive
        {tcp, Socket, Data} -> _ = gen_tcp:send(Socket, Data), echo(Socket);
        {tcp_closed, Socket} -> ok;
        {tcp_error, Socket, _} -> gen_tcp:close(Socket)
    end.

%% The starter holds the other end of stdin: when it is gone, so are we, also when it was killed.
end_with_starter() ->
    os:set_signal(sigterm, default),
    spawn(fun() -> wait_for_end() end).

wait_for_end() ->
    case io:get_line("") of
        eof -> halt(0);
        {error, _} -> halt(1);
        _ -> wait_for_end()
    end.
