#include "collect/container/status.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "base/parse.h"
#include "collect/container/derived.h"
#include "publish/status.h"

namespace litewatch {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
/// How long a kill by the OOM killer is news.
constexpr double kOomNews_s = 3600;

/// All that is known of the container, for those who judge it.
struct Subject {
  const ContainerReading& reading;
  const ContainerRates& rates;
  const ContainerObjectives& objectives;
  double now_unix_s;

  bool is_service() const { return reading.live->identity.runtime == ContainerRuntime::kSystemd; }
};

std::string percent(double ratio) {
  return std::to_string(static_cast<long long>(std::lround(ratio * 100))) + " %";
}

template <class Number>
std::string bytes(Number count) {
  return human_bytes(static_cast<double>(count));
}

void say(StatusRow& row, Health health, std::string_view state, std::string_view next) {
  row.health = health;
  row.state = state;
  row.next = next;
}

/// Says that it is so and returns true, where it is.
using Judge = bool (*)(const Subject&, StatusRow&);

bool killed_lately(const Subject& of) {
  const auto& last = of.reading.last_oom_kill_unix_s;
  return last && of.now_unix_s - *last < kOomNews_s;
}

void tell_kills(const Subject& of, StatusRow& row) {
  row.why.append("The kernel killed a process of it ")
      .append(human_duration(of.now_unix_s - *of.reading.last_oom_kill_unix_s))
      .append(" ago because memory ran out");
  if (of.reading.effective.memory_max_bytes) {
    row.why.append("; the limit is ").append(bytes(*of.reading.effective.memory_max_bytes));
  }
  row.why += ".";
}

bool is_gone(const Subject& of, StatusRow& row) {
  if (of.reading.running) return false;
  if (killed_lately(of)) {
    say(row, Health::kCritical, "gone after an OOM kill",
        "Raise its memory limit or find what grew, then start it again.");
    tell_kills(of, row);
    return true;
  }
  if (of.is_service() && of.reading.labels.app.empty()) {
    say(row, Health::kOk, "ended", "");
    return true;
  }
  say(row, of.reading.labels.app.empty() ? Health::kNotice : Health::kWarning, "gone",
      "If nobody stopped it, read its last log lines and its exit code.");
  row.why.append("Its cgroup vanished ")
      .append(human_duration(of.now_unix_s - of.reading.last_seen_unix_s))
      .append(" ago and no other has come under its name.");
  return true;
}

bool was_killed(const Subject& of, StatusRow& row) {
  if (!killed_lately(of)) return false;
  say(row, Health::kCritical, "OOM-killed",
      "Raise its memory limit, or find what grew: container_memory_bytes by kind tells.");
  tell_kills(of, row);
  return true;
}

bool is_paused(const Subject& of, StatusRow& row) {
  if (!of.reading.stats.frozen.value_or(false)) return false;
  say(row, Health::kNotice, "paused", "Unpause it if nobody needs it frozen.");
  row.why = "Its cgroup is frozen: none of its processes runs, and it answers nobody.";
  return true;
}

bool is_unhealthy(const Subject& of, StatusRow& row) {
  if (of.reading.health != "unhealthy") return false;
  say(row, Health::kCritical, "unhealthy by its own check",
      "See what the check printed: docker inspect shows its last results under State.Health.");
  row.why = "The health check that its image or compose file defines fails.";
  return true;
}

bool loses_database(const Subject& of, StatusRow& row) {
  for (const ContainerDatabase& database : of.reading.databases) {
    if (!database.on_writable_layer) continue;
    say(row, Health::kCritical, "database dies with it",
        "Move the database to a volume before the container is made anew.");
    row.why.append("The database ")
        .append(database.db)
        .append(" lies on the container's writable layer, which is removed with the container.");
    return true;
  }
  return false;
}

bool lacks_pids(const Subject& of, StatusRow& row) {
  constexpr std::string_view kNext =
      "Find what spawns and never ends, or raise its limit on processes and threads.";
  const CgroupStats& stats = of.reading.stats;
  if (!stats.threads || stats.threads_max.value_or(0) == 0) return false;
  const double ratio =
      static_cast<double>(*stats.threads) / static_cast<double>(*stats.threads_max);
  if (of.rates.pids_limit_hits == 0 && ratio < of.objectives.pids_ratio) return false;
  if (of.rates.pids_limit_hits > 0) {
    say(row, Health::kCritical, "cannot start processes", kNext);
  } else {
    say(row, Health::kWarning, "near its limit of processes", kNext);
  }
  row.why.append(std::to_string(*stats.threads))
      .append(" of ")
      .append(std::to_string(*stats.threads_max))
      .append(" processes and threads are in use");
  if (of.rates.pids_limit_hits > 0) {
    row.why.append("; ")
        .append(std::to_string(of.rates.pids_limit_hits))
        .append(" more were refused since the last look");
  }
  row.why += ".";
  return true;
}

bool lacks_memory(const Subject& of, StatusRow& row) {
  const auto ratio = memory_ratio(of.reading);
  if (!ratio || *ratio <= of.objectives.memory_ratio) return false;
  say(row, Health::kWarning, "memory near its limit",
      "Raise the limit or find what grows: at the limit the kernel reclaims, then kills.");
  row.why.append("The working set is ")
      .append(bytes(*working_set_bytes(of.reading.stats)))
      .append(" of ")
      .append(bytes(*of.reading.effective.memory_max_bytes))
      .append(" (")
      .append(percent(*ratio))
      .append("); the objective is ")
      .append(percent(of.objectives.memory_ratio))
      .append(".");
  return true;
}

bool is_throttled(const Subject& of, StatusRow& row) {
  const auto& ratio = of.rates.throttled_ratio;
  if (!ratio || *ratio <= of.objectives.throttled_ratio) return false;
  say(row, Health::kWarning, "throttled",
      "Raise its CPU quota or give it less to do: a throttled writer holds its locks longer.");
  row.why.append("Its CPU quota ran out in ")
      .append(percent(*ratio))
      .append(" of the periods; the objective is ")
      .append(percent(of.objectives.throttled_ratio))
      .append(".");
  return true;
}

bool is_pressed(const Subject& of, StatusRow& row) {
  struct Resource {
    const std::optional<double>& ratio;
    std::string_view state, name, next;
  };
  const std::array<Resource, 3> resources = {{
      {of.rates.memory_pressure_ratio, "waits for memory", "memory",
       "Raise its memory limit: the kernel is busy taking pages away and reading them again."},
      {of.rates.io_pressure_ratio, "waits for I/O", "I/O",
       "Look for what saturates the disk, such as a backup or checkpoints."},
      {of.rates.cpu_pressure_ratio, "waits for CPU", "CPU",
       "Raise its CPU weight or quota, or move what competes with it elsewhere."},
  }};
  const Resource* worst = nullptr;
  for (const Resource& one : resources) {
    if (one.ratio.value_or(0) <= of.objectives.pressure_ratio) continue;
    if (worst == nullptr || *one.ratio > *worst->ratio) worst = &one;
  }
  if (worst == nullptr) return false;
  say(row, Health::kNotice, worst->state, worst->next);
  row.why.append("Its tasks waited for ")
      .append(worst->name)
      .append(" in ")
      .append(percent(*worst->ratio))
      .append(" of the time; the objective is ")
      .append(percent(of.objectives.pressure_ratio))
      .append(".");
  return true;
}

bool is_starting(const Subject& of, StatusRow& row) {
  if (of.reading.health != "starting") return false;
  say(row, Health::kOk, "starting", "");
  return true;
}

/// Worst first.
constexpr std::array<Judge, 10> kJudges = {is_gone,        was_killed, is_paused,    is_unhealthy,
                                           loses_database, lacks_pids, lacks_memory, is_throttled,
                                           is_pressed,     is_starting};

void say_state(const Subject& of, StatusRow& row) {
  row.why.clear();
  for (const Judge judge : kJudges) {
    if (judge(of, row)) return;
  }
  say(row, Health::kOk, of.reading.health == "healthy" ? "healthy" : "running", "");
}

template <class Number>
double value_of(const std::optional<Number>& value) {
  return value ? static_cast<double>(*value) : kNoValue;
}

void set_cells(const Subject& of, StatusRow& row) {
  using enum CellKind;
  const ContainerReading& reading = of.reading;
  const bool running = reading.running;
  const auto now = [&](const auto& value) { return running ? value_of(value) : kNoValue; };
  row.cells = {{
      {"CPU", kNumber, now(of.rates.cpu_cores)},
      {"CPU limit", kNumber, now(reading.effective.cpu_cores)},
      {"memory", kBytes, now(working_set_bytes(reading.stats))},
      {"of limit", kRatio, now(memory_ratio(reading))},
      {"throttled", kRatio, now(of.rates.throttled_ratio)},
      {"CPU pressure", kRatio, now(of.rates.cpu_pressure_ratio)},
      {"memory pressure", kRatio, now(of.rates.memory_pressure_ratio)},
      {"I/O pressure", kRatio, now(of.rates.io_pressure_ratio)},
      {"OOM kills", kNumber, static_cast<double>(reading.counts.oom_kills)},
      {"restarts", kNumber, static_cast<double>(reading.counts.restarts)},
  }};
  row.cell_count = 10;
}

}  // namespace

void add_container_status(SeriesTable& sink, const ContainerReading& reading,
                          const ContainerRates& rates, const ContainerObjectives& objectives,
                          double now_unix_s) {
  const Subject subject{reading, rates, objectives, now_unix_s};
  const ContainerLabels& labels = reading.labels;
  StatusRow& row = sink.add_status();
  row.kind = "container";
  row.app = labels.app;
  row.name = labels.container;
  if (labels.pod.empty()) {
    row.detail = labels.id;
  } else {
    row.detail.assign(labels.namespace_name).append("/").append(labels.pod);
  }
  say_state(subject, row);
  set_cells(subject, row);
  row.mark_count = 0;
}

}  // namespace litewatch
