#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace litewatch {

/// Who may probe now and who waits: first come, first served, but
/// - a host that has all it may have holds up nobody else,
/// - those who failed last time get half of all room and half of each host's: the ones that hang
///   until their timeout would else fill it and starve the healthy ones.
/// Every call takes O(log n). Pure; not thread-safe.
class Room {
 public:
  using Id = std::uint64_t;
  struct Limits {
    std::size_t in_flight = 512;
    std::size_t per_host = 32;
  };

  /// Those who are in stay in, even over a lower limit.
  void set_limits(const Limits& limits);

  /// Queues up. REQUIRES: `id` is neither waiting nor in.
  void wait(Id id, const std::string& host, bool failing);
  /// Lets the one in who has waited longest of those who have room; nullopt where nobody has.
  std::optional<Id> admit();
  /// Goes: gives its room back, or waits no more.
  void leave(Id id);

  std::size_t in_flight() const { return in_flight_[0] + in_flight_[1]; }
  std::size_t waiting() const { return guests_.size() - in_flight(); }

 private:
  /// Indices: 0 for the healthy ones, 1 for those who fail.
  static constexpr std::size_t kClasses = 2;
  using Counts = std::array<std::size_t, kClasses>;
  using Ticket = std::uint64_t;
  struct Host {
    Counts in_flight{};
    std::array<std::map<Ticket, Id>, kClasses> waiting;
  };
  using Hosts = std::unordered_map<std::string, Host>;
  struct Guest {
    Hosts::value_type* host = nullptr;  ///< stays where it is as long as somebody is of it
    std::size_t kind = 0;
    Ticket ticket = 0;  ///< 0: in
  };

  static bool has_room(const Counts& in_flight, std::size_t limit, std::size_t kind);
  void queue(Hosts::value_type& host);
  void unqueue(Hosts::value_type& host);
  std::optional<std::size_t> next_kind() const;

  Limits limits_;
  Counts in_flight_{};
  Ticket last_ticket_ = 0;
  Hosts hosts_;
  std::unordered_map<Id, Guest> guests_;
  /// Hosts with room whose guests wait, by the ticket of the first of them.
  std::array<std::set<std::pair<Ticket, Hosts::value_type*>>, kClasses> ready_;
};

}  // namespace litewatch
