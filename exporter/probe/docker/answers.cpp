#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"
#include "probe/docker.h"
#include "probe/health/time.h"

// Source: Docker Engine API, ContainerList and ContainerInspect:
//   list     [{Id, Names: ["/shop"], Image, State, Status: "Up 2 hours (healthy)", Labels: {},
//              Health: {Status} (1.52 and later)}]
//   inspect  {Id, Name: "/shop", State: {Running, Pid, StartedAt, OOMKilled, Health: {Status}},
//             Config: {Image}}

namespace litewatch {
namespace {

constexpr std::size_t kMostDepth = 64;
constexpr std::size_t kIdSize = 64;

bool is_id(std::string_view text) { return text.size() == kIdSize && is_lower_hex(text); }

/// Docker also says "none".
std::string health_word(std::string_view word) {
  const bool known = word == "starting" || word == "healthy" || word == "unhealthy";
  return known ? std::string(word) : "";
}

/// Of "Up 2 hours (healthy)", "Up 3 seconds (health: starting)".
std::string health_of_status(std::string_view status) {
  const auto open = status.rfind('(');
  if (open == std::string_view::npos || !status.ends_with(')')) return "";
  std::string_view word = status.substr(open + 1, status.size() - open - 2);
  constexpr std::string_view kPrefix = "health: ";
  if (word.starts_with(kPrefix)) word.remove_prefix(kPrefix.size());
  return health_word(word);
}

std::string cut(std::string_view text) { return std::string(text.substr(0, kMaxDockerText)); }

std::string without_slash(std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  return cut(name);
}

/// Follows nlohmann's events, which never recurse, and knows at which path a value stands.
class AnswerReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return inside(); }
  bool boolean(bool value) override {
    if (inside()) on_flag(value);
    return inside();
  }
  bool number_integer(number_integer_t) override { return inside(); }  // only those below zero
  bool number_unsigned(number_unsigned_t value) override {
    if (inside()) on_number(value);
    return inside();
  }
  bool number_float(number_float_t, const string_t&) override { return inside(); }
  bool string(string_t& value) override {
    if (inside()) on_text(value);
    return inside();
  }
  bool binary(binary_t&) override { return false; }  // not of JSON
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override { return close(true); }
  bool end_array() override { return close(false); }
  bool key(string_t& value) override {
    path_.back() = value;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 protected:
  /// Whether a value stands there; "" stands for an array's elements.
  bool at(std::initializer_list<std::string_view> path) const {
    return std::equal(path.begin(), path.end(), path_.begin(), path_.end());
  }
  const std::string& last_key() const { return path_.back(); }  ///< of a value that is inside()
  std::size_t depth() const { return path_.size(); }

  virtual void on_text(const std::string&) {}
  virtual void on_number(std::uint64_t) {}
  virtual void on_flag(bool) {}
  /// An object or array begins or ends that stands at the present path.
  virtual bool on_open(bool) { return true; }
  virtual void on_close(bool) {}

 private:
  /// No answer is a lone value.
  bool inside() const { return !path_.empty(); }

  bool open(bool object) {
    if (path_.size() == kMostDepth || !on_open(object)) return false;
    path_.emplace_back();
    return true;
  }
  bool close(bool object) {
    path_.pop_back();
    on_close(object);
    return true;
  }

  std::vector<std::string> path_;  ///< the key of each open object, "" of each open array
};

class ListReader : public AnswerReader {
 public:
  std::vector<DockerContainer> containers;

 private:
  void on_text(const std::string& text) override {
    if (at({"", "Id"})) {
      if (is_id(text)) one_.id = text;
    } else if (at({"", "Names", ""})) {
      // Names of links to it, "/other/alias", come beside its own.
      if (one_.name.empty() && text.rfind('/') == 0) one_.name = without_slash(text);
      if (first_name_.empty()) first_name_ = without_slash(text);
    } else if (at({"", "Image"})) {
      one_.image = cut(text);
    } else if (at({"", "State"})) {
      one_.state = cut(text);
    } else if (at({"", "Status"})) {
      status_health_ = health_of_status(text);
    } else if (at({"", "Health", "Status"})) {
      one_.health = health_word(text);
    } else if (at({"", "Labels", last_key()})) {
      one_.labels[last_key()] = cut(text);
    }
  }

  bool on_open(bool object) override {
    if (depth() == 0) return !object;
    if (depth() == 1) reset();
    return true;
  }

  void on_close(bool object) override {
    if (depth() != 1 || !object || one_.id.empty()) return;
    if (one_.name.empty()) one_.name = std::move(first_name_);
    if (one_.health.empty()) one_.health = std::move(status_health_);
    containers.push_back(std::move(one_));
  }

  void reset() {
    one_ = {};
    first_name_.clear();
    status_health_.clear();
  }

  DockerContainer one_;
  std::string first_name_;
  std::string status_health_;
};

class DetailsReader : public AnswerReader {
 public:
  DockerDetails details;
  bool has_id = false;

 private:
  void on_text(const std::string& text) override {
    if (at({"Id"})) {
      has_id = is_id(text);
    } else if (at({"Name"})) {
      details.name = without_slash(text);
    } else if (at({"State", "StartedAt"})) {
      details.started_unix_s = parse_iso8601_s(text);
    } else if (at({"State", "Health", "Status"})) {
      details.health = health_word(text);
    } else if (at({"Config", "Image"})) {
      details.image = cut(text);
    }
  }

  void on_number(std::uint64_t number) override {
    if (!at({"State", "Pid"}) || number > std::numeric_limits<int>::max()) return;
    details.pid = static_cast<int>(number);
  }

  void on_flag(bool flag) override {
    if (at({"State", "Running"})) details.running = flag;
    if (at({"State", "OOMKilled"})) details.oom_killed = flag;
  }

  bool on_open(bool object) override { return depth() > 0 || object; }
};

/// The text with each byte that is not UTF-8 as U+FFFD: one container's odd label must not hide all
/// others.
std::string repaired(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    out += size > 0 ? text.substr(0, size) : kUtf8Replacement;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

bool read_json(std::string_view json, AnswerReader& reader) {
  // To nlohmann a NUL ends the text, whatever comes after.
  if (json.find('\0') != std::string_view::npos) return false;
  return nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
}

/// Parses with a fresh Reader; once more with the bytes repaired where they are not UTF-8.
template <class Reader>
std::optional<Reader> read_answer(std::string_view json) {
  Reader reader;
  if (read_json(json, reader)) return reader;
  const std::string better = repaired(json);
  if (better == json) return std::nullopt;
  Reader again;
  if (read_json(better, again)) return again;
  return std::nullopt;
}

}  // namespace

Result<std::vector<DockerContainer>> parse_docker_list(std::string_view json) {
  auto reader = read_answer<ListReader>(json);
  if (reader) return std::move(reader->containers);
  return Error{ErrorKind::kMalformed, "the answer is not a list of containers", "", 0};
}

Result<DockerDetails> parse_docker_details(std::string_view json) {
  auto reader = read_answer<DetailsReader>(json);
  if (reader && reader->has_id) return std::move(reader->details);
  return Error{ErrorKind::kMalformed, "the answer is not a container's details", "", 0};
}

}  // namespace litewatch
