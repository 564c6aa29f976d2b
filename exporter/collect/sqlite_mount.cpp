#include "collect/sqlite_mount.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "base/path.h"
#include "read/sqlite_shm_writers.h"

namespace litewatch {
namespace {

/// How long a collection or a pause between two may look for databases.
constexpr double kSearchSlice_s = 0.1;
/// How soon to look again whether there is something to search or to sample.
constexpr double kNothingToDo_s = 1;
/// A database written to within this time is worth a look of the lock sampler.
constexpr double kRecentWrite_s = 60;

}  // namespace

SqliteMount::SqliteMount(std::string mount_point, SqliteRegistry& registry, SelfMetrics& self)
    : mount_point_(std::move(mount_point)),
      registry_(registry),
      self_(self),
      jitter_(static_cast<std::minstd_rand::result_type>(std::hash<std::string>()(mount_point_))) {}

void SqliteMount::submit(const std::shared_ptr<const SqlitePlan>& plan,
                         std::optional<SearchStep> step) {
  MutexLock lock(mutex_);
  queue_.emplace_back(plan, std::move(step));
  searching_ = true;
  report_.searched = false;
}

bool SqliteMount::searching() const {
  MutexLock lock(mutex_);
  return searching_;
}

void SqliteMount::collect(SeriesTable& sink) {
  const double start_s = monotonic_s();
  search_until(start_s + kSearchSlice_s);
  const Moment moment = now();
  read_all(moment);
  choose_detailed();
  publish(sink, moment);
  self_.observe_sqlite_scrape(monotonic_s() - start_s);
}

double SqliteMount::idle() {
  search_until(monotonic_s() + kSearchSlice_s);
  if (search_ && !search_->finished()) return 0;
  const double rate = plan_ ? plan_->limits.lock_samples_per_s : 0;
  if (rate <= 0) return kNothingToDo_s;
  const double unix_now_s = unix_s();
  std::size_t sampled = 0;
  for (const auto& [path, database] : databases_) {
    if (sampled >= plan_->limits.sampled_databases) break;
    if (!active(*database) || !worth_sampling(*database, unix_now_s)) continue;
    ++sampled;
    const auto locks = read_sqlite_locks(database->paths);
    if (!locks) continue;
    database->history.sample(
        lock_states(locks->database, locks->wal_index, database->reading->wal_mode));
  }
  // Jittered, so that it does not beat in time with what the app does regularly.
  return std::uniform_real_distribution(0.5, 1.5)(jitter_) / rate;
}

bool SqliteMount::worth_sampling(const Database& database, double unix_s) const {
  if (!database.reading || !database.reading->locks) return false;
  return database.listed || unix_s - modified_unix_s(*database.reading) < kRecentWrite_s;
}

void SqliteMount::take_queue() {
  decltype(queue_) queue;
  {
    MutexLock lock(mutex_);
    queue.swap(queue_);
  }
  for (auto& [plan, step] : queue) {
    if (plan_ && plan->epoch < plan_->epoch) continue;
    if (!plan_ || plan->epoch > plan_->epoch) {
      if (search_ && search_->finished()) forget_lost();
      plan_ = plan;
      search_ = std::make_unique<SqliteSearch>(
          plan->targets, plan->mounts, mount_point_,
          [this](const std::string& real_path) { return databases_.contains(real_path); });
      left_out_.clear();
      corrupt_copies_due_ = true;
    }
    if (step) search_->add(std::move(*step));
  }
}

void SqliteMount::search_until(double deadline_s) {
  take_queue();
  if (!search_) return;
  search_->run_until(deadline_s);
  for (const FoundDatabase& found : search_->take_found()) take_in(found);
  for (SearchStep& step : search_->take_handed_over()) {
    registry_.hand_over(plan_, std::move(step));
  }
  if (!search_->finished()) return;
  outcome_ = search_->outcome();
  if (corrupt_copies_due_) count_corrupt_copies_of_all();
  corrupt_copies_due_ = false;
  MutexLock lock(mutex_);
  searching_ = !queue_.empty();
}

void SqliteMount::take_in(const FoundDatabase& found) {
  const SqliteTarget& target = (*plan_->targets)[found.target];
  auto& slot = databases_[found.real_path];
  if (slot && slot->epoch == plan_->epoch) return;  // an earlier target has it
  if (!slot) {
    if (!registry_.admit()) {
      databases_.erase(found.real_path);
      ++left_out_[target.group];
      return;
    }
    slot = std::make_unique<Database>(found.real_path);
  }
  Database& database = *slot;
  database.epoch = plan_->epoch;
  database.target = found.target;
  database.targets = plan_->targets;
  database.group = target.group;
  database.objectives = target.objectives;
  database.options.locks_on_remote = target.locks_on_remote;
  database.listed = target.is_single_file();
  name(database, found, target);
}

/// A name that another database has already gives way to the path, which is unique.
void SqliteMount::name(Database& database, const FoundDatabase& found, const SqliteTarget& target) {
  const std::string db = target.name.empty() ? found.name : target.name;
  const std::string app = target.app.empty() ? db : target.app;
  const std::string& free = registry_.claim(app, db, found.real_path) ? db : found.real_path;
  if (database.app != app || database.db != free) {
    registry_.unclaim(database.app, database.db, found.real_path);
  }
  database.app = app;
  database.db = free;
}

/// What the last full round did not find again is gone, unless there is reason to keep it.
void SqliteMount::forget_lost() {
  const double unix_now_s = unix_s();
  std::erase_if(databases_, [&](const auto& entry) {
    const Database& database = *entry.second;
    if (database.epoch == plan_->epoch || may_stay(database, unix_now_s)) return false;
    registry_.unclaim(database.app, database.db, entry.first);
    registry_.leave();
    return true;
  });
}

/// A file that is there stays where the search could not see all. One that is gone from its folder
/// stays missing for a while where the configuration names it: nobody removes an app's database by
/// the way. Gone with its folder, it was a tenant.
bool SqliteMount::may_stay(const Database& database, double unix_s) const {
  if (!active(database)) return false;
  struct stat st;
  if (::lstat(database.paths.database.c_str(), &st) == 0) {
    return search_->outcome().failures.contains(database.target);
  }
  if (errno != ENOENT && errno != ENOTDIR) return true;
  if (!(*plan_->targets)[database.target].names_its_files()) return false;
  const std::string& path = database.paths.database;
  if (::access(std::string(folder_part(path)).c_str(), F_OK) != 0) return false;
  const auto& last_read_unix_s = database.history.last_read_unix_s;
  return last_read_unix_s && unix_s - *last_read_unix_s < plan_->limits.missing_s;
}

void SqliteMount::count_corrupt_copies_of_all() {
  std::string folder;
  std::vector<std::string> copies;
  for (const auto& [path, database] : databases_) {  // in the order of paths: folder by folder
    if (folder != folder_part(path)) {
      folder = folder_part(path);
      copies = corrupt_copies_in(folder);
    }
    const std::string prefix = std::string(name_part(path)) + ".corrupt";
    database->corrupt_copies = static_cast<std::uint64_t>(std::count_if(
        copies.begin(), copies.end(), [&](const auto& copy) { return copy.starts_with(prefix); }));
  }
}

void SqliteMount::read_all(Moment now) {
  SqliteShmWriters writers(plan_ ? plan_->procfs : std::string());
  for (const auto& [path, database] : databases_) {
    if (!active(*database)) continue;
    database->reading = read_sqlite_database(database->paths, database->options);
    if (database->reading) {
      look_for_unlocked_writer(database->paths, writers, *database->reading);
      database->history.observe(*database->reading, now);
    } else {
      ++database->history.read_errors[static_cast<std::size_t>(SqliteOp::kDatabase)];
    }
    const SqliteSubject subject{database->reading, database->history, database->objectives, now,
                                database->corrupt_copies};
    database->findings = find(subject);
    if (database->findings != database->logged) log_change(*database, subject);
  }
  log_left_out();
}

/// One line when something is found or mended, not one per reading.
void SqliteMount::log_change(Database& database, const SqliteSubject& subject) {
  const bool same_worst = !database.findings.empty() && !database.logged.empty() &&
                          database.findings.worst() == database.logged.worst();
  const bool was_well = is_healthy(database.logged);
  database.logged = database.findings;
  if (same_worst) return;
  const double now_s = subject.now.monotonic_s;
  if (database.findings.empty()) {
    if (was_well || !other_changes_.admit(now_s)) return;
    spdlog::info("database {}/{}: healthy again", database.app, database.db);
    return;
  }
  const SqliteFindingDesc& worst = describe(database.findings.worst());
  LogLimit& limit = worst.severity == Severity::kNotice ? notices_ : other_changes_;
  if (!limit.admit(now_s)) return;
  std::string why;
  explain(worst.finding, subject, why);
  const auto level =
      worst.severity == Severity::kNotice ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "database {}/{}: {} ({}): {}", database.app, database.db, worst.state,
              worst.reason, why);
}

