#include <string_view>

#include "config/load.h"
#include "config/units.h"

namespace litewatch {
namespace {

bool is_plain(std::string_view text) {
  static constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  if (text.empty() || text.find_first_not_of(kPlain) != text.npos) return false;
  if (text == "null" || text == "Null" || text == "NULL") return false;
  return text[0] == '/' || kLetters.find(text[0]) != kLetters.npos;
}

/// Text as a YAML scalar. Bytes beyond ASCII pass as they are, so that a file name in no encoding
/// at all survives; YAML::Emitter would replace it.
std::string scalar(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

std::string boolean(bool value) { return value ? "true" : "false"; }

/// Lines of "key: value" at one depth.
class Lines {
 public:
  Lines(std::string& out, std::string indent) : out_(out), indent_(std::move(indent)) {}

  void add(std::string_view key, std::string_view value) {
    out_.append(indent_).append(key).append(": ").append(value).append("\n");
  }
  void add_name(std::string_view key, std::string_view name) {
    if (!name.empty()) add(key, scalar(name));
  }
  void open(std::string_view key) { out_.append(indent_).append(key).append(":\n"); }

 private:
  std::string& out_;
  std::string indent_;
};

void add_objectives(std::string& out, const SqliteObjectives& objectives) {
  Lines(out, "    ").open("objectives");
  Lines lines(out, "      ");
  lines.add("wal", exact_size(objectives.wal_bytes));
  lines.add("checkpoint_lag", exact_size(objectives.checkpoint_lag_bytes));
  lines.add("oldest_reader", exact_duration(objectives.oldest_reader_s));
  lines.add("write_lock_held", exact_duration(objectives.write_lock_held_s));
  lines.add("write_lock_occupancy", exact_number(objectives.write_lock_occupancy_ratio));
  lines.add("freelist", exact_number(objectives.freelist_ratio));
  lines.add("filesystem_avail", exact_size(objectives.filesystem_avail_bytes));
  const auto& write_age_s = objectives.write_age_s;
  lines.add("write_age", write_age_s ? exact_duration(*write_age_s) : "none");
}

void add_database(std::string& out, const DatabaseConfig& database) {
  Lines(out, "  - ").add("path", scalar(database.path));
  Lines lines(out, "    ");
  lines.add("literal", boolean(database.literal));
  lines.add_name("name", database.name);
  lines.add_name("app", database.app);
  lines.add_name("group", database.group);
  lines.add("locks_on_remote", boolean(database.locks_on_remote));
  add_objectives(out, database.objectives);
}

std::string text_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ", ").append(scalar(text));
  return "[" + out + "]";
}

void add_discovery(std::string& out, const DiscoveryConfig& discovery) {
  Lines(out, "  - ").add("root", scalar(discovery.root));
  Lines lines(out, "    ");
  lines.add_name("app", discovery.app);
  lines.add_name("group", discovery.group);
  lines.add("max_depth", std::to_string(discovery.max_depth));
  lines.add("exclude", text_list(discovery.exclude));
  add_objectives(out, discovery.objectives);
}

template <class T>
void add_list(std::string& out, std::string_view key, const std::vector<T>& entries,
              void (*add)(std::string&, const T&)) {
  out.append(key).append(entries.empty() ? ": []\n" : ":\n");
  for (const T& entry : entries) add(out, entry);
}

void add_limits(std::string& out, const LimitsConfig& limits) {
  Lines(out, "").open("limits");
  Lines lines(out, "  ");
  lines.add("series", std::to_string(limits.series));
  lines.add("databases", std::to_string(limits.databases));
  lines.add("detailed_databases", std::to_string(limits.detailed_databases));
  lines.add("collect_timeout", exact_duration(limits.collect_timeout_s));
  lines.add("max_age", exact_duration(limits.max_age_s));
  lines.add("rescan_interval", exact_duration(limits.rescan_interval_s));
  lines.add("lock_samples_per_second", exact_number(limits.lock_samples_per_s));
  lines.add("sampled_databases", std::to_string(limits.sampled_databases));
}

}  // namespace

std::string to_yaml(const Config& config) {
  std::string out;
  add_list(out, "databases", config.databases, add_database);
  add_list(out, "discovery", config.discovery, add_discovery);
  Lines(out, "").open("collectors");
  Lines collectors(out, "  ");
  collectors.add("sqlite", boolean(config.collectors.sqlite));
  collectors.add("self", boolean(config.collectors.self));
  add_limits(out, config.limits);
  return out;
}

}  // namespace litewatch
