-module(savina_echo_pairs).
-export([run/1]).

run([Pairs, InFlight, Messages]) ->
    Me = self(),
    Clients = [spawn_link(fun() -> client(Me, InFlight, Messages) end) || _ <- lists:seq(1, Pairs)],
    lists:foreach(fun(Client) -> Client ! start end, Clients),
    savina:gather(Pairs, [0, 0]).

client(Gatherer, InFlight, Messages) ->
    Server = spawn_link(fun server/0),
    receive start -> ok end,
    First = min(InFlight, Messages),
    send(Server, 0, First),
    echoes(Gatherer, Server, First, Messages, 0, 0).

send(_, Sent, Sent) -> ok;
send(Server, Value, Sent) -> Server ! {echo, Value, self()}, send(Server, Value + 1, Sent).

echoes(Gatherer, Server, _, Messages, Messages, Sum) -> Server ! stop, Gatherer ! {finished, [Messages, Sum]};
echoes(Gatherer, Server, Sent, Messages, Count, Sum) ->
    receive
        {echoed, Value} when Sent < Messages ->
            Server ! {echo, Sent, self()},
            echoes(Gatherer, Server, Sent + 1, Messages, Count + 1, Sum + Value);
        {echoed, Value} -> echoes(Gatherer, Server, Sent, Messages, Count + 1, Sum + Value)
    end.

server() ->
    receive
        {echo, Value, From} -> From ! {echoed, Value}, server();
        stop -> ok
    end.
