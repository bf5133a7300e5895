-module(savina_big).
-export([run/1]).

run([Actors, Pings]) ->
    Referee = self(),
    Players = [spawn_link(fun() -> wait(Referee, Pings) end) || _ <- lists:seq(1, Actors)],
    Others = list_to_tuple(Players),
    lists:foreach(fun(Player) -> Player ! {play, Others} end, Players),
    over(Actors),
    lists:foreach(fun(Player) -> Player ! {sums, Referee} end, Players),
    savina:gather(Actors, [0, 0, 0]).

over(0) -> ok;
over(Left) -> receive over -> over(Left - 1) end.

wait(Referee, Pings) -> receive {play, Others} -> next(Referee, Others, Pings, 0, 0, 0) end.

next(Referee, Others, 0, In, Back, Strange) -> Referee ! over, play(Referee, Others, 0, none, In, Back, Strange);
next(Referee, Others, Left, In, Back, Strange) ->
    Asked = element(rand:uniform(tuple_size(Others)), Others),
    Asked ! {ping, self()},
    play(Referee, Others, Left - 1, Asked, In, Back, Strange).

play(Referee, Others, Left, Asked, In, Back, Strange) ->
    receive
        {ping, From} -> From ! {pong, self()}, play(Referee, Others, Left, Asked, In + 1, Back, Strange);
        {pong, Asked} -> next(Referee, Others, Left, In, Back + 1, Strange);
        {pong, _} -> next(Referee, Others, Left, In, Back + 1, Strange + 1);
        {sums, To} -> To ! {finished, [In, Back, Strange]}
    end.