void SqliteMount::log_left_out() {
  constexpr std::string_view kWhere = "sqlite_databases_unhealthy counts them by reason";
  if (const std::size_t count = other_changes_.take_left_out(); count > 0) {
    spdlog::warn("databases: {} more have new findings or are healthy again; {}", count, kWhere);
  }
  if (const std::size_t count = notices_.take_left_out(); count > 0) {
    spdlog::info("databases: {} more have a notice; {}", count, kWhere);
  }
}

/// Those listed, the first ones by path, and as many again of the others that have findings: the
/// worst ones, since a notice may hold for every database.
void SqliteMount::choose_detailed() {
  const std::size_t limit = plan_ ? plan_->limits.detailed_databases : 0;
  std::size_t left = limit;
  others_with_findings_.clear();
  for (const auto& [path, database] : databases_) {
    if (!active(*database)) continue;
    database->detailed = database->listed || left > 0;
    if (database->listed) continue;
    if (left > 0) {
      --left;
    } else if (!database->findings.empty()) {
      others_with_findings_.push_back(database.get());
    }
  }
  const auto worse = [](const Database* a, const Database* b) {
    if (a->findings.worst() != b->findings.worst()) {
      return a->findings.worst() < b->findings.worst();
    }
    return a->paths.database < b->paths.database;
  };
  auto& others = others_with_findings_;
  const auto last = others.begin() + static_cast<std::ptrdiff_t>(std::min(limit, others.size()));
  std::partial_sort(others.begin(), last, others.end(), worse);
  std::for_each(others.begin(), last, [](Database* database) { database->detailed = true; });
}

