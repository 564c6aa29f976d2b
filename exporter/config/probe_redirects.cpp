#include "config/probe_parts.h"
#include "config/probe_words.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostRedirects = 20;

void read_map(const YamlNode& node, const std::string& key, const ProbeSource& source,
              RedirectOptions& out) {
  MapReader map(node, key, source.problems);
  map.texts("hosts", out.hosts, "a host", check_host_glob);
  // Hosts are a list already without the word for it.
  if (!out.hosts.empty()) out.mode = RedirectMode::kList;
  map.word<RedirectMode>("mode", kRedirectModes, out.mode);
  std::size_t max = static_cast<std::size_t>(out.max);
  map.count("max", max, 0, kMostRedirects);
  out.max = static_cast<int>(max);
  map.flag("allow_downgrade", out.allow_downgrade);
  map.finish();
  if (out.mode == RedirectMode::kList && map.find("hosts") == nullptr) {
    map.complain_at("hosts", "the hosts that mode list allows", "nothing");
  } else if (out.mode != RedirectMode::kList && !out.hosts.empty()) {
    map.complain_at("hosts", "mode list beside hosts", "another mode");
  }
}

/// The words that stand for a whole map.
void read_word(MapReader& http, RedirectOptions& out) {
  http.word<RedirectMode>("redirects", kRedirectModes, out.mode);
  if (out.mode != RedirectMode::kList) return;
  out.mode = RedirectMode::kSameHost;
  http.complain_at("redirects", "a map with hosts for the mode list", "\"list\"");
}

}  // namespace

void read_redirects(MapReader& http, const ProbeSource& source, RedirectOptions& out) {
  bool follow = true;
  http.flag("follow_redirects", follow);
  http.refuse("no_follow_redirects", "follow_redirects instead, which replaced it", "its old name");
  if (!follow) out.mode = RedirectMode::kNone;
  const YamlNode* node = http.find("redirects");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kMap) {
    read_map(*node, http.key_of("redirects"), source, out);
  } else {
    read_word(http, out);
  }
  if (!follow && out.mode != RedirectMode::kNone) {
    http.complain_at("redirects", "either follow_redirects: false or redirects", "both");
  }
}

}  // namespace litewatch
