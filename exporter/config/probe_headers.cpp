#include <algorithm>
#include <set>
#include <string>

#include "base/ascii.h"
#include "config/paths.h"
#include "config/probe_parts.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

/// Reads the maps of one message's headers, which share one set of names.
class HeaderReader {
 public:
  explicit HeaderReader(const ProbeSource& source) : source_(source) {}

  /// Name to value.
  void read_plain(const YamlNode& node, const std::string& key, HeaderList& out) {
    if (!expect_secret_map(node, key, source_.problems)) return;
    for (const YamlNode& child : node.children) {
      if (!take_name(child, key)) continue;
      add_value(child, dotted(key, child.key), child.key, out);
    }
  }

  /// Name to {values, files}.
  void read_listed(const YamlNode& node, const std::string& key, HttpModule& out) {
    if (!expect_secret_map(node, key, source_.problems)) return;
    for (const YamlNode& child : node.children) {
      if (take_name(child, key)) read_header(child, dotted(key, child.key), out);
    }
  }

  /// Name to a list of values.
  void read_lists(const YamlNode& node, const std::string& key, HeaderList& out) {
    if (!expect_secret_map(node, key, source_.problems)) return;
    for (const YamlNode& child : node.children) {
      if (take_name(child, key)) add_values(child, dotted(key, child.key), child.key, out);
    }
  }

 private:
  bool take_name(const YamlNode& node, const std::string& key) {
    const std::string wrong = check_header_name(node.key);
    if (!wrong.empty()) {
      source_.problems.add(node.key_line, key, "the name of a header (" + wrong + ")",
                           in_quotes(node.key));
      return false;
    }
    if (names_.insert(ascii_lower(node.key)).second) return true;
    source_.problems.add(node.key_line, dotted(key, node.key), "each header once", "it again");
    return false;
  }

  /// A wrong value is not shown: it may be a secret.
  void add_value(const YamlNode& node, const std::string& key, const std::string& name,
                 HeaderList& out) {
    const bool is_text = node.kind == YamlNode::Kind::kScalar;
    const std::string wrong = is_text ? check_header_value(node.text) : "a text is needed";
    if (wrong.empty()) {
      out.emplace_back(name, node.text);
    } else {
      source_.problems.add(node.line, key, "the value of a header (" + wrong + ")",
                           is_text ? "another text" : describe(node));
    }
  }

  void add_values(const YamlNode& node, const std::string& key, const std::string& name,
                  HeaderList& out) {
    if (!expect_secret_list(node, key, source_.problems)) return;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      add_value(node.children[i], element(key, i), name, out);
    }
  }

  void read_header(const YamlNode& node, const std::string& key, HttpModule& out) {
    if (!expect_secret_map(node, key, source_.problems)) return;
    MapReader map(node, key, source_.problems);
    if (const YamlNode* values = map.find("values")) {
      add_values(*values, map.key_of("values"), node.key, out.headers);
    }
    map.refuse("secrets", "files with the paths of files that hold them", "the secrets themselves");
    std::vector<std::string> files;
    map.texts("files", files, "a path");
    for (const std::string& file : files) {
      const auto path = absolute_path(file, source_.folder);
      if (path) {
        out.header_files.emplace_back(node.key, *path);
      } else {
        map.complain_at("files", path.error().what, in_quotes(file));
      }
    }
    map.finish();
    if (node.children.empty()) {
      map.complain_at("values", "values, or files with the paths of files", "nothing");
    }
  }

  const ProbeSource& source_;
  std::set<std::string> names_;
};

}  // namespace

void read_headers(MapReader& http, const ProbeSource& source, HttpModule& out) {
  HeaderReader reader(source);
  if (const YamlNode* headers = http.find("headers")) {
    reader.read_plain(*headers, http.key_of("headers"), out.headers);
  }
  if (const YamlNode* headers = http.find("http_headers")) {
    reader.read_listed(*headers, http.key_of("http_headers"), out);
  }
  if (const YamlNode* headers = http.find("proxy_connect_header")) {
    HeaderReader(source).read_lists(*headers, http.key_of("proxy_connect_header"),
                                    out.proxy_connect_headers);
  }
}

}  // namespace litewatch
