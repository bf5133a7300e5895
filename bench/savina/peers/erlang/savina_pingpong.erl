-module(savina_pingpong).
-export([run/1]).

run([Rounds]) ->
    Pong = spawn_link(fun() -> pong(0) end),
    [Pings, Pongs] = ping(Pong, Rounds, 0, 0),
    Pong ! stop,
    [Pings, Pongs].

ping(_, 0, Pings, Pongs) -> [Pings, Pongs];
ping(Pong, Left, _, Pongs) ->
    Pong ! {ping, self()},
    receive {pong, Pings} -> ping(Pong, Left - 1, Pings, Pongs + 1) end.

pong(Pings) ->
    receive
        {ping, From} -> From ! {pong, Pings + 1}, pong(Pings + 1);
        stop -> ok
    end.
