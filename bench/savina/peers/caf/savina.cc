// Ping-pong and counting in CAF 0.17. Answers each line "<program> <repeats> <size>" with "<microseconds> <results>".

#include <chrono>
#include <iostream>
#include <string>
#include "caf/all.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;
using inc_atom = caf::atom_constant<caf::atom("inc")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using run_atom = caf::atom_constant<caf::atom("run")>;

caf::behavior pong(caf::stateful_actor<long>* self) {
  self->state = 0;
  return {[=](ping_atom) -> caf::result<pong_atom, long> {
    ++self->state;
    return {pong_atom::value, self->state};
  }};
}

struct PingState {
  long left = 0;
  long pongs = 0;
};

// Plays against `other` and tells `referee` {pings, pongs}.
caf::behavior ping(caf::stateful_actor<PingState>* self, caf::actor other, caf::actor referee, long rounds) {
  self->state.left = rounds;
  return {
      [=](run_atom) { self->send(other, ping_atom::value); },
      [=](pong_atom, long pings) {
        auto& state = self->state;
        ++state.pongs;
        if (--state.left > 0) {
          self->send(other, ping_atom::value);
          return;
        }
        self->send(referee, pings, state.pongs);
        self->send_exit(other, caf::exit_reason::user_shutdown);
        self->quit();
      },
  };
}

std::string play(caf::actor_system& system, long rounds) {
  caf::scoped_actor self{system};
  auto other = self->spawn(pong);
  auto player = self->spawn(ping, other, caf::actor{self}, rounds);
  self->send(player, run_atom::value);
  std::string result;
  self->receive([&](long pings, long pongs) { result = std::to_string(pings) + " " + std::to_string(pongs); });
  return result;
}

caf::behavior counter(caf::stateful_actor<long>* self) {
  self->state = 0;
  return {
      [=](inc_atom) { ++self->state; },
      [=](report_atom) {
        self->quit();
        return self->state;
      },
  };
}

// An actor of its own, as in the other systems, sends all and asks.
caf::behavior producer(caf::event_based_actor* self, caf::actor referee, long messages) {
  auto counting = self->spawn(counter);
  return {
      [=](run_atom) {
        for (long i = 0; i < messages; ++i) self->send(counting, inc_atom::value);
        self->send(counting, report_atom::value);
      },
      [=](long counted) {
        self->send(referee, counted);
        self->quit();
      },
  };
}

std::string count(caf::actor_system& system, long messages) {
  caf::scoped_actor self{system};
  self->send(self->spawn(producer, caf::actor{self}, messages), run_atom::value);
  std::string result;
  self->receive([&](long counted) { result = std::to_string(counted); });
  return result;
}

void caf_main(caf::actor_system& system) {
  std::string program;
  long repeats = 0;
  long size = 0;
  while (std::cin >> program >> repeats >> size) {
    std::string result;
    const auto start = Clock::now();
    for (long i = 0; i < repeats; ++i) result = program == "pingpong" ? play(system, size) : count(system, size);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
    std::cout << took.count() << " " << result << std::endl;
  }
}

}  // namespace

CAF_MAIN()
