#include "tool/build_options.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "config/problems.h"
#include "config/suggest.h"

namespace litewatch {
namespace {

constexpr std::array<std::pair<std::string_view, BuildSubject>, 3> kSubjects = {{
    {"dashboards", BuildSubject::kDashboards},
    {"rules", BuildSubject::kRules},
    {"deliveries", BuildSubject::kDeliveries},
}};

constexpr double kMostSpeed = 1e6;

/// Reads one option's value; what is wrong with it as a clause, empty where nothing is.
using ReadValue = std::string (*)(const std::string& value, BuildCommand& command);

std::string read_root(const std::string& value, BuildCommand& command) {
  command.root = value;
  return "";
}

std::string read_output(const std::string& value, BuildCommand& command) {
  command.output = value;
  return "";
}

std::string read_url(const std::string& value, std::string& out) {
  if (!value.starts_with("http://") && !value.starts_with("https://")) {
    return "a URL that begins with http:// or https://";
  }
  out = value.substr(0, value.find_last_not_of('/') + 1);
  return "";
}

std::string read_grafana(const std::string& value, BuildCommand& command) {
  return read_url(value, command.delivery.grafana_url);
}

std::string read_runbooks(const std::string& value, BuildCommand& command) {
  return read_url(value, command.delivery.runbooks_url);
}

std::string read_prometheus(const std::string& value, BuildCommand& command) {
  return read_url(value, command.delivery.prometheus_url);
}

std::string read_label(const std::string& value, BuildCommand& command) {
  const std::size_t equals = value.find('=');
  if (equals == value.npos || equals == 0) return "a label as KEY=VALUE";
  const bool is_new =
      command.delivery.labels.emplace(value.substr(0, equals), value.substr(equals + 1)).second;
  return is_new ? "" : "each label once";
}

std::string read_folder(const std::string& value, BuildCommand& command) {
  if (value == "." || value == ".." || value.find('/') != value.npos) {
    return "the name of one of Grafana's folders, without a slash";
  }
  command.delivery.folder = value;
  return "";
}

std::string read_duration(const std::string& value, double& out) {
  const auto seconds = parse_duration_s(value);
  if (!seconds || *seconds <= 0) return "a duration above 0 such as 3s";
  out = *seconds;
  return "";
}

std::string read_scrape_interval(const std::string& value, BuildCommand& command) {
  return read_duration(value, command.delivery.scrape_interval_s);
}

std::string read_least_range(const std::string& value, BuildCommand& command) {
  return read_duration(value, command.time.least_range_s);
}

std::string read_most_for(const std::string& value, BuildCommand& command) {
  return read_duration(value, command.time.most_for_s);
}

std::string read_speed(const std::string& value, BuildCommand& command) {
  const auto speed = parse_double(value);
  if (!speed || *speed < 1 || *speed > kMostSpeed) return "a number from 1 to 1000000";
  command.time.speed = *speed;
  return "";
}

struct Option {
  std::string_view name;
  ReadValue read;
  std::string_view subjects;  ///< what it is for, by name, or "all"
  bool repeats = false;
};

constexpr std::array kOptions = {
    Option{"--root", read_root, "all"},
    Option{"--output", read_output, "all"},
    Option{"--runbooks-url", read_runbooks, "all"},
    Option{"--grafana-url", read_grafana, "rules deliveries"},
    Option{"--prometheus-url", read_prometheus, "deliveries"},
    Option{"--scrape-interval", read_scrape_interval, "deliveries"},
    Option{"--folder", read_folder, "deliveries"},
    Option{"--label", read_label, "deliveries", true},
    Option{"--speed", read_speed, "rules"},
    Option{"--least-range", read_least_range, "rules"},
    Option{"--most-for", read_most_for, "rules"},
};

Error usage(std::string what) {
  return Error{ErrorKind::kMalformed, std::move(what) + "; see litetool build --help", "", 0};
}

Error unknown_option(std::string_view name) {
  std::vector<std::string_view> names = {"--check"};
  for (const Option& option : kOptions) names.push_back(option.name);
  const auto meant = closest(name, names);
  return usage("unknown option " + in_quotes(name) +
               (meant ? "; did you mean " + std::string(*meant) + "?" : ""));
}

bool is_for(const Option& option, std::string_view subject) {
  return option.subjects == "all" || option.subjects.find(subject) != option.subjects.npos;
}

/// Walks over the arguments once.
class BuildArguments {
 public:
  explicit BuildArguments(Arguments arguments) : rest_(arguments) {}

  Result<BuildCommand> parse() {
    if (auto error = take_subject()) return *std::move(error);
    while (!rest_.empty()) {
      if (auto error = take_option()) return *std::move(error);
    }
    if (command_.output.empty() && command_.subject != BuildSubject::kDashboards) {
      return usage("expected --output=FOLDER");
    }
    if (!command_.compresses() &&
        (seen_.contains("--least-range") || seen_.contains("--most-for"))) {
      return usage("--least-range and --most-for go with --speed");
    }
    return command_;
  }

 private:
  std::string_view take() {
    const std::string_view argument = rest_.front();
    rest_ = rest_.subspan(1);
    return argument;
  }

  std::optional<Error> take_subject() {
    const std::string_view given = rest_.empty() ? "" : take();
    const auto found =
        std::ranges::find(kSubjects, given, [](const auto& row) { return row.first; });
    if (found == kSubjects.end()) {
      return usage("expected dashboards, rules or deliveries" +
                   (given.empty() ? "" : ", got " + in_quotes(given)));
    }
    subject_ = found->first;
    command_.subject = found->second;
    return std::nullopt;
  }

  std::optional<Error> take_option() {
    const std::string_view argument = take();
    const std::string_view name = argument.substr(0, argument.find('='));
    if (argument == "--check") {
      if (!seen_.insert(argument).second) return usage("--check twice");
      command_.check = true;
      return std::nullopt;
    }
    const auto option = std::ranges::find(kOptions, name, &Option::name);
    if (option == kOptions.end()) return unknown_option(name);
    if (!is_for(*option, subject_)) {
      return usage(std::string(name) + " is not for " + std::string(subject_));
    }
    if (!seen_.insert(name).second && !option->repeats) return usage(std::string(name) + " twice");
    return read_value(*option, argument);
  }

  std::optional<Error> read_value(const Option& option, std::string_view argument) {
    std::string value;
    if (argument.size() > option.name.size()) {
      value = argument.substr(option.name.size() + 1);
    } else if (!rest_.empty()) {
      value = take();
    }
    if (value.empty()) return usage(std::string(option.name) + " needs a value");
    const std::string wrong = option.read(value, command_);
    if (wrong.empty()) return std::nullopt;
    return usage(std::string(option.name) + ": expected " + wrong + ", got " + in_quotes(value));
  }

  Arguments rest_;
  std::string_view subject_;
  std::set<std::string_view> seen_;
  BuildCommand command_;
};

}  // namespace

Result<BuildCommand> parse_build_command(Arguments arguments) {
  return BuildArguments(arguments).parse();
}

}  // namespace litewatch
