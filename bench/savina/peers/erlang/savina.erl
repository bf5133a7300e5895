%% Answers each line "<program> <repeats> <sizes...>" with "<microseconds> <results...>".
%% Each run is a process of its own, so that none meets the heap of the one before.
-module(savina).
-export([serve/0, gather/2]).

serve() ->
    case io:get_line("") of
        Line when is_list(Line) ->
            [Name, Repeats | Sizes] = string:lexemes(Line, " \n"),
            answer(list_to_atom("savina_" ++ module_name(Name)), list_to_integer(Repeats),
                   [list_to_integer(Size) || Size <- Sizes]),
            serve();
        _ -> halt(0)
    end.

module_name(Name) -> [case C of $- -> $_; _ -> C end || C <- Name].

answer(Module, Repeats, Sizes) ->
    {Micros, Results} = lists:foldl(
        fun(_, {Sum, _}) -> {Took, Results} = run(Module, Sizes), {Sum + Took, Results} end,
        {0, []}, lists:seq(1, Repeats)),
    io:format("~s~n", [lists:join(" ", [integer_to_list(N) || N <- [Micros | Results]])]).

run(Module, Sizes) ->
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Me ! {self(), timer:tc(fun() -> Module:run(Sizes) end)} end),
    receive
        {Pid, Timed} -> receive {'DOWN', Ref, process, Pid, _} -> Timed end;
        {'DOWN', Ref, process, Pid, Reason} -> exit(Reason)
    end.

%% Takes Count messages {finished, A, B, ...} and adds them up, place by place.
gather(0, Sums) -> Sums;
gather(Count, Sums) ->
    receive {finished, More} -> gather(Count - 1, lists:zipwith(fun(A, B) -> A + B end, Sums, More)) end.
