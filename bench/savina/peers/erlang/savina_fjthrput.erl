-module(savina_fjthrput).
-export([run/1]).

run([Actors, Messages]) ->
    Workers = [spawn_link(fun() -> work(0) end) || _ <- lists:seq(1, Actors)],
    rounds(Workers, Messages),
    Me = self(),
    lists:foreach(fun(Worker) -> Worker ! {finish, Me} end, Workers),
    savina:gather(Actors, [0, 0]).

rounds(_, 0) -> ok;
rounds(Workers, Left) -> send(Workers), rounds(Workers, Left - 1).

send([]) -> ok;
send([Worker | Others]) -> Worker ! work, send(Others).

work(Handled) ->
    receive
        work ->
            Sine = math:sin(37.2),
            case Sine * Sine > 0 of true -> work(Handled + 1); false -> work(Handled) end;
        {finish, To} -> To ! {finished, [Handled, 1]}
    end.
