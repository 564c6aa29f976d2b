#include <cmath>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "catch.h"
#include "scene.h"

namespace litewatch {
namespace {

constexpr int kFrame_bytes = 4096 + 24;

/// A process that reads from one snapshot until reset() or its end.
class Reader {
 public:
  explicit Reader(const std::string& path) {
    child_.must("open " + path);
    begin();
  }
  void begin() { child_.must("step SELECT * FROM t, (SELECT 1 UNION SELECT 2)"); }
  void reset() { child_.must("reset"); }

 private:
  SqliteChild child_;
};

}  // namespace

TEST_CASE("wal: an open reader while others commit -> frames are pinned and its age grows") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert();
  Reader reader(scene.path());
  scene.scrape();
  CHECK(scene.of("sqlite_wal_reader_slots_in_use") == 1);
  CHECK(scene.of("sqlite_wal_pinned_frames") == 0);
  pause_ms(20);

  app.insert(5);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_pinned_frames") == 5);
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") == 0);  // it pins nothing before this
  double age_s = 0;
  for (int i = 0; i < 3; ++i) {
    pause_ms(10);
    scene.scrape();
    CHECK(scene.of("sqlite_wal_oldest_reader_seconds") >= age_s + 0.01);
    age_s = scene.of("sqlite_wal_oldest_reader_seconds");
  }
  // busy (nobody waits), frames, backfilled
  CHECK(app.query("PRAGMA wal_checkpoint(PASSIVE)") == "0|8|3");
  scene.scrape();
  CHECK(scene.of("sqlite_wal_frames") == 8);
  CHECK(scene.of("sqlite_wal_backfilled_frames") == 3);
  CHECK(scene.of("sqlite_wal_checkpoint_lag_bytes") == 5 * kFrame_bytes);
  CHECK(scene.of("sqlite_wal_live_bytes") == 32 + 8 * kFrame_bytes);
  CHECK(scene.of("sqlite_wal_size_bytes") == 32 + 8 * kFrame_bytes);

  reader.reset();
  reader.begin();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_reader_slots_in_use") == 1);
  CHECK(scene.of("sqlite_wal_pinned_frames") == 0);
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") == 0);
  app.insert(2);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_pinned_frames") == 2);
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") == 0);  // another snapshot, another age
}

TEST_CASE("wal: one short reader after the other on the same frames -> none of them is old") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert();
  auto first = std::make_unique<Reader>(scene.path());
  scene.scrape();
  first.reset();  // ends
  pause_ms(20);
  Reader second(scene.path());
  app.insert();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_pinned_frames") == 1);
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") == 0);
}

TEST_CASE("wal: six readers between commits -> four marks, the oldest one pins") {
  Scene scene;
  App app(scene.path(), "wal");
  app.exec("PRAGMA wal_autocheckpoint=0");
  app.insert(4);  // 6 frames with the two of the table
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 6; ++i) {
    readers.push_back(std::make_unique<Reader>(scene.path()));
    app.insert(4);
  }
  scene.scrape();
  CHECK(scene.of("sqlite_wal_reader_slots_in_use") == 4);
  CHECK(scene.of("sqlite_wal_pinned_frames") == 30 - 6);
  CHECK(app.query("PRAGMA wal_checkpoint(PASSIVE)") == "0|30|6");
  pause_ms(10);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") >= 0.01);

  readers[0]->reset();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_pinned_frames") == 30 - 10);
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") >= 0.01);  // seen from the first look on
  for (const auto& reader : readers) reader->reset();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_reader_slots_in_use") == 0);
  CHECK(scene.of("sqlite_wal_pinned_frames") == 0);
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") == 0);
}

TEST_CASE("wal: a reader of the database alone -> nothing at all can be copied") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert();
  app.exec("PRAGMA wal_checkpoint(PASSIVE)");
  Reader reader(scene.path());
  scene.scrape();
  CHECK(scene.lock("read0") == 1);
  CHECK(scene.of("sqlite_wal_pinned_frames") == 0);
  app.insert(5);
  CHECK(app.query("PRAGMA wal_checkpoint(PASSIVE)") == "0|5|0");
  scene.scrape();
  CHECK(scene.of("sqlite_wal_pinned_frames") == 5);
  CHECK(scene.of("sqlite_wal_reader_slots_in_use") == 1);
  pause_ms(10);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") >= 0.01);

  reader.reset();
  app.exec("PRAGMA wal_checkpoint(PASSIVE)");
  reader.begin();  // the same process, in the same slot
  app.insert(3);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_pinned_frames") == 3);
  CHECK(scene.of("sqlite_wal_oldest_reader_seconds") == 0);
}

