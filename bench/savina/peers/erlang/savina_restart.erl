-module(savina_restart).
-export([run/1]).

%% The keeper traps the exits of its child and begins the next one. Why no `supervisor`: it looks through all restarts
%% of its period at each of them; this one does what a supervisor does otherwise.
run([Restarts]) ->
    process_flag(trap_exit, true),
    [keep(Restarts, begin_child(), 0)].

keep(Left, Child, Begun) ->
    receive
        {begun, Child} when Left > 0 -> Child ! fail, keep(Left - 1, Child, Begun + 1);
        {begun, Child} -> unlink(Child), exit(Child, kill), Begun + 1;
        {'EXIT', Child, on_purpose} -> keep(Left, begin_child(), Begun)
    end.

begin_child() ->
    Keeper = self(),
    spawn_link(fun() -> Keeper ! {begun, self()}, receive fail -> exit(on_purpose) end end).
