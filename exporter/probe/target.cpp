#include "probe/target.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace litewatch {
namespace {

// Ports are what an app listens on by its own defaults. Vaultwarden's is 8000, its web framework's;
// only its container image sets 80, which is seldom the port on the machine. Sorted by name.
constexpr std::array<ProbePreset, 15> kPresets = {{
    {"aspnet", "http://127.0.0.1:8080/health", HealthFormat::kAspNet},
    {"forgejo", "http://127.0.0.1:3000/api/healthz", HealthFormat::kDraft},
    {"gitea", "http://127.0.0.1:3000/api/healthz", HealthFormat::kDraft},
    {"grafana", "http://127.0.0.1:3000/api/health", HealthFormat::kGrafana},
    {"microprofile", "http://127.0.0.1:8080/health", HealthFormat::kMicroProfile},
    {"n8n", "http://127.0.0.1:5678/healthz/readiness", HealthFormat::kFlat},
    {"nestjs", "http://127.0.0.1:3000/health", HealthFormat::kTerminus},
    {"opengist", "http://127.0.0.1:6157/healthcheck", HealthFormat::kFlat},
    {"pocketbase", "http://127.0.0.1:8090/api/health", HealthFormat::kPocketBase},
    {"prisma", "http://127.0.0.1:3000/health", HealthFormat::kFlat},
    {"quarkus", "http://127.0.0.1:8080/q/health", HealthFormat::kMicroProfile},
    {"rails", "http://127.0.0.1:3000/up", HealthFormat::kRails},
    {"spring", "http://127.0.0.1:8080/actuator/health", HealthFormat::kSpring},
    {"terminus", "http://127.0.0.1:3000/health", HealthFormat::kTerminus},
    {"vaultwarden", "http://127.0.0.1:8000/alive", HealthFormat::kVaultwarden},
}};

/// Where the authority of a URL ends; npos where it is no URL.
std::size_t authority_end(std::string_view url) {
  constexpr std::string_view kSlashes = "://";
  const std::size_t scheme = url.find(kSlashes);
  if (scheme == std::string_view::npos) return scheme;
  return std::min(url.find_first_of("/?#", scheme + kSlashes.size()), url.size());
}

}  // namespace

const ProbePreset* find_preset(std::string_view app) {
  const auto found = std::find_if(kPresets.begin(), kPresets.end(), [&](const ProbePreset& preset) {
    return same_ignoring_case(app, preset.app);
  });
  return found == kPresets.end() ? nullptr : &*found;
}

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names;
  for (const ProbePreset& preset : kPresets) names.push_back(preset.app);
  return names;
}

std::string url_with_preset(std::string_view url, const ProbePreset& preset) {
  const std::size_t end = authority_end(url);
  if (end == std::string_view::npos) return std::string(url);
  std::string_view rest = url.substr(end);
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const bool has_path = !rest.empty() && rest.front() != '?' && rest.front() != '#';
  if (has_path) return std::string(url);
  const std::string_view path = preset.url.substr(authority_end(preset.url));
  return std::string(url.substr(0, end)).append(path).append(rest);
}

}  // namespace litewatch
