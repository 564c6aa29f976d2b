#include "scene.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "catch.h"

namespace litewatch {
namespace {

constexpr double kPatience_s = 20;  // what never comes near this in a test that passes

std::map<std::string, double> parse_series(std::string_view page) {
  std::map<std::string, double> series;
  while (!page.empty()) {
    const std::string line(page.substr(0, page.find('\n')));
    page.remove_prefix(line.size() + 1);
    const std::size_t blank = line.rfind(' ');
    if (!line.starts_with("#")) series[line.substr(0, blank)] = std::atof(&line[blank + 1]);
  }
  return series;
}

std::string series_text(std::string_view db, std::string_view metric, std::string_view more) {
  std::string text(metric);
  text.append("{app=\"app\",db=\"").append(db).append("\"");
  if (!more.empty()) text.append(",").append(more);
  return text + "}";
}

}  // namespace

Watch::Watch(SqliteFleet::Options options) {
  spdlog::set_level(spdlog::level::off);
  runner_.add_summary(fleet_);
  fleet_.configure(std::move(options));
}

Watch::~Watch() { runner_.stop(monotonic_s() + kPatience_s); }

void Watch::scrape() {
  do {
    scrape_once();
  } while (fleet_.searching());
}

void Watch::scrape_once() {
  // Alarms want two looks that are not the same moment.
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  published_ = runner_.collect(monotonic_s() + kPatience_s);
  page_ = published_->body(Format::kText);
  series_ = parse_series(page_);
}

double Watch::series(const std::string& text) const {
  const auto found = series_.find(text);
  return found == series_.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

double Watch::of(std::string_view db, std::string_view metric, std::string_view more) const {
  return series(series_text(db, metric, more));
}

bool Watch::has(std::string_view db, std::string_view metric, std::string_view more) const {
  return has_series(series_text(db, metric, more));
}

double Watch::unhealthy(std::string_view reason) const {
  return series("sqlite_databases_unhealthy{reason=\"" + std::string(reason) + "\"}");
}

const StatusRow* Watch::find_row(std::string_view db) const {
  for (const auto& fragment : published_->fragments()) {
    if (!fragment) continue;
    for (const StatusRow& row : fragment->status) {
      if (row.name == db) return &row;
    }
  }
  return nullptr;
}

const StatusRow& Watch::row(std::string_view db) const {
  const StatusRow* const found = find_row(db);
  if (found == nullptr) throw std::runtime_error("no status row of " + std::string(db));
  return *found;
}

bool Watch::has_row(std::string_view db) const { return find_row(db) != nullptr; }

SqliteTarget file_target(const std::string& name, const std::string& path) {
  SqliteTarget target;
  target.path = path;
  target.literal = true;
  target.name = name;
  target.app = "app";
  target.objectives = Scene::no_objectives();
  return target;
}

SqliteLimits quiet_limits() {
  SqliteLimits limits;
  limits.lock_samples_per_s = 0;
  limits.rescan_interval_s = 1e6;
  return limits;
}

SqliteObjectives Scene::no_objectives() {
  SqliteObjectives objectives;
  objectives.filesystem_avail_bytes = 0;
  return objectives;
}

Scene::Scene(SqliteObjectives objectives, SqliteLimits limits) {
  for (const std::string name : {"wal", "delete"}) {
    twins_.must("open " + name + " " + file("twin-" + name + ".db"));
    twins_.must("exec " + name + " PRAGMA journal_mode=" + name +
                "; PRAGMA synchronous=OFF; CREATE TABLE t(a)");
  }
  SqliteFleet::Options options;
  options.limits = limits;
  options.targets = {file_target("db", path()), file_target("twin-wal", file("twin-wal.db")),
                     file_target("twin-delete", file("twin-delete.db"))};
  options.targets[0].objectives = objectives;
  watch_ = std::make_unique<Watch>(std::move(options));
}

void Scene::scrape() {
  for (const std::string name : {"wal", "delete"}) {
    twins_.must("exec " + name + " INSERT INTO t VALUES(1)");
  }
  watch_->scrape();
  check_twin("twin-wal");
  check_twin("twin-delete");
}

/// A healthy twin shows none of the states that a test makes.
void Scene::check_twin(std::string_view name) const {
  INFO(name);
  const auto twin = [&](std::string_view metric, std::string_view more = "") {
    return watch_->of(name, metric, more);
  };
  for (const std::string_view metric :
       {"sqlite_posix_locks_lost", "sqlite_sidecar_missing", "sqlite_sidecar_owner_mismatch",
        "sqlite_recovery_pending", "sqlite_hot_journal", "sqlite_file_truncated",
        "sqlite_file_misaligned", "sqlite_exclusive_mode", "sqlite_write_lock_held_seconds",
        "sqlite_encrypted", "sqlite_corrupt_copies", "sqlite_file_replaced_total",
        "sqlite_journal_size_bytes"}) {
    INFO(metric);
    CHECK(twin(metric) == 0);
  }
  if (name == "twin-wal") {
    for (const std::string_view metric :
         {"sqlite_wal_index_inconsistent", "sqlite_wal_pinned_frames",
          "sqlite_wal_oldest_reader_seconds", "sqlite_wal_reader_slots_in_use",
          "sqlite_wal_checkpoint_interrupted"}) {
      INFO(metric);
      CHECK(twin(metric) == 0);
    }
    CHECK(twin("sqlite_database_open") == 1);
  }
  CHECK(twin("sqlite_up") == 1);
  CHECK(twin("sqlite_header_valid") == 1);
  CHECK(twin("sqlite_file_hard_links") == 1);
  CHECK(twin("sqlite_lock_held", "lock=\"write\"") == 0);
  for (const std::string_view op : {"database", "wal", "wal_index", "journal", "locks"}) {
    INFO(op);
    CHECK(twin("sqlite_read_errors_total", "op=\"" + std::string(op) + "\"") == 0);
  }
}

App::App(const std::string& path, const std::string& journal_mode, const std::string& first) {
  child_.must("open " + path);
  if (!first.empty()) exec(first);
  exec("PRAGMA journal_mode=" + journal_mode);
  // Quicker. In rollback mode it would change what stands in a journal, and when.
  if (journal_mode == "wal") exec("PRAGMA synchronous=OFF");
  exec("CREATE TABLE IF NOT EXISTS t(a)");
}

void App::insert(int transactions) {
  for (int i = 0; i < transactions; ++i) exec("INSERT INTO t VALUES(1)");
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void remove_file(const std::string& path) { std::filesystem::remove(path); }

void poke(const std::string& path, std::uint64_t offset, std::string_view bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot poke " + path);
}

void poke_native32(const std::string& path, std::uint64_t offset, std::uint32_t value) {
  poke(path, offset, std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
}

std::string be32(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

void pause_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace litewatch
