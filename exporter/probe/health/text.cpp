#include <algorithm>
#include <string>

#include "base/take_line.h"
#include "probe/health/formats.h"
#include "probe/health/words.h"

// Kubernetes, /livez?verbose:           Rails, /up:
//   [+]ping ok                            <!DOCTYPE html><html>
//   [-]etcd failed: reason withheld       <body style="background-color: green"></body></html>
//   livez check failed
namespace litewatch {
namespace {

constexpr std::size_t kMaxWord = 64;
constexpr std::size_t kMaxOutput = 256;
constexpr std::size_t kMaxRailsPage = 1024;

/// "[-]etcd failed: reason withheld"
bool read_kubernetes_check(std::string_view line, HealthBuilder& builder) {
  const bool good = line.starts_with("[+]");
  if (!good && !line.starts_with("[-]")) return false;
  line.remove_prefix(3);
  const std::size_t space = line.find(' ');
  const std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
  HealthComponent* const component = builder.add(line.substr(0, space), "");
  builder.set_status(component, {good ? HealthStatus::kPass : HealthStatus::kFail,
                                 std::string(rest.substr(0, rest.find(':')))});
  if (component != nullptr && !good) component->output = shown_text(rest, kMaxOutput);
  return true;
}

}  // namespace

bool read_kubernetes(std::string_view text, HealthBuilder& builder) {
  bool found = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (read_kubernetes_check(line, builder)) {
      found = true;
    } else if (found && line.ends_with(" check passed")) {
      builder.say({HealthStatus::kPass, "passed"});
    } else if (found && line.ends_with(" check failed")) {
      builder.say({HealthStatus::kFail, "failed"});
    }
  }
  return found;
}

bool read_rails(std::string_view text, HealthBuilder& builder) {
  if (text.size() > kMaxRailsPage) return false;
  for (const std::string_view color : {"green", "red"}) {
    const std::string body = "<body style=\"background-color: " + std::string(color) + "\">";
    if (text.find(body) == std::string_view::npos) continue;
    const auto status = status_of_word(color, {});
    builder.say({status.value_or(HealthStatus::kUnknown), std::string(color)});
    return true;
  }
  return false;
}

bool read_word(std::string_view text, HealthBuilder& builder) {
  if (text.empty() || text.size() > kMaxWord) return false;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '<' && c != '{' && c != '[';
  });
  if (!plain) return false;
  const auto status = status_of_word(text, builder.words());
  builder.say({status.value_or(HealthStatus::kUnknown), std::string(text)});
  return true;
}

}  // namespace litewatch
