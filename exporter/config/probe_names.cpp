#include "config/probe_names.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "config/module_index.h"
#include "config/names.h"

namespace litewatch {
namespace {

/// "host:port/path" of "scheme://host:port/path?query".
std::string_view without_scheme_and_query(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != url.npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("?#"));
}

/// `base` with a number after it, cut so that it stays a name.
std::string numbered(std::string_view base, std::size_t number) {
  const std::string suffix = "~" + std::to_string(number);
  while (to_name(std::string(base) + suffix).size() < base.size() + suffix.size()) {
    base.remove_suffix(1);
  }
  return std::string(base) + suffix;
}

}  // namespace

std::string name_of_target(const ProbeTarget& target, ProberKind prober) {
  if (prober == ProberKind::kUnix) return name_of_path(target.url);
  if (prober == ProberKind::kTcp) return to_name(target.url);
  std::string name(without_scheme_and_query(target.url));
  const std::size_t path = std::min(name.find('/'), name.size());
  if (name.size() == path + 1) name.resize(path);
  if (!target.unix_socket.empty()) name.replace(0, path, name_of_path(target.unix_socket));
  return to_name(name);
}

void derive_target_names(ProberConfig& config) {
  std::set<std::string, std::less<>> taken;
  for (const ProbeTarget& target : config.targets) taken.insert(target.name);
  std::map<std::string, std::size_t> next_number;
  const ModuleIndex modules(config.modules);
  for (ProbeTarget& target : config.targets) {
    if (target.name.empty()) {
      const ProbeModule* module = modules.find(target.module);
      const std::string base =
          name_of_target(target, module == nullptr ? ProberKind::kHttp : module->prober);
      target.name = base;
      std::size_t& number = next_number.try_emplace(base, 2).first->second;
      while (!taken.insert(target.name).second) target.name = numbered(base, number++);
    }
    if (target.app.empty()) target.app = target.name;
  }
}

}  // namespace litewatch
