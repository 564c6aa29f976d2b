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

/// The labels of each recorded series, and whether it may have others.
using Recorded = std::map<std::string, std::pair<std::set<std::string>, bool>>;

/// Several rules may record one series.
Recorded recorded_by(const std::vector<Recorder>& recorders, const Vocabulary& vocabulary) {
  Recorded recorded;
  for (const Recorder& recorder : recorders) {
    FlowLabels labels = labels_of(*recorder.rule, *recorder.expr, vocabulary);
    auto& [names, open] = recorded[recorder.rule->name];
    names.merge(labels.names);
    open |= labels.open;
  }
  return recorded;
}

void record(const std::string& name, const Recorded::mapped_type& series, Vocabulary& vocabulary) {
  vocabulary.record(name, {Vocabulary::Kind::kRecorded, series.first, series.second});
}

/// What nobody knows yet may have any label.
Vocabulary with_all_named(const std::vector<Recorder>& recorders, Vocabulary vocabulary) {
  for (const Recorder& recorder : recorders) {
    std::set<std::string> names = metrics_in(*recorder.expr);
    names.insert(recorder.rule->name);
    for (const std::string& name : names) {
      if (vocabulary.find(name) == nullptr) record(name, {{}, true}, vocabulary);
    }
  }
  return vocabulary;
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
  Vocabulary scratch = with_all_named(recorders, vocabulary);
  // A rule may stand before one that it derives from: once per rule is enough for any order.
  Recorded known;
  for (std::size_t round = 0; round <= recorders.size(); ++round) {
    Recorded now = recorded_by(recorders, scratch);
    if (now == known) break;
    for (const auto& [name, series] : now) record(name, series, scratch);
    known = std::move(now);
  }
  for (const auto& [name, series] : known) record(name, series, vocabulary);
}

std::set<std::string> used_metrics(const RuleSet& rules) {
  std::set<std::string> metrics;
  add_metrics_of(rules.recording, metrics);
  add_metrics_of(rules.alerts, metrics);
  return metrics;
}

}  // namespace litewatch
