#include "probe/run/room.h"

#include <algorithm>

namespace litewatch {

bool Room::has_room(const Counts& in_flight, std::size_t limit, std::size_t kind) {
  if (in_flight[0] + in_flight[1] >= limit) return false;
  return kind == 0 || in_flight[kind] < std::max<std::size_t>(1, limit / 2);
}

/// Enters the host among the ready ones, where it is one.
void Room::queue(Hosts::value_type& host) {
  for (std::size_t kind = 0; kind < kClasses; ++kind) {
    const auto& waiting = host.second.waiting[kind];
    if (waiting.empty() || !has_room(host.second.in_flight, limits_.per_host, kind)) continue;
    ready_[kind].emplace(waiting.begin()->first, &host);
  }
}

/// Before anything of the host changes.
void Room::unqueue(Hosts::value_type& host) {
  for (std::size_t kind = 0; kind < kClasses; ++kind) {
    const auto& waiting = host.second.waiting[kind];
    if (!waiting.empty()) ready_[kind].erase({waiting.begin()->first, &host});
  }
}

void Room::set_limits(const Limits& limits) {
  limits_ = limits;
  for (auto& ready : ready_) ready.clear();
  for (auto& host : hosts_) queue(host);
}

void Room::wait(Id id, const std::string& host_name, bool failing) {
  auto& host = *hosts_.try_emplace(host_name).first;
  unqueue(host);
  const Guest guest{&host, failing ? std::size_t{1} : 0, ++last_ticket_};
  host.second.waiting[guest.kind].emplace(guest.ticket, id);
  guests_[id] = guest;
  queue(host);
}

std::optional<std::size_t> Room::next_kind() const {
  std::optional<std::size_t> next;
  for (std::size_t kind = 0; kind < kClasses; ++kind) {
    if (ready_[kind].empty() || !has_room(in_flight_, limits_.in_flight, kind)) continue;
    if (!next || ready_[kind].begin()->first < ready_[*next].begin()->first) next = kind;
  }
  return next;
}

std::optional<Room::Id> Room::admit() {
  const auto kind = next_kind();
  if (!kind) return std::nullopt;
  auto& host = *ready_[*kind].begin()->second;
  unqueue(host);
  auto& waiting = host.second.waiting[*kind];
  const Id id = waiting.begin()->second;
  waiting.erase(waiting.begin());
  guests_[id].ticket = 0;
  ++host.second.in_flight[*kind];
  ++in_flight_[*kind];
  queue(host);
  return id;
}

void Room::leave(Id id) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  const Guest guest = found->second;
  guests_.erase(found);
  auto& host = *guest.host;
  unqueue(host);
  if (guest.ticket != 0) {
    host.second.waiting[guest.kind].erase(guest.ticket);
  } else {
    --host.second.in_flight[guest.kind];
    --in_flight_[guest.kind];
  }
  queue(host);
  const auto& [in, waiting] = host.second;
  if (in[0] + in[1] != 0 || !waiting[0].empty() || !waiting[1].empty()) return;
  hosts_.erase(hosts_.find(host.first));
}

}  // namespace litewatch
