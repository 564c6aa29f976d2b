#include "config/containers.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "config/container_words.h"
#include "config/map_reader.h"
#include "config/names.h"
#include "config/paths.h"

namespace litewatch {
namespace {

constexpr std::size_t kLongestGlob = 4095;  // as long as a path may be
constexpr std::size_t kLongestSocket = 107;
constexpr std::size_t kLongestLabel = 256;
constexpr double kDay_s = 86'400;

/// `[` without `]` and a trailing backslash would quietly match nothing, or themselves.
std::string check_glob(std::string_view glob) {
  if (glob.size() > kLongestGlob) return "longer than 4095 bytes";
  if (std::ranges::any_of(glob, is_control)) return "it holds a control character";
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '\\') {
      if (++i == glob.size()) return "it ends in a lone backslash";
      continue;
    }
    if (glob[i] != '[') continue;
    std::size_t first = i + 1;
    if (first < glob.size() && (glob[first] == '!' || glob[first] == '^')) ++first;
    // A ] that comes first is one of the characters.
    i = glob.find(']', first + 1);
    if (i == glob.npos) return "a [ has no ]";
  }
  return "";
}

/// Names of labels have few rules of their own; a `*` elsewhere than at the end stands for itself.
std::string check_label(std::string_view label) {
  if (label.size() > kLongestLabel) return "longer than 256 bytes";
  if (std::ranges::any_of(label, is_control)) return "it holds a control character";
  const std::size_t star = label.find('*');
  if (star != label.npos && star + 1 != label.size()) return "* may stand at its end only";
  return "";
}

std::string check_socket(std::string_view path) {
  if (path.starts_with("unix://")) return "without unix:// before it";
  return path.find("://") == path.npos ? "" : "a Unix socket; nothing is asked over the network";
}

void read_sockets(const YamlNode& node, const std::filesystem::path& folder, Problems& problems,
                  std::vector<std::string>& out) {
  constexpr const char* kKey = "containers.sockets";
  if (!expect_list(node, kKey, problems)) return;
  out.clear();
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const YamlNode& child = node.children[i];
    const bool text = child.kind == YamlNode::Kind::kScalar;
    const std::string wrong = text ? check_socket(child.text) : "";
    const auto path = absolute_path(text ? child.text : "", folder);
    if (!path || !wrong.empty()) {
      const std::string expected = path ? "the path of a socket" : path.error().what;
      complain(problems, child, element(kKey, i),
               wrong.empty() ? expected : expected + " (" + wrong + ")");
    } else if (path->size() > kLongestSocket) {
      complain(problems, child, element(kKey, i), "the path of a socket, of at most 107 bytes");
    } else {
      out.push_back(*path);
    }
  }
}

ContainerRule read_rule(const YamlNode& node, const std::string& key, Problems& problems) {
  ContainerRule rule;
  MapReader map(node, key, problems);
  map.text("match", rule.match, "a pattern", check_glob);
  map.name("name", rule.name);
  map.name("app", rule.app);
  const bool complete = node.kind != YamlNode::Kind::kMap || map.find("match") != nullptr;
  if (!complete) map.complain_at("match", "a pattern of containers", "nothing");
  if (node.kind == YamlNode::Kind::kMap && !map.find("name") && !map.find("app")) {
    problems.add(node.line, key, "a name or an app for what matches", "neither");
  }
  map.finish();
  return rule;
}

void read_rules(const YamlNode& node, Problems& problems, std::vector<ContainerRule>& out) {
  constexpr const char* kKey = "containers.rules";
  if (!expect_list(node, kKey, problems)) return;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    out.push_back(read_rule(node.children[i], element(kKey, i), problems));
  }
}

void read_objectives(const YamlNode& node, Problems& problems, ContainerObjectives& out) {
  MapReader map(node, "containers.objectives", problems);
  map.number("memory", out.memory_ratio, 0, 1);
  map.number("throttled", out.throttled_ratio, 0, 1);
  map.number("pressure", out.pressure_ratio, 0, 1);
  map.number("pids", out.pids_ratio, 0, 1);
  map.number("fds", out.fds_ratio, 0, 1);
  map.finish();
}

}  // namespace

void read_containers(const YamlNode& node, const std::filesystem::path& folder, Problems& problems,
                     ContainerOptions& out) {
  constexpr const char* kGlob = "a pattern";
  MapReader map(node, "containers", problems);
  map.word("view", Words<ContainerView>(kContainerViews), out.view);
  map.word("cadvisor_names", Words<std::optional<bool>>(kCadvisorNames), out.cadvisor_names);
  if (const YamlNode* sockets = map.find("sockets")) {
    read_sockets(*sockets, folder, problems, out.sockets);
  }
  map.texts("include", out.include, kGlob, check_glob);
  map.texts("exclude", out.exclude, kGlob, check_glob);
  map.texts("labels", out.labels, "the name of a label, such as com.example.team", check_label);
  if (const YamlNode* rules = map.find("rules")) read_rules(*rules, problems, out.rules);
  map.duration("grace", out.grace_s, 0, kDay_s);
  if (const YamlNode* objectives = map.find("objectives")) {
    read_objectives(*objectives, problems, out.objectives);
  }
  map.finish();
}

}  // namespace litewatch
