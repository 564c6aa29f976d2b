#include "web/probe_request.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/parse.h"
#include "web/query.h"
#include "web/text.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostTarget = 2048;  // a URL, where raw ones are allowed
constexpr std::size_t kMostName = 255;

constexpr std::string_view kNoTarget =
    "say what to probe: /probe?target=NAME, with a name from `targets` in the configuration "
    "(/sd/http lists them); add module=NAME for another module, cached=true for the last result, "
    "debug=true for the log";

Error refusal_of(std::string what) { return {ErrorKind::kMalformed, std::move(what), "", 0}; }

bool is_control(char c) {
  const auto value = static_cast<unsigned char>(c);
  return value < ' ' || value == 0x7F;
}

std::optional<bool> read_flag(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text.empty() || text == "false" || text == "0") return false;
  return std::nullopt;
}

struct Key {
  std::string_view name;
  std::string ProbeParams::*text = nullptr;
  bool ProbeParams::*flag = nullptr;
  std::size_t longest = kMostName;
};
constexpr std::array<Key, 5> kKeys = {{
    {"target", &ProbeParams::target, nullptr, kMostTarget},
    {"module", &ProbeParams::module},
    {"hostname", &ProbeParams::hostname},
    {"cached", nullptr, &ProbeParams::cached},
    {"debug", nullptr, &ProbeParams::debug},
}};

/// Fills the parameters key by key.
class Reader {
 public:
  std::optional<Error> read(std::string_view query) {
    while (!query.empty()) {
      auto value = take_until(query, "&");
      const auto key = decode_query(take_until(value, "="));
      if (!key) return refusal_of("a key of the query is not percent-encoded as it should be");
      if (auto error = take(*key, value)) return error;
    }
    return std::nullopt;
  }

  ProbeParams take_params() { return std::move(params_); }

 private:
  std::optional<Error> take(std::string_view name, std::string_view sent) {
    const auto* key = std::find_if(kKeys.begin(), kKeys.end(),
                                   [&](const Key& known) { return known.name == name; });
    if (key == kKeys.end()) return std::nullopt;
    const std::string what(key->name);
    if (std::exchange(seen_[static_cast<std::size_t>(key - kKeys.begin())], true)) {
      return refusal_of(what + " is given twice");
    }
    auto value = decode_query(sent);
    if (!value) return refusal_of(what + " is not percent-encoded as it should be");
    if (value->size() > key->longest) {
      return refusal_of(what + " is longer than " + std::to_string(key->longest) + " bytes");
    }
    if (std::any_of(value->begin(), value->end(), is_control)) {
      return refusal_of(what + " has control characters");
    }
    return store(*key, std::move(*value));
  }

  std::optional<Error> store(const Key& key, std::string value) {
    if (key.text != nullptr) {
      params_.*key.text = std::move(value);
      return std::nullopt;
    }
    const auto flag = read_flag(value);
    if (!flag) return refusal_of(std::string(key.name) + " takes true or false");
    params_.*key.flag = *flag;
    return std::nullopt;
  }

  ProbeParams params_;
  std::array<bool, kKeys.size()> seen_{};
};

}  // namespace

Result<ProbeParams> read_probe_params(std::string_view query, std::string_view scrape_timeout) {
  Reader reader;
  if (auto error = reader.read(query)) return *std::move(error);
  ProbeParams params = reader.take_params();
  if (params.target.empty()) return refusal_of(std::string(kNoTarget));
  if (scrape_timeout.empty()) return params;
  const auto timeout_s = parse_double(scrape_timeout);
  if (!timeout_s || *timeout_s < 0) {
    return refusal_of("X-Prometheus-Scrape-Timeout-Seconds is not a number of seconds");
  }
  if (*timeout_s > 0) params.scrape_timeout_s = timeout_s;
  return params;
}

}  // namespace litewatch
