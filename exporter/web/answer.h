#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace litewatch {

/// Immutable bytes shared by everyone who sends them: a page of 5 MB read slowly by many clients
/// exists once. `owner` keeps `bytes` alive; null where the bytes are static.
struct Body {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

/// A body that owns `text`.
inline Body make_body(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::string_view bytes = *owner;
  return {std::move(owner), bytes};
}

/// What a route answers.
struct Response {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";  ///< static storage
  Body body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// A response ready to be sent: its head as bytes, and a body that is never copied.
struct Answer {
  std::string head;
  Body body;                 ///< empty for HEAD
  bool close = false;        ///< whether the connection ends with this answer
  int status = 0;            ///< for the access counters
  std::string_view handler;  ///< static storage, for the access counters; empty: not counted
};

}  // namespace litewatch
