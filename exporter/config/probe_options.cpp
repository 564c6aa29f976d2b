#include <algorithm>
#include <optional>
#include <string_view>

#include "base/parse.h"
#include "config/probe_parts.h"
#include "probe/net/address.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

constexpr const char* kNetwork = "a network";

bool is_port(std::string_view text) {
  const auto port = parse_u64(text);
  return port && *port >= 1 && *port <= 65535;
}

/// "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53".
std::string check_server(std::string_view text) {
  const std::string wrong = "an address, with or without a port";
  std::string_view host = text;
  std::string_view after;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return wrong;
    host = text.substr(1, end - 1);
    after = text.substr(end + 1);
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    after = text.substr(host.size());
  }
  const bool port_is_right = after.empty() || (after[0] == ':' && is_port(after.substr(1)));
  return parse_address(host) && port_is_right ? "" : wrong;
}

std::string check_scheme(std::string_view scheme) {
  return scheme == "http" || scheme == "https" || scheme == "tcp" ? "" : "there is no other";
}

void read_ports(MapReader& map, std::vector<int>& out) {
  std::vector<std::string> texts;
  map.texts("ports", texts, "a port from 1 to 65535",
            [](std::string_view text) { return is_port(text) ? std::string() : "out of range"; });
  for (const std::string& text : texts) out.push_back(static_cast<int>(*parse_u64(text)));
}

/// The lists are all needed: what is not listed is meant to be refused, not overlooked.
void read_raw_targets(const YamlNode& node, const std::string& key, const ProbeSource& source,
                      RawTargetRules& out) {
  MapReader map(node, key, source.problems);
  out.enabled = node.kind == YamlNode::Kind::kMap;
  map.texts("schemes", out.schemes, "http, https or tcp", check_scheme);
  map.texts("hosts", out.hosts, "a host", check_host_glob);
  read_ports(map, out.ports);
  map.texts("networks", out.networks, kNetwork, check_network);
  map.finish();
  if (!out.enabled) return;
  const auto expect = [&](const char* name, const char* expected) {
    const YamlNode* list = map.find(name);
    const bool empty =
        list != nullptr && list->kind == YamlNode::Kind::kList && list->children.empty();
    if (list == nullptr || empty) map.complain_at(name, expected, "nothing");
  };
  expect("schemes", "a list of schemes");
  expect("hosts", "a list of hosts");
  expect("networks", "a list of networks ([0.0.0.0/0, \"::/0\"] are all)");
  const bool tcp = std::ranges::find(out.schemes, "tcp") != out.schemes.end();
  if (tcp) expect("ports", "a list of ports, as tcp has none of its own");
}

}  // namespace

void read_probe_options(const YamlNode& node, const ProbeSource& source, ProberOptions& out,
                        TargetDefaults& defaults) {
  MapReader map(node, "probes", source.problems);
  map.count("max_in_flight", out.max_in_flight, 1, 20'000);
  map.count("max_in_flight_per_host", out.max_in_flight_per_host, 1, 20'000);
  map.count("max_on_demand", out.max_on_demand, 0, 10'000);
  map.texts("allow_link_local", out.allow_link_local, kNetwork, check_network);
  map.texts("dns_servers", out.dns_servers, "a name server", check_server);
  map.duration("interval", defaults.interval_s, kLeastInterval, kMostInterval);
  map.duration("failing_interval", defaults.failing_interval_s, kLeastInterval, kMostInterval);
  map.duration("timeout", defaults.timeout_s, kLeastTimeout, kMostTimeout);
  map.count("confirm_failures", defaults.confirm_failures, 1, 100);
  if (const YamlNode* raw = map.find("raw_targets")) {
    read_raw_targets(*raw, "probes.raw_targets", source, out.raw_targets);
  }
  map.finish();
}

}  // namespace litewatch
