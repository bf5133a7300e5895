-module(savina_threadring).
-export([run/1]).

run([Actors, Hops]) ->
    Me = self(),
    Links = [First | Others] = [spawn_link(fun() -> link_of(At, Me) end) || At <- lists:seq(0, Actors - 1)],
    lists:foreach(fun({Link, Next}) -> Link ! {follow, Next} end, lists:zip(Links, Others ++ [First])),
    First ! {token, Hops},
    At = receive {over, Last} -> Last end,
    lists:foreach(fun(Link) -> Link ! {finish, Me} end, Links),
    [Passed] = savina:gather(Actors, [0]),
    [Passed - 1, At].

link_of(At, Referee) -> receive {follow, Next} -> pass(At, Referee, Next, 0) end.

pass(At, Referee, Next, Passed) ->
    receive
        {token, 0} -> Referee ! {over, At}, pass(At, Referee, Next, Passed + 1);
        {token, Left} -> Next ! {token, Left - 1}, pass(At, Referee, Next, Passed + 1);
        {finish, To} -> To ! {finished, [Passed]}
    end.
