#include "read/sqlite_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "sqlite_reading.h"

using namespace litewatch;

namespace {

ErrorKind kind_of(const std::string& path) {
  const auto reading = read_sqlite_database(SqlitePaths(path), SqliteReadOptions());
  REQUIRE_FALSE(reading.ok());
  CHECK(reading.error().path == path);
  return reading.error().kind;
}

SqliteReading read_bytes(std::string_view bytes) {
  TempDir folder;
  write_file(folder.file("app.db"), bytes);
  return read_database(folder.file("app.db"));
}

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint64_t state = 1;
  for (char& c : text) {
    state = state * 6364136223846793005 + 1442695040888963407;
    c = static_cast<char>(state >> 56);
  }
  return text;
}

}  // namespace

TEST_CASE("SqlitePaths: with and without a folder -> the sidecars beside it") {
  const SqlitePaths paths("/data/app.db");
  CHECK(paths.wal == "/data/app.db-wal");
  CHECK(paths.shm == "/data/app.db-shm");
  CHECK(paths.journal == "/data/app.db-journal");
  CHECK(paths.litestream == "/data/.app.db-litestream");
  CHECK(SqlitePaths("app.db").litestream == ".app.db-litestream");
}

TEST_CASE("read_sqlite_database: absent, its folder too, below a file -> exists is false") {
  TempDir folder;
  CHECK_FALSE(read_database(folder.file("app.db")).exists);
  CHECK_FALSE(read_database(folder.file("no/app.db")).exists);
  write_file(folder.file("file"), "x");
  CHECK_FALSE(read_database(folder.file("file/app.db")).exists);
}

TEST_CASE("read_sqlite_database: 0 bytes -> empty, no error") {
  const SqliteReading reading = read_bytes("");
  CHECK(reading.exists);
  CHECK(reading.content == SqliteContent::kEmpty);
  CHECK_FALSE(reading.header.has_value());
  CHECK(reading.pages() == 0);
  CHECK_FALSE(failed(reading));
}

TEST_CASE("read_sqlite_database: 1 byte, text, zeros -> not a database") {
  CHECK(read_bytes("S").content == SqliteContent::kNotADatabase);
  CHECK(read_bytes("id,name\n1,x\n").content == SqliteContent::kNotADatabase);
  CHECK(read_bytes(std::string(8192, '\0')).content == SqliteContent::kNotADatabase);
  CHECK_FALSE(failed(read_bytes("S")));
}

TEST_CASE("read_sqlite_database: truncated or impossible header -> malformed, and says why") {
  const std::string sound = sqlite_header_bytes().text();
  for (const std::string& bytes : {sound.substr(0, 50), sound.substr(0, 99),
                                   sqlite_header_bytes().put_be16(16, 1000).text()}) {
    const SqliteReading reading = read_bytes(bytes);
    CHECK(reading.content == SqliteContent::kMalformed);
    CHECK_FALSE(reading.main_header.has_value());
    CHECK_FALSE(reading.header.has_value());
    REQUIRE(error_of(reading, SqliteOp::kDatabase).has_value());
    CHECK(error_of(reading, SqliteOp::kDatabase)->kind == ErrorKind::kMalformed);
    CHECK_FALSE(error_of(reading, SqliteOp::kDatabase)->path.empty());
  }
}

TEST_CASE("read_sqlite_database: a later format -> unsupported") {
  const SqliteReading reading = read_bytes(sqlite_header_bytes().put_bytes(18, "\x03\x03").text());
  CHECK(reading.content == SqliteContent::kMalformed);
  CHECK(error_of(reading, SqliteOp::kDatabase)->kind == ErrorKind::kUnsupported);
}

TEST_CASE("read_sqlite_database: a folder, a FIFO, a socket's place -> unsupported, at once") {
  TempDir folder;
  CHECK(kind_of(folder.path()) == ErrorKind::kUnsupported);
  REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  CHECK(kind_of(folder.file("fifo")) == ErrorKind::kUnsupported);
  CHECK(kind_of("/dev/null") == ErrorKind::kUnsupported);
}

TEST_CASE("read_sqlite_database: page count not vouched for -> from the file's size") {
  // A writer older than 3.7.0 leaves the fields alone.
  auto bytes = sqlite_header_bytes().put_be32(92, 1).resize(4096 * 3 + 100);
  CHECK(read_bytes(bytes.text()).pages() == 3);
  CHECK(read_bytes(sqlite_header_bytes().put_be32(28, 0).resize(4096 * 5).text()).pages() == 5);
  CHECK(read_bytes(sqlite_header_bytes().put_be32(28, 0xfffffffe).text()).pages() == 0xfffffffe);
}

TEST_CASE("read_sqlite_database: noise -> encrypted; no sidecars -> rollback mode") {
  const SqliteReading reading = read_bytes(noise(8192));
  CHECK(reading.content == SqliteContent::kEncrypted);
  CHECK_FALSE(reading.wal_mode);
  CHECK_FALSE(reading.header.has_value());
  CHECK(reading.pages() == 0);
  CHECK_FALSE(failed(reading));
}

