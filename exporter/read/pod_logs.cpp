#include "read/pod_logs.h"

#include <filesystem>
#include <system_error>

#include "base/ascii.h"
#include "read/text_fields.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdSize = 64;
constexpr std::size_t kMostEntries = 10'000;

bool is_id(std::string_view text) { return text.size() == kIdSize && is_lower_hex(text); }

/// Calls visit(name, path) for each entry of a folder.
template <class Visit>
void for_each_entry(const fs::path& folder, Visit visit) {
  std::error_code error;
  std::size_t entries = 0;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (++entries > kMostEntries) return;
    visit(at->path().filename().string(), at->path());
  }
}

}  // namespace

std::optional<PodContainer> parse_container_log_name(std::string_view name) {
  if (!name.ends_with(".log")) return std::nullopt;
  name.remove_suffix(4);
  PodContainer found;
  found.pod = take_until(name, '_');
  found.namespace_name = take_until(name, '_');
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  found.container = name.substr(0, dash);
  found.id = name.substr(dash + 1);
  if (found.pod.empty() || found.namespace_name.empty() || found.container.empty()) {
    return std::nullopt;
  }
  return is_id(found.id) ? std::optional(found) : std::nullopt;
}

std::optional<PodContainer> parse_pod_log_name(std::string_view name) {
  PodContainer found;
  found.namespace_name = take_until(name, '_');
  found.pod = take_until(name, '_');
  found.pod_uid = name;
  if (found.namespace_name.empty() || found.pod.empty() || found.pod_uid.empty()) {
    return std::nullopt;
  }
  return found;
}

std::vector<PodContainer> read_pod_logs(const std::string& containers_folder,
                                        const std::string& pods_folder) {
  std::vector<PodContainer> found;
  for_each_entry(containers_folder, [&](const std::string& name, const fs::path&) {
    if (auto container = parse_container_log_name(name)) found.push_back(std::move(*container));
  });
  for_each_entry(pods_folder, [&](const std::string& name, const fs::path& path) {
    const auto pod = parse_pod_log_name(name);
    if (!pod) return;
    for_each_entry(path, [&](const std::string& container, const fs::path&) {
      found.push_back(*pod);
      found.back().container = container;
    });
  });
  return found;
}

}  // namespace litewatch
