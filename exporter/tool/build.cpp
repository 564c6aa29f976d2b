#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

#include "check/finding.h"
#include "dashboards/compile.h"
#include "dashboards/load.h"
#include "deliver/compressed_time.h"
#include "deliver/dashboard_links.h"
#include "deliver/deliver.h"
#include "rules/rule_set.h"
#include "tool/build_options.h"
#include "tool/build_output.h"
#include "tool/command.h"
#include "tool/project_root.h"

namespace litewatch {

const std::string_view kBuildHelp =
    R"(Usage: litetool build dashboards|rules|deliveries [OPTION...]

Turns the sources under rules/ and dashboards/ into what Prometheus, Grafana and Kubernetes take.
Files that are as they should be are left alone; none is removed.

  dashboards  Grafana's JSON of dashboards/*.yml, by default into dashboards/grafana
  rules       the rule files with your links
  deliveries  everything to install from:
                rules/               plain rule files
                prometheus-rules/    PrometheusRule manifests
                config-maps/         dashboards for Grafana's sidecar, one ConfigMap each
                grafana/             provisioning of Grafana: data source, provider, dashboards
                grafana.com/         dashboards to import or to publish

Options:
  --root=FOLDER            what holds rules/ and dashboards/; default: this folder, or the
                           nearest one above it
  --output=FOLDER          where to write; obligatory for rules and deliveries
  --check                  write nothing; tell what would change
  --runbooks-url=URL       what stands before ALERT.md in links; default: /rules/runbooks
  --grafana-url=URL        rules, deliveries: what stands before /d/... in links of alerts
  --label=KEY=VALUE        deliveries: a label for every manifest, e.g. release=prometheus;
                           may be given again
  --folder=NAME            deliveries: Grafana's folder; default: litewatch
  --prometheus-url=URL     deliveries: Grafana's data source; default: http://prometheus:9090
  --scrape-interval=15s    deliveries: how often Prometheus scrapes litewatch; default: 30s.
                           Too short a one makes panels of rates empty
  --speed=N                rules: for tests, every duration divided by N
  --least-range=3s         rules: with --speed, ranges stay at least this long
  --most-for=6s            rules: with --speed, `for` and `keep_firing_for` become at most this long

Exit code: 0 all is written, or is as it should be; 1 --check found something to write;
2 wrong usage, or the sources are wrong.

Examples:
  litetool build dashboards
  litetool build deliveries --output=/tmp/out --grafana-url=https://grafana.example.org
)";

