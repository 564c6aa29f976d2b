#include <string_view>

#include "config/probe_parts.h"
#include "config/probe_words.h"
#include "probe/net/address.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

std::string check_address(std::string_view text) {
  return parse_address(text) ? "" : "neither IPv4 nor IPv6";
}

void read_step(const YamlNode& node, const std::string& key, const ProbeSource& source,
               QueryResponse& out) {
  MapReader map(node, key, source.problems);
  map.text("expect", out.expect, "a regular expression in RE2's syntax", check_regexp);
  map.text("expect_bytes", out.expect_bytes, "a text");
  map.text("send", out.send, "a text");
  map.text("send_bytes", out.send_bytes, "a text");
  map.flag("starttls", out.starttls);
  map.refuse("labels", "nothing (labels come from a closed list, not from what servers say)",
             "labels");
  map.finish();
  if (!out.expect.empty() && !out.expect_bytes.empty()) {
    map.complain_at("expect_bytes", "either expect or expect_bytes", "both");
  }
  if (!out.send.empty() && !out.send_bytes.empty()) {
    map.complain_at("send_bytes", "either send or send_bytes", "both");
  }
}

void read_dialogue(MapReader& tcp, const ProbeSource& source, TcpModule& out) {
  const YamlNode* node = tcp.find("query_response");
  const std::string key = tcp.key_of("query_response");
  if (node == nullptr || !expect_list(*node, key, source.problems)) return;
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    read_step(node->children[i], element(key, i), source, out.query_response.emplace_back());
  }
}

}  // namespace

void read_tcp(const YamlNode& node, const std::string& key, ProberKind prober,
              const ProbeSource& source, TcpModule& out) {
  MapReader map(node, key, source.problems);
  if (prober == ProberKind::kTcp) {
    map.word<IpProtocol>("preferred_ip_protocol", kIpProtocols, out.preferred_ip_protocol);
    map.flag("ip_protocol_fallback", out.ip_protocol_fallback);
    map.text("source_ip_address", out.source_ip_address, "an address", check_address);
  } else {
    for (const char* name :
         {"preferred_ip_protocol", "ip_protocol_fallback", "source_ip_address"}) {
      map.refuse(name, "nothing, as a Unix socket has no address", "a value");
    }
  }
  read_dialogue(map, source, out);
  map.flag("tls", out.tls);
  read_tls_client(map, source, out.tls_config);
  map.finish();
}

}  // namespace litewatch
