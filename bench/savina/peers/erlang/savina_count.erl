-module(savina_count).
-export([run/1]).

run([Messages]) ->
    Counter = spawn_link(fun() -> count(0) end),
    send(Counter, Messages),
    Counter ! {report, self()},
    receive {counted, Counted} -> [Counted] end.

send(_, 0) -> ok;
send(Counter, Left) -> Counter ! increment, send(Counter, Left - 1).

count(Counted) ->
    receive
        increment -> count(Counted + 1);
        {report, To} -> To ! {counted, Counted}
    end.
