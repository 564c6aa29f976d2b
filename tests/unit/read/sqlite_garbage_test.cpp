// Garbage in every byte of every header, beside an otherwise sound database: the reading ends, its
// numbers stay within what the files can hold, and every finding can be told.
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "catch.h"
#include "read/sqlite_findings.h"
#include "sqlite_reading.h"

namespace litewatch {
namespace {

constexpr unsigned char kGarbage[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

void check_sane(const std::string& path) {
  SqliteHistory history;
  const SqliteObjectives objectives;
  Result<SqliteReading> reading = read_sqlite_database(SqlitePaths(path), SqliteReadOptions());
  REQUIRE(reading.ok());
  history.observe(*reading, {1, 1});
  history.observe(*reading, {2, 2});
  if (reading->header) {
    const std::uint32_t page_size = reading->header->page_size_bytes;
    CHECK((page_size >= 512 && page_size <= 65536 && (page_size & (page_size - 1)) == 0));
  }
  CHECK(reader_slots_in_use(*reading) <= WalIndex::kReaders);
  CHECK(pinned_frames(*reading) <= reading->wal_frames());
  const SqliteSubject subject{reading, history, objectives, {2, 2}};
  const SqliteFindings findings = find(subject);
  for (std::size_t i = 0; i < kSqliteFindingCount; ++i) {
    const auto finding = static_cast<SqliteFinding>(i);
    if (!findings.has(finding)) continue;
    std::string why;
    explain(finding, subject, why);
    CHECK_FALSE(why.empty());
  }
}

/// Puts each kind of garbage into each of the first bytes of a file, one at a time.
void spoil_each_byte(const std::string& database, const std::string& file, std::size_t bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  for (std::size_t at = 0; at < bytes; ++at) {
    stream.seekg(static_cast<std::streamoff>(at));
    const int sound = stream.get();
    INFO(file << " byte " << at);
    REQUIRE(sound != EOF);
    const auto put = [&](int byte) {
      stream.seekp(static_cast<std::streamoff>(at));
      stream.put(static_cast<char>(byte)).flush();
    };
    for (const unsigned char garbage : kGarbage) {
      put(garbage);
      check_sane(database);
    }
    put(sound);
  }
}

/// Copies what a killed app has left behind, so that nothing of it changes meanwhile.
std::string copy_of(const WatchedApp& app, const TempDir& folder) {
  for (const std::string suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string from = app.path + suffix;
    if (std::filesystem::exists(from)) {
      std::filesystem::copy_file(from, folder.file("copy.db" + suffix));
    }
  }
  return folder.file("copy.db");
}

}  // namespace

TEST_CASE("sqlite_database: garbage in any header byte in WAL mode -> sane, and told") {
  TempDir folder;
  WatchedApp app("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  const std::string path = copy_of(app, folder);
  spoil_each_byte(path, path, SqliteHeader::kSize);
  spoil_each_byte(path, path + "-wal", WalHeader::kSize + WalFrame::kHeaderSize);
  // Somebody must have the wal-index open for it to count.
  SqliteChild holder;
  holder.must("lock " + path + "-shm 128 1 read");
  spoil_each_byte(path, path + "-shm", WalIndex::kHeaderSize);
}

TEST_CASE("sqlite_database: garbage in any journal byte -> sane, and told") {
  TempDir folder;
  WatchedApp app("PRAGMA cache_size=5; CREATE TABLE t(a)");
  app.exec(
      "INSERT INTO t WITH n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<500) "
      "SELECT randomblob(400) FROM n");
  app.exec("BEGIN; UPDATE t SET a = randomblob(400)");
  const std::string path = copy_of(app, folder);
  REQUIRE(std::filesystem::exists(path + "-journal"));
  spoil_each_byte(path, path, SqliteHeader::kSize);
  spoil_each_byte(path, path + "-journal", JournalHeader::kSize);
}

}  // namespace litewatch