namespace {

namespace fs = std::filesystem;

struct Sources {
  RuleSet rules;
  DashboardSet dashboards;
  Vocabulary vocabulary;
  Findings findings;
};

/// Whether what is built depends on the file.
bool matters(const std::string& file, BuildSubject subject) {
  const bool recording = file.starts_with("rules/recording");
  const bool dashboards = file.starts_with("dashboards");
  if (subject == BuildSubject::kDashboards) return recording || dashboards;
  const bool rules = recording || file.starts_with("rules/alerts");
  return rules || (dashboards && subject == BuildSubject::kDeliveries);
}

Sources load_sources(const fs::path& root, BuildSubject subject) {
  Sources sources;
  sources.rules = load_rule_set(root, sources.findings);
  add_recorded(sources.rules.recording, sources.vocabulary);
  sources.dashboards = load_dashboards(root, sources.findings);
  std::erase_if(sources.findings,
                [&](const Finding& finding) { return !matters(finding.place.file, subject); });
  return sources;
}

Result<Delivery> build_dashboards(const Sources& sources, const BuildCommand& command) {
  const DashboardLinks links = dashboard_links(command.delivery);
  Delivery delivery;
  for (const Dashboard& dashboard : sources.dashboards.dashboards) {
    delivery[dashboard.name + ".json"] =
        dashboard_text(compile_dashboard(dashboard, sources.dashboards, sources.vocabulary, links));
  }
  return delivery;
}

Result<Delivery> build_rules(const Sources& sources, const BuildCommand& command) {
  Delivery delivery = plain_rules(sources.rules, command.delivery);
  if (!command.compresses()) return delivery;
  for (auto& [path, text] : delivery) {
    auto compressed = with_compressed_time(text, path, command.time);
    if (!compressed) return compressed.error();
    text = *std::move(compressed);
  }
  return delivery;
}

Result<Delivery> build_deliveries(const Sources& sources, const BuildCommand& command) {
  Delivery all = plain_rules(sources.rules, command.delivery);
  all.merge(prometheus_rules(sources.rules, command.delivery));
  for (const auto deliver : {config_maps, grafana_provisioning, grafana_com}) {
    auto part = deliver(sources.dashboards, sources.vocabulary, command.delivery);
    if (!part) return part.error();
    all.merge(*part);
  }
  return all;
}

Result<Delivery> build(const Sources& sources, const BuildCommand& command) {
  Result<Delivery> built = Delivery();
  switch (command.subject) {
    case BuildSubject::kDashboards:
      built = build_dashboards(sources, command);
      break;
    case BuildSubject::kRules:
      built = build_rules(sources, command);
      break;
    case BuildSubject::kDeliveries:
      built = build_deliveries(sources, command);
      break;
  }
  if (!built || !built->empty()) return built;
  return Error{ErrorKind::kMalformed, "nothing to build: there are no sources yet", "", 0};
}

const char* word_of(BuiltFile::State state, bool check) {
  switch (state) {
    case BuiltFile::State::kSame:
      return "unchanged";
    case BuiltFile::State::kForeign:
      return "no source";
    case BuiltFile::State::kNew:
      return check ? "missing" : "wrote";
    case BuiltFile::State::kOther:
      break;
  }
  return check ? "stale" : "wrote";
}

void print_files(const std::vector<BuiltFile>& files, bool check) {
  for (const BuiltFile& file : files) {
    std::printf("%-9s %s\n", word_of(file.state, check), file.path.c_str());
  }
}

int fail(const std::string& message) {
  std::fprintf(stderr, "litetool build: %s\n", message.c_str());
  return kExitError;
}

int fail(const Findings& findings) {
  for (const Finding& finding : findings) {
    std::fprintf(stderr, "%s:%d: %s: %s\n", finding.place.file.c_str(), finding.place.line,
                 finding.what.c_str(), finding.mend.c_str());
  }
  return fail("nothing is built from sources with faults");
}

std::string no_root(const std::string& given) {
  return given.empty() ? "no rules/ and dashboards/ here or above: give --root=FOLDER"
                       : given + ": expected a folder that holds rules/ and dashboards/";
}

int check(const Delivery& delivery, const fs::path& output, const std::string& extension) {
  const std::vector<BuiltFile> files = compare_delivery(delivery, output, extension);
  print_files(files, true);
  const bool same = std::ranges::all_of(
      files, [](const BuiltFile& file) { return file.state == BuiltFile::State::kSame; });
  if (same) return kExitOk;
  std::fprintf(stderr,
               "litetool build: not as the sources say: build again without --check, and "
               "remove what has no source\n");
  return kExitFinding;
}

}  // namespace

int run_build(Arguments arguments) {
  const auto command = parse_build_command(arguments);
  if (!command) return fail(command.error().message());
  const auto root = project_root(command->root);
  if (!root) return fail(no_root(command->root));
  const Sources sources = load_sources(*root, command->subject);
  if (!sources.findings.empty()) return fail(sources.findings);
  const auto delivery = build(sources, *command);
  if (!delivery) return fail(delivery.error().message());
  const bool committed = command->output.empty();
  const fs::path output = committed ? *root / "dashboards" / "grafana" : fs::path(command->output);
  if (command->check) return check(*delivery, output, committed ? ".json" : "");
  const auto files = write_delivery(*delivery, output);
  if (!files) return fail(files.error().message());
  print_files(*files, false);
  return kExitOk;
}

}  // namespace litewatch
