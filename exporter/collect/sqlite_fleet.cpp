#include "collect/sqlite_fleet.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/parse.h"

namespace litewatch {
namespace {

constexpr std::string_view kCollectorName = "sqlite";
/// The `reason` of databases on a file system that does not answer.
constexpr std::string_view kNotAnswering = "not_answering";
/// The `reason` of places where databases may be that cannot be seen.
constexpr std::string_view kNotListed = "not_listed";

void make_unanswered(StatusRow& row, const std::string& mount_point,
                     const std::optional<double>& last_answer_s) {
  row.health = Health::kCritical;
  row.state = "not answering";
  row.why = "The file system " + mount_point + " has not answered ";
  row.why += last_answer_s ? "for " + human_duration(monotonic_s() - *last_answer_s) : "yet";
  row.why += "; what is shown is older than that.";
  row.next = "Check the mount: a hung network or FUSE file system also hangs the app.";
}

const CollectorHealth* health_of(std::span<const CollectorHealth> collectors,
                                 std::string_view mount_point) {
  for (const CollectorHealth& health : collectors) {
    if (health.name == kCollectorName && health.mountpoint == mount_point) return &health;
  }
  return nullptr;
}

}  // namespace

SqliteFleet::SqliteFleet(Runner& runner, SelfMetrics& self) : runner_(runner), self_(self) {}

void SqliteFleet::configure(Options options) {
  {
    MutexLock lock(mutex_);
    auto plan = std::make_shared<SqlitePlan>();
    plan->epoch = plan_ ? plan_->epoch : 0;
    plan->targets = std::make_shared<const std::vector<SqliteTarget>>(std::move(options.targets));
    plan->limits = options.limits;
    plan->procfs = std::move(options.procfs);
    plan_ = std::move(plan);
    // What the old configuration called its databases binds the new one to nothing.
    names_before_ = std::exchange(names_, {});
    configuring_ = true;
  }
  start_search();
  MutexLock lock(mutex_);
  configuring_ = false;
}

/// A new round: reads the mounts, which never hangs, and gives each target's first step to the
/// mount that its text leads to.
void SqliteFleet::start_search() {
  std::shared_ptr<SqlitePlan> plan;
  {
    MutexLock lock(mutex_);
    plan = std::make_shared<SqlitePlan>(*plan_);
    ++plan->epoch;
    auto mounts = read_mountinfo(plan->procfs + "/self/mountinfo");
    plan->mounts = std::make_shared<const std::vector<Mount>>(mounts ? std::move(*mounts)
                                                                     : std::vector<Mount>());
    plan_ = plan;
    for (const auto& entry : mounts_) entry.second->submit(plan, std::nullopt);
  }
  for (std::size_t i = 0; i < plan->targets->size(); ++i) {
    hand_over(plan, first_step(i, (*plan->targets)[i]));
  }
}

void SqliteFleet::hand_over(const std::shared_ptr<const SqlitePlan>& plan, SearchStep step) {
  const std::string next = step.rest.empty() ? step.base : step.base + "/" + step.rest.front();
  const Mount* mount = mount_of(*plan->mounts, next);
  mount_for(mount != nullptr ? mount->mount_point : "/").submit(plan, std::move(step));
}

SqliteMount& SqliteFleet::mount_for(const std::string& mount_point) {
  MutexLock lock(mutex_);
  auto& mount = mounts_[mount_point];
  if (mount == nullptr) {
    auto collector =
        std::make_unique<SqliteMount>(mount_point, static_cast<SqliteRegistry&>(*this), self_);
    mount = collector.get();
    runner_.add(std::string(kCollectorName), mount_point, std::move(collector));
  }
  return *mount;
}

bool SqliteFleet::claim(const std::string& app, const std::string& db, const std::string& path) {
  MutexLock lock(mutex_);
  if (names_.try_emplace({app, db}, path).first->second == path) return true;
  names_.try_emplace({app, path}, path);  // the name that it has instead
  return false;
}

void SqliteFleet::unclaim(const std::string& app, const std::string& db, const std::string& path) {
  MutexLock lock(mutex_);
  const auto owner = names_.find({app, db});
  if (owner != names_.end() && owner->second == path) names_.erase(owner);
}

bool SqliteFleet::admit() {
  MutexLock lock(mutex_);
  if (watched_ >= plan_->limits.databases) return false;
  ++watched_;
  return true;
}

void SqliteFleet::leave() {
  MutexLock lock(mutex_);
  --watched_;
}

bool SqliteFleet::searching() const {
  MutexLock lock(mutex_);
  return still_searching();
}

bool SqliteFleet::still_searching() const {
  return configuring_ || std::any_of(mounts_.begin(), mounts_.end(),
                                     [](const auto& entry) { return entry.second->searching(); });
}

std::vector<WatchedDatabase> SqliteFleet::databases() const {
  MutexLock lock(mutex_);
  std::set<std::string_view> paths;
  std::vector<WatchedDatabase> databases;
  for (const Names* names : {&names_, &names_before_}) {
    for (const auto& [name, path] : *names) {
      if (!paths.insert(path).second) continue;
      databases.push_back({.app = name.first, .db = name.second, .path = path});
    }
  }
  return databases;
}

void SqliteFleet::summarize(std::span<const CollectorHealth> collectors, SeriesTable& sink) {
  std::shared_ptr<const SqlitePlan> plan;
  {
    MutexLock lock(mutex_);
    plan = plan_;
    if (!still_searching()) names_before_.clear();
    mounts_now_.assign(mounts_.begin(), mounts_.end());
  }
  if (!plan) return;
  std::erase_if(groups_, [](const auto& entry) { return entry.second.unused; });
  for (auto& [name, group] : groups_) group = Group{.unused = true};
  for (const SqliteTarget& target : *plan->targets) groups_[target.group].unused = false;
  answered_.assign(plan->targets->size(), false);
  undetailed_ = undetailed_unwell_ = 0;
  outcome_ = {};
  searched_ = true;
  for (const auto& entry : mounts_now_) {
    const CollectorHealth* health = health_of(collectors, entry.first);
    entry.second->with_report([&](const SqliteMountReport& report) {
      summarize_mount(report, entry.first, health, *plan, sink);
    });
  }
  for (std::size_t i = 0; i < plan->targets->size(); ++i) {
    if (!answered_[i] && (*plan->targets)[i].is_single_file()) add_unanswered(*plan, i, sink);
  }
  if (undetailed_ > 0) add_undetailed(sink);
  if (searched_) places_.take(plan->targets, outcome_);
  for (const SqlitePlaces::Place& place : places_.unseen()) {
    groups_[place.group].not_listed += place.count;
  }
  set_rollups(sink);
  if (monotonic_s() >= next_search_s_ && !round_goes_on(collectors)) {
    // The first round began with configure().
    if (next_search_s_ > 0) start_search();
    next_search_s_ = monotonic_s() + plan->limits.rescan_interval_s;
  }
}

void SqliteFleet::summarize_mount(const SqliteMountReport& report, const std::string& mount_point,
                                  const CollectorHealth* health, const SqlitePlan& plan,
                                  SeriesTable& sink) {
  const bool stale = health == nullptr || health->stale;
  const bool current = report.targets == plan.targets;  // not of the configuration before
  searched_ &= current && !stale && report.searched;
  if (!current) return;
  add(report.outcome, outcome_);
  for (const SqliteVerdict& verdict : report.verdicts) {
    Group& group = groups_[verdict.group];
    ++group.discovered;
    if (verdict.listed) answered_[verdict.target] = true;
    if (stale) ++group.not_answering;
    for (std::size_t i = 0; i < kSqliteFindingCount; ++i) {
      group.unhealthy[i] += verdict.findings.has(static_cast<SqliteFinding>(i)) ? 1 : 0;
    }
    const bool up = !stale && !verdict.findings.has(SqliteFinding::kUnreadable) &&
                    !verdict.findings.has(SqliteFinding::kMissing);
    if (verdict.detailed) {
      sink.set(Metric::kSqliteUp, {verdict.app, verdict.db}, up);
    } else {
      ++undetailed_;
      if (!is_healthy(verdict.findings)) ++undetailed_unwell_;
    }
  }
  for (const StatusRow& row : report.rows) {
    StatusRow& shown = sink.add_status();
    shown = row;
    if (stale) {
      make_unanswered(shown, mount_point, health ? health->finished_monotonic_s : std::nullopt);
    }
  }
  for (const auto& [name, count] : report.left_out) groups_[name].left_out += count;
}

/// A round that takes long is left to end, else a large tree would never be seen whole. A mount
/// that does not answer holds up nobody.
bool SqliteFleet::round_goes_on(std::span<const CollectorHealth> collectors) const {
  return std::any_of(mounts_now_.begin(), mounts_now_.end(), [&](const auto& entry) {
    const CollectorHealth* health = health_of(collectors, entry.first);
    return health != nullptr && !health->stale && entry.second->searching();
  });
}

/// A database of the configuration that no mount has reported on: its file system has never
/// answered, or the search has not come to it yet.
void SqliteFleet::add_unanswered(const SqlitePlan& plan, std::size_t index, SeriesTable& sink) {
  const SqliteTarget& target = (*plan.targets)[index];
  Group& group = groups_[target.group];
  ++group.discovered;
  ++group.not_answering;
  const std::string& app = target.app.empty() ? target.name : target.app;
  sink.set(Metric::kSqliteUp, {app, target.name}, 0);
  StatusRow& row = sink.add_status();
  row.kind = "database";
  row.app = app;
  row.name = target.name;
  row.detail = target.path;
  row.cell_count = 0;
  const Mount* mount = mount_of(*plan.mounts, target.path);
  make_unanswered(row, mount != nullptr ? mount->mount_point : "/", std::nullopt);
}

/// One row for all that have none. A notice, so that it stands above the healthy ones.
void SqliteFleet::add_undetailed(SeriesTable& sink) const {
  const std::string count = std::to_string(undetailed_);
  StatusRow& row = sink.add_status();
  row.kind = "database";
  row.app.clear();
  row.name = count + " more";
  row.detail.clear();
  row.health = undetailed_unwell_ > 0 ? Health::kWarning : Health::kNotice;
  row.state =
      undetailed_unwell_ > 0 ? std::to_string(undetailed_unwell_) + " with findings" : "healthy";
  row.why =
      "They are read like all others and have no row and no series of their own: "
      "limits.detailed_databases. sqlite_databases_unhealthy counts their findings.";
  row.next.clear();
  row.cell_count = 0;
  row.mark_count = 0;
}

void SqliteFleet::set_rollups(SeriesTable& sink) {
  for (const auto& [name, group] : groups_) {
    sink.set(Metric::kSqliteDatabasesDiscovered, {name}, static_cast<double>(group.discovered));
    sink.set(Metric::kSqliteDatabasesLeftOut, {name}, static_cast<double>(group.left_out));
    sink.set(Metric::kSqliteDatabasesUnhealthy, {name, kNotAnswering},
             static_cast<double>(group.not_answering));
    sink.set(Metric::kSqliteDatabasesUnhealthy, {name, kNotListed},
             static_cast<double>(group.not_listed));
    for (std::size_t i = 0; i < kSqliteFindingCount; ++i) {
      sink.set(Metric::kSqliteDatabasesUnhealthy,
               {name, describe(static_cast<SqliteFinding>(i)).reason},
               static_cast<double>(group.unhealthy[i]));
    }
  }
}

}  // namespace litewatch
