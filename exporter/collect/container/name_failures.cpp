#include "collect/container/name_failures.h"

#include <spdlog/spdlog.h>

namespace litewatch {
namespace {

void log(const std::string& source, const Error& error) {
  if (error.kind != ErrorKind::kDenied) {
    return spdlog::warn("names of containers, those known stay: {}", error.message());
  }
  spdlog::info("names of containers are not read from here: {}; {}", error.message(),
               source == "docker"
                   ? "give litewatch the socket's group, or the socket of a proxy that only reads, "
                     "or name the containers by containers.rules"
                   : "mount it readable for litewatch's user");
}

}  // namespace

void NameFailureCounts::note(const std::string& source, const std::string& path,
                             const std::optional<Error>& error) {
  const std::pair key(source, path);
  const auto failing = failing_.find(key);
  if (!error) {
    if (failing == failing_.end()) return;
    spdlog::info("names of containers: {} answers again", path);
    failing_.erase(failing);
    return;
  }
  const bool known = failing != failing_.end() && failing->second == error->kind;
  if (!known) log(source, *error);
  failing_[key] = error->kind;
  if (known && error->kind == ErrorKind::kDenied) return;  // nobody waits for it to mend itself
  ++counts_[{source, error->kind}];
}

std::vector<NameFailures> NameFailureCounts::all() const {
  std::vector<NameFailures> all;
  for (const auto& [key, count] : counts_) {
    all.push_back({key.first, std::string(to_string(key.second)), count});
  }
  return all;
}

}  // namespace litewatch
