#include "web/admission.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

namespace litewatch {
namespace {

constexpr double kStalled_s = 1;  // a reader that takes nothing for so long may be displaced

/// How little it matters if a connection is closed, least first; nullopt: it matters.
std::optional<int> rank(const Connection& connection, double now_s) {
  switch (connection.phase) {
    case Phase::kLingering:
      return 0;
    case Phase::kIdle:
      return 1;
    case Phase::kHandshake:
    case Phase::kHead:
      return 2;
    case Phase::kWriting:
      return now_s - connection.moved_s > kStalled_s ? std::optional(3) : std::nullopt;
    case Phase::kWaiting:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

PeerKey peer_key(const sockaddr_storage& address) {
  PeerKey key{};
  key[0] = static_cast<unsigned char>(address.ss_family);
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(&key[1], &v4.sin_addr, 4);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&v6) != 0;
    if (mapped) key[0] = AF_INET;
    std::memcpy(&key[1], mapped ? &v6.s6_addr[12] : &v6.s6_addr[0], mapped ? 4 : 8);
  }
  return key;
}

std::optional<std::uint64_t> least_worth(const Connections& connections, const PeerKey* of_peer,
                                         double now_s) {
  std::optional<std::pair<int, double>> least;
  std::optional<std::uint64_t> chosen;
  for (const auto& [id, connection] : connections) {
    if (of_peer != nullptr && connection->peer() != *of_peer) continue;
    const auto ranked = rank(*connection, now_s);
    if (!ranked) continue;
    const std::pair<int, double> worth(*ranked, connection->since_s);
    if (least && *least <= worth) continue;
    least = worth;
    chosen = id;
  }
  return chosen;
}

std::vector<std::uint64_t> readers_over(const Connections& connections, std::size_t max_bytes) {
  struct Reader {
    double since_s;
    std::uint64_t id;
    const Body* body;
  };
  std::vector<Reader> readers;
  for (const auto& [id, connection] : connections) {
    const Body& body = connection->answer().body;
    if (body.owner) readers.push_back({connection->since_s, id, &body});
  }
  std::sort(readers.begin(), readers.end(),
            [](const Reader& a, const Reader& b) { return a.since_s > b.since_s; });
  std::set<const void*> bodies;
  std::vector<std::uint64_t> over;
  std::size_t held = 0;
  for (const Reader& reader : readers) {  // the newest answers first
    if (bodies.insert(reader.body->owner.get()).second) held += reader.body->bytes.size();
    if (held > max_bytes && bodies.size() > 1) over.push_back(reader.id);
  }
  return over;
}

}  // namespace litewatch
