-module(savina_fjcreate).
-export([run/1]).

run([Actors]) -> create(Actors), savina:gather(Actors, [0]).

create(0) -> ok;
create(Left) ->
    spawn(fun short_lived/0) ! {work, self()},
    create(Left - 1).

short_lived() ->
    receive
        {work, From} ->
            Sine = math:sin(37.2),
            case Sine * Sine > 0 of true -> From ! {finished, [1]}; false -> ok end
    end.