void SqliteMount::publish(SeriesTable& sink, Moment now) {
  SqliteMountReport& report = next_report_;
  report.verdicts.resize(databases_.size());
  std::size_t rows = 0;
  std::size_t i = 0;
  for (const auto& [path, database] : databases_) {
    if (!active(*database)) continue;
    SqliteVerdict& verdict = report.verdicts[i++];
    verdict.app = database->app;
    verdict.db = database->db;
    verdict.group = database->group;
    verdict.findings = database->findings;
    verdict.target = database->target;
    verdict.listed = database->listed;
    verdict.detailed = database->detailed;
    if (!database->detailed) continue;
    const SqliteLabels labels{database->app, database->db};
    const SqliteSubject subject{database->reading, database->history, database->objectives, now,
                                database->corrupt_copies};
    set_sqlite_metrics(labels, database->paths, subject, sink);
    set_sqlite_objectives(labels, database->objectives, sink);
    if (rows == report.rows.size()) report.rows.emplace_back();
    write_status(labels, database->paths, subject, database->findings, report.rows[rows++]);
  }
  report.verdicts.resize(i);
  report.rows.resize(rows);
  report.left_out = left_out_;
  report.outcome = outcome_;
  report.targets = plan_ ? plan_->targets : nullptr;
  MutexLock lock(mutex_);
  report.searched = search_ && search_->finished() && queue_.empty();
  std::swap(report_, report);
}

}  // namespace litewatch
