#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "web/connection.h"

namespace litewatch {

/// Connections by the number that epoll and the workers know them by.
using Connections = std::unordered_map<std::uint64_t, std::unique_ptr<Connection>>;

struct HashPeer {
  std::size_t operator()(const PeerKey& peer) const {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(peer.data()), peer.size()});
  }
};

/// The peer at an address that accept() gave.
PeerKey peer_key(const sockaddr_storage& address);

/// The connection that matters least and may make room for a newcomer, among those of one peer
/// where `of_peer` is not null; see Front for the order. nullopt: all are at work.
std::optional<std::uint64_t> least_worth(const Connections& connections, const PeerKey* of_peer,
                                         double now_s);

/// The connections to close so that the different bodies being sent take no more than `max_bytes`:
/// those whose answer began first. One body alone may be larger.
std::vector<std::uint64_t> readers_over(const Connections& connections, std::size_t max_bytes);

}  // namespace litewatch