TEST_CASE("read_sqlite_database: encrypted, with a WAL -> what its frames and index say") {
  // SQLCipher encrypts pages only: the WAL of a plain database beside noise is just like it.
  WatchedApp app(
      "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a); "
      "INSERT INTO t VALUES(zeroblob(9000))");
  TempDir folder;
  const std::string copy = folder.file("app.db");
  const SqliteReading original = app.read();
  write_file(copy, noise(8192));
  std::filesystem::copy_file(app.path + "-wal", copy + "-wal");

  const SqliteReading alone = read_database(copy);
  CHECK(alone.content == SqliteContent::kEncrypted);
  CHECK(alone.wal_mode);
  CHECK(alone.wal_frames() == original.wal_frames());
  CHECK(alone.pages() == original.pages());
  CHECK(alone.page_size_bytes() == 4096);
  CHECK_FALSE(alone.header.has_value());
  CHECK_FALSE(failed(alone));

  std::filesystem::copy_file(app.path + "-shm", copy + "-shm");
  const Fd holder(::open((copy + "-shm").c_str(), O_RDWR | O_CLOEXEC));
  struct flock lock = {};
  lock.l_type = F_RDLCK;
  lock.l_start = 128;
  lock.l_len = 1;
  REQUIRE(::fcntl(holder.get(), F_OFD_SETLK, &lock) == 0);  // as if an app had it open
  const SqliteReading open = read_database(copy);
  CHECK(open.wal_index_in_use());
  CHECK(open.wal_frames() == original.wal_frames());
  CHECK(open.pages() == original.pages());
  CHECK_FALSE(open.header.has_value());
}

TEST_CASE("read_sqlite_database: what stat says -> the facts") {
  WatchedApp app("CREATE TABLE t(a)");
  struct stat st;
  REQUIRE(::stat(app.path.c_str(), &st) == 0);
  REQUIRE(::link(app.path.c_str(), app.folder.file("other.db").c_str()) == 0);
  REQUIRE(::chown(app.path.c_str(), 1234, 5678) == 0);
  const SqliteReading reading = app.read();
  CHECK(reading.file.device == st.st_dev);
  CHECK(reading.file.inode == st.st_ino);
  CHECK(reading.file.size_bytes == 8192);
  CHECK(reading.file.allocated_bytes == static_cast<std::uint64_t>(st.st_blocks) * 512);
  CHECK(reading.file.modified_s == Approx(static_cast<double>(st.st_mtime)).margin(1));
  CHECK(reading.file.uid == 1234);
  CHECK(reading.file.gid == 5678);
  CHECK(reading.file.links == 2);
  REQUIRE(reading.filesystem.has_value());
  CHECK(reading.filesystem->total_bytes > 0);
}

TEST_CASE("read_sqlite_database: Litestream's folder beside it -> litestream") {
  WatchedApp app("CREATE TABLE t(a)");
  CHECK_FALSE(app.read().litestream);
  std::filesystem::create_directory(app.folder.file(".app.db-litestream"));
  CHECK(app.read().litestream);
}

TEST_CASE("read_sqlite_database: rollback mode, idle and writing -> header and locks") {
  WatchedApp app("CREATE TABLE t(a); PRAGMA user_version=5");
  SqliteReading reading = app.read();
  CHECK(reading.content == SqliteContent::kDatabase);
  CHECK_FALSE(reading.wal_mode);
  CHECK(reading.header->user_version == 5);
  CHECK(reading.header->writer_version == std::stoul(app.child.must("version")));
  CHECK(reading.pages() == 2);
  REQUIRE(reading.locks.has_value());
  CHECK_FALSE(reading.locks->reserved.held());
  CHECK_FALSE(reading.journal_file.has_value());
  app.exec("BEGIN IMMEDIATE");
  CHECK(app.read().locks->reserved.held());
}

TEST_CASE("read_sqlite_locks: absent, rollback, WAL -> what there is") {
  TempDir folder;
  const auto absent = read_sqlite_locks(SqlitePaths(folder.file("app.db")));
  REQUIRE(absent.ok());
  CHECK_FALSE(absent->database.has_value());
  WatchedApp app("CREATE TABLE t(a)");
  const SqlitePaths paths(app.path);
  CHECK(read_sqlite_locks(paths)->database.has_value());
  CHECK_FALSE(read_sqlite_locks(paths)->wal_index.has_value());
  app.exec("PRAGMA journal_mode=WAL; BEGIN IMMEDIATE");
  const auto wal = read_sqlite_locks(paths);
  REQUIRE(wal.ok());
  CHECK(wal->database->shared.held());
  CHECK(wal->wal_index->write.held());
  CHECK(read_sqlite_locks(SqlitePaths(folder.path())).error().kind == ErrorKind::kUnsupported);
}

TEST_CASE("to_string(SqliteOp): every step -> its own word") {
  CHECK(to_string(SqliteOp::kDatabase) == "database");
  CHECK(to_string(SqliteOp::kWal) == "wal");
  CHECK(to_string(SqliteOp::kWalIndex) == "wal_index");
  CHECK(to_string(SqliteOp::kJournal) == "journal");
  CHECK(to_string(SqliteOp::kLocks) == "locks");
}
