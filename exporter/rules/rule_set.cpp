#include "rules/rule_set.h"

#include <algorithm>
#include <map>
#include <utility>

#include "check/file_error.h"
#include "check/label_flow.h"
#include "config/text_file.h"
#include "promql/parser.h"
#include "rules/checked_rule.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 16 << 20;

std::vector<fs::path> files_in(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Reads the files of a project by the names that a person would use.
class Loader {
 public:
  Loader(const fs::path& root, Findings& findings) : root_(root), findings_(findings) {}

  /// nullopt: it cannot be read, or `parse` finds it wrong, which is a finding.
  template <class Parse>
  auto read(const fs::path& path, Parse parse)
      -> std::optional<std::decay_t<decltype(*parse(std::string_view(), std::string()))>> {
    const std::string name = path.lexically_relative(root_).generic_string();
    const auto file = read_text_file(path.string(), kMostBytes);
    if (!file) return add_file_error(file.error(), name, findings_), std::nullopt;
    auto parsed = parse(file->text, name);
    if (!parsed) return add_file_error(parsed.error(), name, findings_), std::nullopt;
    return std::move(*parsed);
  }

  template <class Parse>
  auto read_all(const char* folder, const char* extension, Parse parse) {
    std::vector<std::decay_t<decltype(*parse(std::string_view(), std::string()))>> all;
    for (const fs::path& path : files_in(root_ / folder, extension)) {
      if (auto parsed = read(path, parse)) all.push_back(*std::move(parsed));
    }
    return all;
  }

  template <class Parse>
  auto read_optional(const char* file, Parse parse) {
    std::error_code none;
    if (!fs::exists(root_ / file, none)) return decltype(read(root_, parse))();
    return read(root_ / file, parse);
  }

 private:
  const fs::path& root_;
  Findings& findings_;
};

Result<Runbook> read_runbook(std::string_view text, const std::string& path) {
  return parse_runbook(text, path, fs::path(path).stem().string());
}

/// The labels of a recording rule's result, by what is known so far.
FlowLabels labels_of(const Rule& rule, const promql::Expr& expr, const Vocabulary& vocabulary) {
  QueryFindings elsewhere;  // check_rules says them
  FlowLabels labels = label_flow(expr, vocabulary, elsewhere);
  for (const RuleText& label : rule.labels) {
    if (label.value.empty()) {
      labels.names.erase(label.name);
    } else {
      labels.names.insert(label.name);
    }
  }
  return labels;
}

struct Recorder {
  const Rule* rule;
  promql::ExprPtr expr;
};

std::vector<Recorder> recorders_in(const std::vector<RuleFile>& files) {
  std::vector<Recorder> recorders;
  for (const RuleFile& file : files) {
    for (const RuleGroup& group : file.groups) {
      for (const Rule& rule : group.rules) {
        if (rule.is_alert) continue;
        if (auto parsed = promql::parse(rule.expr); parsed.expr) {
          recorders.push_back({&rule, std::move(parsed.expr)});
        }
      }
    }
  }
  return recorders;
}

void add_metrics_of(const std::vector<RuleFile>& files, std::set<std::string>& metrics) {
  for (const RuleFile& file : files) {
    for (const RuleGroup& group : file.groups) {
      for (const Rule& rule : group.rules) {
        const auto parsed = promql::parse(rule.expr);
        if (parsed.expr) metrics.merge(metrics_in(*parsed.expr));
      }
    }
  }
}

}  // namespace

RuleSet load_rule_set(const std::filesystem::path& root, Findings& findings) {
  Loader loader(root, findings);
  RuleSet rules;
  rules.recording = loader.read_all("rules/recording", ".yml", parse_rule_file);
  rules.alerts = loader.read_all("rules/alerts", ".yml", parse_rule_file);
  rules.tests = loader.read_all("rules/tests", ".yml", parse_rule_tests);
  rules.runbooks = loader.read_all("rules/runbooks", ".md", read_runbook);
  rules.routing = loader.read_optional("rules/alertmanager.yml", parse_routing);
  rules.waivers = loader.read_optional("rules/waivers.yml", parse_waivers)
                      .value_or(Waivers{"rules/waivers.yml", {}});
  return rules;
}

std::optional<RuleFile> load_rule_file(const std::string& path, Findings& findings) {
  const auto file = read_text_file(path, kMostBytes);
  if (!file) return add_file_error(file.error(), path, findings), std::nullopt;
  auto parsed = parse_rule_file(file->text, path);
  if (!parsed) return add_file_error(parsed.error(), path, findings), std::nullopt;
  return std::move(*parsed);
}

void add_recorded(const std::vector<RuleFile>& recording, Vocabulary& vocabulary) {
  const std::vector<Recorder> recorders = recorders_in(recording);
  for (const Recorder& recorder : recorders) {
    vocabulary.record(recorder.rule->name, {Vocabulary::Kind::kRecorded, {}, true});
  }
  // A rule may stand before one that it derives from: once per rule is enough for any order.
  std::map<std::string, FlowLabels> known;
  for (std::size_t round = 0; round <= recorders.size(); ++round) {
    std::map<std::string, FlowLabels> now;
    for (const Recorder& recorder : recorders) {
      FlowLabels labels = labels_of(*recorder.rule, *recorder.expr, vocabulary);
      FlowLabels& all = now[recorder.rule->name];
      all.names.merge(labels.names);
      all.open |= labels.open;
    }
    const bool settled = std::equal(now.begin(), now.end(), known.begin(), known.end(),
                                    [](const auto& a, const auto& b) {
                                      return a.first == b.first && a.second.open == b.second.open &&
                                             a.second.names == b.second.names;
                                    });
    if (settled) break;
    for (const auto& [name, labels] : now) {
      vocabulary.record(name, {Vocabulary::Kind::kRecorded, labels.names, labels.open});
    }
    known = std::move(now);
  }
}

std::set<std::string> used_metrics(const RuleSet& rules) {
  std::set<std::string> metrics;
  add_metrics_of(rules.recording, metrics);
  add_metrics_of(rules.alerts, metrics);
  return metrics;
}

}  // namespace litewatch
