// The states of a rollback journal, made by a real SQLite.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "sqlite_reading.h"

using namespace litewatch;

namespace {

constexpr const char* kRows =
    "CREATE TABLE t(a, b); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c LIMIT 500) "
    "INSERT INTO t SELECT i, zeroblob(500) FROM c";

/// An app that died amidst a transaction too large for its cache.
struct CrashedApp : WatchedApp {
  CrashedApp() : WatchedApp(kRows) {
    exec("PRAGMA synchronous=NORMAL; PRAGMA cache_size=5");
    exec("BEGIN; UPDATE t SET b = zeroblob(501)");
    child.kill9();
  }
};

void append_super_journal(const std::string& journal, const std::string& name) {
  Bytes bytes;
  bytes.put_be32(0, 1).put_bytes(4, name).put_be32(4 + name.size(), 0);
  std::uint32_t sum = 0;
  for (const char c : name) sum += static_cast<std::uint32_t>(c);
  bytes.put_be32(4 + name.size(), static_cast<std::uint32_t>(name.size()));
  bytes.put_be32(8 + name.size(), sum);
  bytes.put_bytes(12 + name.size(), "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
  std::ofstream(journal, std::ios::binary | std::ios::app) << bytes.text();
}

}  // namespace

TEST_CASE("journal states: killed amidst a transaction -> a hot journal, nobody holds RESERVED") {
  const CrashedApp app;
  const SqliteReading reading = app.read();
  REQUIRE(reading.journal_file.has_value());
  CHECK(reading.journal_file->size_bytes > 512);
  REQUIRE(reading.journal_header.has_value());
  CHECK(reading.journal_header->magic_valid);
  CHECK_FALSE(reading.journal_header->first_byte_zero());
  CHECK(reading.journal_header->page_size_bytes == 4096);
  CHECK(reading.journal_stable);
  CHECK_FALSE(reading.super_journal_missing);
  CHECK_FALSE(reading.locks->reserved.held());
  CHECK_FALSE(failed(reading));
}

TEST_CASE("journal states: amidst a transaction, app alive -> RESERVED is held") {
  WatchedApp app(kRows);
  app.exec("PRAGMA cache_size=5; BEGIN; UPDATE t SET b = zeroblob(501)");
  const SqliteReading reading = app.read();
  CHECK(reading.journal_header.has_value());
  CHECK(reading.locks->reserved.held());
}

TEST_CASE("journal states: idle PERSIST, TRUNCATE, DELETE, MEMORY journals -> none that counts") {
  WatchedApp app(kRows);
  app.exec("PRAGMA journal_mode=PERSIST; UPDATE t SET a = a + 1");
  SqliteReading reading = app.read();
  REQUIRE(reading.journal_header.has_value());
  CHECK(reading.journal_header->first_byte_zero());
  CHECK_FALSE(reading.journal_header->magic_valid);

  app.exec("PRAGMA journal_mode=TRUNCATE; UPDATE t SET a = a + 1");
  reading = app.read();
  REQUIRE(reading.journal_file.has_value());
  CHECK(reading.journal_file->size_bytes == 0);
  CHECK_FALSE(reading.journal_header.has_value());
  CHECK_FALSE(failed(reading));

  app.exec("PRAGMA journal_mode=DELETE; UPDATE t SET a = a + 1");
  CHECK_FALSE(app.read().journal_file.has_value());
  app.exec("PRAGMA journal_mode=MEMORY; BEGIN; UPDATE t SET a = a + 1");
  CHECK_FALSE(app.read().journal_file.has_value());
}

TEST_CASE("journal states: names a super-journal -> missing only if it is nowhere") {
  const CrashedApp app;
  append_super_journal(app.path + "-journal", "/as/the/app/sees/it/app.db-mj01");
  CHECK(app.read().super_journal_missing);
  write_file(app.folder.file("app.db-mj01"), "");  // where we see that folder
  CHECK_FALSE(app.read().super_journal_missing);
}

TEST_CASE("journal states: names a super-journal by its full path, which is there -> not missing") {
  const CrashedApp app;
  TempDir elsewhere;
  write_file(elsewhere.file("main.db-mj02"), "");
  append_super_journal(app.path + "-journal", elsewhere.file("main.db-mj02"));
  CHECK_FALSE(app.read().super_journal_missing);
}

TEST_CASE("journal states: a relative name -> nothing is claimed") {
  const CrashedApp app;
  append_super_journal(app.path + "-journal", "gone.db-mj03");
  CHECK_FALSE(app.read().super_journal_missing);
}

TEST_CASE("journal states: truncated journal, empty database -> no header, no fault") {
  const CrashedApp app;
  REQUIRE(::truncate((app.path + "-journal").c_str(), 27) == 0);
  const SqliteReading reading = app.read();
  CHECK_FALSE(reading.journal_header.has_value());
  CHECK(reading.journal_file->size_bytes == 27);
  CHECK_FALSE(failed(reading));
  REQUIRE(::truncate(app.path.c_str(), 0) == 0);
  CHECK(app.read().content == SqliteContent::kEmpty);
}

TEST_CASE("journal states: a folder or a FIFO in its place -> unsupported, the rest is read") {
  WatchedApp app("CREATE TABLE t(a)");
  REQUIRE(::mkfifo((app.path + "-journal").c_str(), 0600) == 0);
  SqliteReading reading = app.read();
  CHECK(error_of(reading, SqliteOp::kJournal)->kind == ErrorKind::kUnsupported);
  CHECK(reading.header.has_value());
  CHECK(reading.locks.has_value());
  REQUIRE(::unlink((app.path + "-journal").c_str()) == 0);
  REQUIRE(::mkdir((app.path + "-journal").c_str(), 0700) == 0);
  reading = app.read();
  CHECK(error_of(reading, SqliteOp::kJournal)->kind == ErrorKind::kUnsupported);
  CHECK_FALSE(reading.journal_file.has_value());
}
