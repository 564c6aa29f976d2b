#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace litewatch {

/// A bounded map from text: a new entry displaces the one that was touched longest ago. Not
/// thread-safe. References stay valid until their entry is displaced.
template <class T>
class RecentMap {
 public:
  explicit RecentMap(std::size_t most) : most_(most) {}
  RecentMap(const RecentMap&) = delete;
  RecentMap& operator=(const RecentMap&) = delete;

  /// The entry of `key`, touched, and whether it is new. Allocates only for a new one.
  std::pair<T&, bool> touch(std::string_view key) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      nodes_.splice(nodes_.begin(), nodes_, found->second);
      return {found->second->value, false};
    }
    if (nodes_.size() >= most_) {
      by_key_.erase(nodes_.back().key);
      nodes_.pop_back();
    }
    nodes_.emplace_front(std::string(key));
    by_key_.emplace(nodes_.front().key, nodes_.begin());
    return {nodes_.front().value, true};
  }

  /// nullptr: there is none. Does not touch it.
  T* find(std::string_view key) {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->value;
  }
  const T* find(std::string_view key) const { return const_cast<RecentMap*>(this)->find(key); }

  std::size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    explicit Node(std::string text) : key(std::move(text)) {}
    std::string key;
    T value{};
  };

  std::size_t most_;
  std::list<Node> nodes_;  ///< the one touched last first
  std::unordered_map<std::string_view, typename std::list<Node>::iterator>
      by_key_;  ///< into nodes_
};

}  // namespace litewatch
