// Random lives of databases: after every step, what litewatch reads from the bytes must equal what
// SQLite's own pragmas say. LITEWATCH_SEED picks other lives, LITEWATCH_PROPERTY_STEPS longer ones.
#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "base/parse.h"
#include "catch.h"
#include "read/sqlite_database.h"
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : parse_u64(text).value_or(otherwise);
}

struct Setting {
  int page_size;
  std::string journal_mode;
  std::string locking_mode;

  bool wal() const { return journal_mode == "wal"; }
  bool exclusive() const { return locking_mode == "exclusive"; }
  /// Without a journal on disk a crash amidst a transaction loses data, and that is no news.
  bool survives_crashes() const { return journal_mode != "memory" && journal_mode != "off"; }
};

/// One database, the app that uses it, and what happens to it.
class Life {
 public:
  Life(const Setting& setting, std::uint64_t seed)
      : setting_(setting), random_(seed), path_(folder_.file("app.db")), paths_(path_) {
    start();
  }

  /// Does something at random; `done_` says what.
  void step() {
    using Deed = void (Life::*)();
    static constexpr std::array<Deed, 16> kDeeds = {
        &Life::create,         &Life::drop,        &Life::insert,     &Life::insert,
        &Life::update,         &Life::remove,      &Life::checkpoint, &Life::vacuum,
        &Life::auto_vacuum,    &Life::shrink,      &Life::versions,   &Life::reopen,
        &Life::autocheckpoint, &Life::change_mind, &Life::read_on,    &Life::crash};
    (this->*kDeeds[pick(kDeeds.size())])();
  }

  void check() {
    INFO("after: " << done_);
    const std::string read = as_read();
    REQUIRE(read == as_pragmas_say());
    REQUIRE(as_read() == read);  // asking has changed nothing
  }

  /// Frames were in the WAL at a check, and the header was stale there.
  static inline int stale_headers = 0;

 private:
  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  std::string table() { return "t" + std::to_string(pick(4)); }

  /// Does it or fails to (a table may be missing, a reader may be in the way).
  void run(const std::string& sql) {
    done_ = sql;
    child_->send("exec main " + sql);
  }

  void start() {
    child_ = std::make_unique<SqliteChild>();
    open();
  }

  void open() {
    child_->must("open main " + path_);
    child_->must("exec main PRAGMA locking_mode=" + setting_.locking_mode +
                 "; PRAGMA page_size=" + std::to_string(setting_.page_size) +
                 "; PRAGMA journal_mode=" + setting_.journal_mode +
                 "; PRAGMA synchronous=OFF; PRAGMA cache_size=10");
    if (!setting_.exclusive()) child_->must("open reader " + path_);
  }