TEST_CASE("wal: RESTART and TRUNCATE -> resets, frames and the last full checkpoint are counted") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_frames_written_total") == 0);
  CHECK_FALSE(scene.has("sqlite_wal_last_full_checkpoint_timestamp_seconds"));
  app.insert(3);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_frames_written_total") == 3);
  CHECK(scene.of("sqlite_wal_frames_backfilled_total") == 0);

  const double before_s = unix_s();
  CHECK(app.query("PRAGMA wal_checkpoint(RESTART)") == "0|6|6");
  scene.scrape();
  CHECK(scene.of("sqlite_wal_frames_backfilled_total") == 6);
  CHECK(scene.of("sqlite_wal_last_full_checkpoint_timestamp_seconds") >= before_s);
  CHECK(scene.of("sqlite_wal_last_full_checkpoint_timestamp_seconds") <= unix_s());
  CHECK(scene.of("sqlite_wal_resets_total") == 0);  // it begins anew with the next commit

  app.insert();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_resets_total") == 1);
  CHECK(scene.of("sqlite_wal_frames") == 1);
  CHECK(scene.of("sqlite_wal_live_bytes") == 32 + kFrame_bytes);
  CHECK(scene.of("sqlite_wal_size_bytes") == 32 + 6 * kFrame_bytes);  // a high-water mark
  CHECK(scene.of("sqlite_wal_frames_written_total") == 4);
  CHECK(scene.of("sqlite_wal_frames_backfilled_total") == 6);

  app.insert(2);
  app.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const double truncated_s = unix_s();
  scene.scrape();
  CHECK(scene.of("sqlite_wal_resets_total") == 2);
  CHECK(scene.of("sqlite_wal_size_bytes") == 0);
  CHECK(scene.of("sqlite_wal_live_bytes") == 0);
  CHECK(scene.of("sqlite_wal_frames_backfilled_total") == 7);  // seen: one of three
  CHECK(scene.of("sqlite_wal_last_full_checkpoint_timestamp_seconds") >= truncated_s);
}

TEST_CASE("wal: emptied by one connection, begun by another with salts of its own -> one reset") {
  const bool look_between = GENERATE(false, true);
  Scene scene;
  App app(scene.path(), "wal");
  SqliteChild other;
  other.must("open " + scene.path());
  app.insert(3);
  scene.scrape();
  other.must("exec PRAGMA wal_checkpoint(TRUNCATE)");
  if (look_between) scene.scrape();
  app.insert(2);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_resets_total") == 1);
  CHECK(scene.of("sqlite_wal_frames_written_total") == 2);
  CHECK(scene.of("sqlite_wal_frames_backfilled_total") == 5);
  CHECK(scene.of("sqlite_write_transactions_total") == 2);
}

TEST_CASE("wal: garbage behind the last commit -> nothing changes") {
  Scene scene;
  auto app = std::make_unique<App>(scene.path(), "wal");
  app->insert(5);
  app->exec("PRAGMA wal_checkpoint(RESTART)");
  app->insert(2);
  const bool crashed = GENERATE(false, true);
  if (crashed) (*app)->kill9();
  scene.scrape();
  const auto values = [&] {
    std::string all;
    for (const auto& [series, value] : scene.watch().all_series()) {
      const bool ours = series.find("db=\"db\"") != std::string::npos;
      const bool moves = series.find("timestamp") != std::string::npos ||
                         series.find("wal_size_bytes") != std::string::npos ||
                         series.find("filesystem") != std::string::npos;
      if (ours && !moves) all += series + " " + std::to_string(value) + "\n";
    }
    return all;
  };
  const auto before = values();
  CHECK(scene.of("sqlite_wal_frames") == 2);
  CHECK(before.find("sqlite_database_pages") != std::string::npos);

  const std::string wal = scene.path() + "-wal";
  const std::string flipped(1, static_cast<char>(~read_file(wal)[32 + 2 * kFrame_bytes + 3]));
  poke(wal, 32 + 2 * kFrame_bytes + 3, flipped);  // in a frame of the WAL before
  scene.scrape();
  CHECK(values() == before);
  poke(wal, read_file(wal).size(), std::string(24 + 2048, '\x55'));  // half a frame
  scene.scrape();
  CHECK(values() == before);
}

TEST_CASE("wal: pages of 64 KiB -> sizes count them") {
  Scene scene;
  App app(scene.path(), "wal", "PRAGMA page_size=65536");
  app.insert(3);
  scene.scrape();
  CHECK(scene.of("sqlite_page_size_bytes") == 65536);
  CHECK(scene.of("sqlite_wal_frames") == 5);
  CHECK(scene.of("sqlite_wal_live_bytes") == 32 + 5 * (65536 + 24));
  CHECK(scene.of("sqlite_wal_checkpoint_lag_bytes") == 5 * (65536 + 24));
  CHECK(std::to_string(static_cast<int>(scene.of("sqlite_database_pages"))) ==
        app.query("PRAGMA page_count"));
}

TEST_CASE("wal: more attempted than noted and nobody at it -> the checkpoint was interrupted") {
  Scene scene;
  App app(scene.path(), "wal");
  app.insert(4);
  scene.scrape();
  CHECK(scene.of("sqlite_wal_checkpoint_interrupted") == 0);
  poke_native32(scene.path() + "-shm", 128, 3);  // nBackfillAttempted
  scene.scrape();
  CHECK(scene.of("sqlite_wal_checkpoint_interrupted") == 1);
  CHECK(scene.found("checkpoint_interrupted"));
  app.exec("PRAGMA wal_checkpoint(PASSIVE)");
  scene.scrape();
  CHECK(scene.of("sqlite_wal_checkpoint_interrupted") == 0);
}

TEST_CASE("wal: not in WAL mode -> its families are absent") {
  Scene scene;
  App app(scene.path(), "delete");
  scene.scrape();
  for (const char* metric : {"sqlite_wal_size_bytes", "sqlite_wal_frames", "sqlite_wal_live_bytes",
                             "sqlite_wal_resets_total", "sqlite_wal_pinned_frames"}) {
    CHECK_FALSE(scene.has(metric));
  }
}

}  // namespace litewatch
