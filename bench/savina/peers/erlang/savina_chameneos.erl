-module(savina_chameneos).
-export([run/1]).

run([Creatures, Meetings]) ->
    Mall = self(),
    lists:foreach(fun(I) -> spawn_link(fun() -> arrive(Mall, I rem 3, 0, 0) end) end, lists:seq(0, Creatures - 1)),
    mall(Meetings, none),
    close(Creatures),
    [Met, Alone, Faded] = savina:gather(Creatures, [0, 0, 0]),
    [Met div 2, Alone, Faded].

mall(0, none) -> ok;
mall(Left, none) -> receive {arrive, First, _} -> mall(Left, First) end;
mall(Left, First) ->
    receive {arrive, Second, Colour} -> First ! {meet, Second, Colour}, mall(Left - 1, none) end.

close(0) -> ok;
close(Left) -> receive {arrive, Creature, _} -> Creature ! {leave, self()}, close(Left - 1) end.

arrive(Mall, Colour, Met, Alone) -> Mall ! {arrive, self(), Colour}, wait(Mall, Colour, Met, Alone).

wait(Mall, Colour, Met, Alone) ->
    receive
        {meet, Other, OtherColour} ->
            New = complement(Colour, OtherColour),
            Other ! {change, New},
            arrive(Mall, New, Met + 1, Alone + case Other =:= self() of true -> 1; false -> 0 end);
        {change, New} -> arrive(Mall, New, Met + 1, Alone);
        {leave, To} ->
            To ! {finished, [Met, Alone, case Colour >= 0 andalso Colour =< 2 of true -> 0; false -> 1 end]}
    end.

complement(Same, Same) -> Same;
complement(One, Other) -> 3 - One - Other.