  void create() {
    const std::string name = table();
    run("CREATE TABLE " + name + "(a, b); CREATE INDEX " + name + "_a ON " + name + "(a)");
  }
  void drop() { run("DROP TABLE " + table()); }
  void insert() {
    run("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c LIMIT " +
        std::to_string(1 + pick(60)) + ") INSERT INTO " + table() + " SELECT i, zeroblob(" +
        std::to_string(pick(3000)) + ") FROM c");
  }
  void update() {
    run("UPDATE " + table() + " SET b = zeroblob(" + std::to_string(pick(900)) + ")");
  }
  void remove() { run("DELETE FROM " + table() + " WHERE a % 5 < " + std::to_string(pick(6))); }
  void checkpoint() {
    static constexpr const char* kModes[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
    run(std::string("PRAGMA wal_checkpoint(") + kModes[pick(4)] + ")");
  }
  void vacuum() { run("VACUUM"); }
  void auto_vacuum() { run("PRAGMA auto_vacuum=" + std::to_string(pick(3)) + "; VACUUM"); }
  void shrink() { run("PRAGMA incremental_vacuum(" + std::to_string(pick(20)) + ")"); }
  void versions() {
    const auto number = static_cast<std::int32_t>(random_());
    run("PRAGMA " + std::string(pick(2) == 0 ? "user_version" : "application_id") + "=" +
        std::to_string(number));
  }
  void autocheckpoint() { run("PRAGMA wal_autocheckpoint=" + std::to_string(pick(2) * 10)); }
  void change_mind() {
    run("BEGIN; UPDATE " + table() + " SET b = zeroblob(2000); PRAGMA user_version=77; ROLLBACK");
    child_->send("exec main ROLLBACK");  // where the UPDATE failed
  }
  void reopen() {
    child_->send("close reader");
    child_->must("close main");
    open();
    done_ = "reopen";
  }
  /// A reader that stays where it is: checkpoints stop at it. Elsewhere it would only be in the
  /// way.
  void read_on() {
    if (setting_.exclusive() || !setting_.wal()) return;
    done_ = pick(2) == 0 ? "step reader SELECT * FROM " + table() : "reset reader";
    child_->send(done_);
  }
  /// Dies, in a WAL perhaps with pages of a transaction written that was never committed. The
  /// reading comes before anybody recovers it.
  void crash() {
    if (!setting_.survives_crashes()) return;
    if (setting_.wal() && pick(2) == 0) {
      child_->send("exec main BEGIN; UPDATE " + table() + " SET b = zeroblob(2500)");
    }
    child_->kill9();
    done_ = "crash";
    const std::string read = as_read();
    start();
    REQUIRE(read == as_pragmas_say());
  }

  std::string as_read() {
    const auto reading = read_sqlite_database(paths_, SqliteReadOptions());
    REQUIRE(reading.ok());
    for (const auto& error : reading->errors) {
      if (error) FAIL(error->message());
    }
    if (reading->content == SqliteContent::kEmpty) return "0|0|0|0|0|rollback";
    REQUIRE(reading->content == SqliteContent::kDatabase);
    REQUIRE(reading->header.has_value());
    const SqliteHeader& now = *reading->header;
    const SqliteHeader& main = *reading->main_header;
    if (now.pages != main.pages || now.user_version != main.user_version) ++stale_headers;
    return std::to_string(reading->pages()) + "|" + std::to_string(now.freelist_pages) + "|" +
           std::to_string(now.user_version) + "|" + std::to_string(now.schema_cookie) + "|" +
           std::to_string(now.application_id) + "|" + (reading->wal_mode ? "wal" : "rollback");
  }

  std::string as_pragmas_say() {
    const std::string numbers = child_->must(
        "query main SELECT * FROM pragma_page_count, pragma_freelist_count, pragma_user_version, "
        "pragma_schema_version, pragma_application_id");
    const std::string mode = child_->must("query main PRAGMA journal_mode");
    return numbers + (mode == "wal" ? "|wal" : "|rollback");
  }

  const Setting setting_;
  std::mt19937_64 random_;
  TempDir folder_;
  const std::string path_;
  const SqlitePaths paths_;
  std::unique_ptr<SqliteChild> child_;
  std::string done_ = "start";
};

void live(const Setting& setting, std::uint64_t seed, std::uint64_t steps) {
  CAPTURE(setting.page_size, setting.journal_mode, setting.locking_mode, seed);
  Life life(setting, seed);
  for (std::uint64_t step = 0; step < steps; ++step) {
    CAPTURE(step);
    life.step();
    life.check();
  }
}

}  // namespace

TEST_CASE("sqlite_database: any life of a database -> what the pragmas say") {
  std::uint64_t seed = from_environment("LITEWATCH_SEED", 1);
  const std::uint64_t steps = from_environment("LITEWATCH_PROPERTY_STEPS", 60);
  Life::stale_headers = 0;
  for (const int page_size : {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536}) {
    for (const char* journal : {"delete", "truncate", "persist", "memory", "off", "wal"}) {
      for (const char* locking : {"normal", "exclusive"}) {
        live(Setting{page_size, journal, locking}, seed++, steps);
      }
    }
  }
  // The test would prove little if the main file's header had been right all along.
  CHECK(Life::stale_headers > 20);
}
