#include "read/sqlite_database.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
#include "read/sqlite_current_header.h"
#include "read/sqlite_page_size.h"

namespace litewatch {
namespace {

FileFacts facts_of(const struct stat& st) {
  return FileFacts{
      .device = st.st_dev,
      .inode = st.st_ino,
      .size_bytes = static_cast<std::uint64_t>(st.st_size),
      .allocated_bytes = static_cast<std::uint64_t>(st.st_blocks) * 512,
      .modified_s = in_seconds(st.st_mtim),
      .uid = st.st_uid,
      .gid = st.st_gid,
      .mode = st.st_mode,
      .links = st.st_nlink,
  };
}

std::optional<FileFacts> stat_regular(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  return facts_of(st);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// One look at one database: a method per step, each of which may fail on its own.
class Look {
 public:
  Look(const SqlitePaths& paths, const SqliteReadOptions& options)
      : paths_(paths), options_(options) {}

  Result<SqliteReading> take() {
    struct stat st;
    auto db = open_regular_file(paths_.database.c_str(), &st);
    if (!db) return db.error();
    if (!db->has_value()) return std::move(reading_);
    db_ = std::move(**db);
    reading_.exists = true;
    reading_.file = facts_of(st);
    look_at_filesystem();
    const auto content = look_at_content();
    if (!content) return content.error();
    if (reading_.wal_mode) {
      look_at_wal_mode();
    } else {
      look_at_rollback_mode();
    }
    reading_.litestream = exists(paths_.litestream);
    return std::move(reading_);
  }

 private:
  void fail(SqliteOp op, Error error, const std::string& path) {
    if (error.path.empty()) error.path = path;
    reading_.errors[static_cast<std::size_t>(op)] = std::move(error);
  }

  void look_at_filesystem() {
    const auto filesystem = read_filesystem(db_.get());
    if (filesystem) reading_.filesystem = *filesystem;
  }

  /// What the main file is, with its header where it has one.
  Result<bool> look_at_content() {
    std::array<std::byte, SqliteHeader::kSize> buffer;
    const auto bytes = read_first_bytes(db_.get(), buffer);
    if (!bytes) return with_path(bytes.error());
    if (bytes->empty()) {
      reading_.content = SqliteContent::kEmpty;
    } else if (has_sqlite_magic(*bytes)) {
      take_main_header(*bytes);
    } else {
      return look_for_encryption();
    }
    return true;
  }

  void take_main_header(std::span<const std::byte> bytes) {
    const auto header = parse_sqlite_header(bytes);
    reading_.content = header ? SqliteContent::kDatabase : SqliteContent::kMalformed;
    if (!header) return fail(SqliteOp::kDatabase, header.error(), paths_.database);
    reading_.main_header = *header;
    reading_.wal_mode = header->wal_mode();
  }

  Result<bool> look_for_encryption() {
    std::array<std::byte, 4096> page;
    const auto size = read_at(db_.get(), page, 0);
    if (!size) return with_path(size.error());
    // Whole pages, of which the smallest has 512 bytes: else it is some other random file.
    const bool encrypted = reading_.file.size_bytes % kLeastPageSize_bytes == 0 &&
                           looks_encrypted(std::span(page).first(*size));
    reading_.content = encrypted ? SqliteContent::kEncrypted : SqliteContent::kNotADatabase;
    reading_.wal_mode = encrypted && (exists(paths_.wal) || exists(paths_.shm));
    return true;
  }

  Error with_path(Error error) const {
    if (error.path.empty()) error.path = paths_.database;
    return error;
  }

  /// Opens a sidecar. Where that is denied, stat alone may still say something.
  Fd open_sidecar(const std::string& path, SqliteOp op, std::optional<FileFacts>& facts) {
    struct stat st;
    auto opened = open_regular_file(path.c_str(), &st);
    if (!opened) {
      fail(op, opened.error(), path);
      facts = stat_regular(path);
      return Fd();
    }
    if (!opened->has_value()) return Fd();
    facts = facts_of(st);
    return std::move(**opened);
  }

  bool may_ask_for_locks() const {
    if (options_.locks_on_remote) return true;
    return reading_.filesystem && !reading_.filesystem->network();
  }

  void look_at_database_locks() {
    if (!may_ask_for_locks()) return;
    const auto locks = query_database_locks(db_.get());
    if (!locks) return fail(SqliteOp::kLocks, locks.error(), paths_.database);
    reading_.locks = *locks;
  }

  void look_at_wal_mode() {
    look_at_database_locks();
    const Fd wal = open_sidecar(paths_.wal, SqliteOp::kWal, reading_.wal_file);
    if (wal.valid()) look_at_wal(wal.get());
    const Fd shm = open_sidecar(paths_.shm, SqliteOp::kWalIndex, reading_.shm_file);
    if (shm.valid()) look_at_wal_index(shm.get());
    look_at_current_header({.db = db_.get(), .wal = wal.get(), .shm = shm.get()});
    reading_.journal_file = stat_regular(paths_.journal);
  }

  void look_at_wal(int wal) {
    const auto header = read_wal_header(wal);
    if (!header) return fail(SqliteOp::kWal, header.error(), paths_.wal);
    reading_.wal_header = *header;
  }

  void look_at_wal_index(int shm) {
    if (may_ask_for_locks()) {
      const auto locks = query_wal_index_locks(shm);
      if (locks) {
        reading_.wal_index_locks = *locks;
      } else {
        fail(SqliteOp::kLocks, locks.error(), paths_.shm);
      }
    }
    const auto index = read_wal_index(shm);
    if (!index) return fail(SqliteOp::kWalIndex, index.error(), paths_.shm);
    reading_.wal_index = *index;
  }

  void look_at_current_header(const WalModeFiles& files) {
    if (reading_.wal_index_in_use()) {
      if (reading_.content == SqliteContent::kDatabase) ask_index(files);
    } else if (index_is_foreign()) {
      return;  // somebody commits by rules that we do not know
    } else if (files.wal >= 0) {
      ask_wal(files);
    } else if (!reading_.wal_file) {
      reading_.header = reading_.main_header;
    }
  }

  bool index_is_foreign() const {
    const auto& error = reading_.errors[static_cast<std::size_t>(SqliteOp::kWalIndex)];
    return error && error->kind == ErrorKind::kUnsupported && reading_.wal_index_locks &&
           reading_.wal_index_locks->dms.held();
  }

  void ask_index(const WalModeFiles& files) {
    const auto header = current_header_by_index(files, *reading_.wal_index);
    if (!header) return fail(SqliteOp::kWalIndex, header.error(), paths_.shm);
    reading_.header = *header;
  }

  void ask_wal(const WalModeFiles& files) {
    if (reading_.content != SqliteContent::kDatabase) return ask_extent(files.wal);
    const auto wal = read_wal_by_itself(files);
    if (!wal) {
      // SQLite takes a WAL with a damaged header for an empty one.
      if (wal.error().kind == ErrorKind::kMalformed && !reading_.wal_header) {
        reading_.header = reading_.main_header;
      }
      return fail(SqliteOp::kWal, wal.error(), paths_.wal);
    }
    reading_.wal_header = wal->header;
    reading_.header = wal->current;
    if (wal->extent.frames > 0) reading_.wal_extent = wal->extent;
  }

  /// For an encrypted database: its pages say nothing, the frames around them do.
  void ask_extent(int wal) {
    if (!reading_.wal_header) return;
    const auto extent = find_wal_extent(wal, *reading_.wal_header, reading_.wal_file->size_bytes);
    if (!extent) return fail(SqliteOp::kWal, extent.error(), paths_.wal);
    if (extent->frames > 0) reading_.wal_extent = *extent;
  }

  void look_at_rollback_mode() {
    reading_.header = reading_.main_header;
    const Fd journal = open_sidecar(paths_.journal, SqliteOp::kJournal, reading_.journal_file);
    if (journal.valid()) look_at_journal(journal.get());
    // A journal is hot if nobody holds RESERVED while it is there, so it must be seen on either
    // side of asking.
    look_at_database_locks();
    if (journal.valid() && reading_.journal_header) look_again_at_journal(journal.get());
  }

  void look_at_journal(int journal) {
    std::array<std::byte, JournalHeader::kSize> bytes;
    const auto size = read_at(journal, bytes, 0);
    if (!size) return fail(SqliteOp::kJournal, size.error(), paths_.journal);
    if (*size < bytes.size()) return;  // too short to hold anything to roll back
    const auto header = parse_journal_header(bytes);
    if (!header) return fail(SqliteOp::kJournal, header.error(), paths_.journal);
    reading_.journal_header = *header;
    const bool could_be_hot = !header->first_byte_zero() && reading_.file.size_bytes > 0;
    if (could_be_hot) look_for_super_journal(journal);
  }

  void look_for_super_journal(int journal) {
    const auto name = read_super_journal_name(journal, reading_.journal_file->size_bytes);
    if (!name) return fail(SqliteOp::kJournal, name.error(), paths_.journal);
    if (name->empty() || name->front() != '/') return;
    // The name is a path as the app sees it, which may be another one than ours; super-journals
    // lie beside the main database of the transaction.
    const std::string sibling = std::string(folder_part(paths_.database)).append(name_part(*name));
    reading_.super_journal_missing = !exists(*name) && !exists(sibling);
  }

  void look_again_at_journal(int journal) {
    const auto facts = stat_regular(paths_.journal);
    std::array<std::byte, JournalHeader::kSize> bytes;
    const auto size = read_at(journal, bytes, 0);
    reading_.journal_stable = facts && facts->inode == reading_.journal_file->inode &&
                              facts->device == reading_.journal_file->device &&
                              facts->size_bytes == reading_.journal_file->size_bytes && size &&
                              *size == bytes.size() && bytes == reading_.journal_header->raw;
  }

  const SqlitePaths& paths_;
  const SqliteReadOptions& options_;
  Fd db_;
  SqliteReading reading_;
};

}  // namespace

SqlitePaths::SqlitePaths(std::string real_path)
    : database(std::move(real_path)),
      wal(database + "-wal"),
      shm(database + "-shm"),
      journal(database + "-journal"),
      litestream(std::string(folder_part(database)) + "." + std::string(name_part(database)) +
                 "-litestream") {}

std::string_view to_string(SqliteOp op) {
  switch (op) {
    case SqliteOp::kDatabase:
      return "database";
    case SqliteOp::kWal:
      return "wal";
    case SqliteOp::kWalIndex:
      return "wal_index";
    case SqliteOp::kJournal:
      return "journal";
    case SqliteOp::kLocks:
      return "locks";
    case SqliteOp::kCount_:
      break;
  }
  return "unknown";
}

bool SqliteReading::wal_index_in_use() const {
  return wal_index && (!wal_index_locks || wal_index_locks->dms.held() || unlocked_writer);
}

std::uint64_t SqliteReading::pages() const {
  // The order in which SQLite asks: page 1, then the WAL, then the size of the file.
  if (header && header->pages_valid()) return header->pages;
  if (wal_index_in_use() && wal_index->pages > 0) return wal_index->pages;
  if (wal_extent) return wal_extent->pages_after_commit;
  const std::uint32_t page_size = page_size_bytes();
  return page_size == 0 ? 0 : file.size_bytes / page_size;
}

std::uint32_t SqliteReading::page_size_bytes() const {
  if (header) return header->page_size_bytes;
  if (wal_index && wal_index->page_size_bytes > 0) return wal_index->page_size_bytes;
  if (wal_header) return wal_header->page_size_bytes;
  return main_header ? main_header->page_size_bytes : 0;
}

std::uint32_t SqliteReading::wal_frames() const {
  if (wal_index_in_use()) return wal_index->frames;
  return wal_extent ? wal_extent->frames : 0;
}

Result<SqliteReading> read_sqlite_database(const SqlitePaths& paths,
                                           const SqliteReadOptions& options) {
  return Look(paths, options).take();
}

Result<SqliteLocks> read_sqlite_locks(const SqlitePaths& paths) {
  SqliteLocks locks;
  const auto db = open_regular_file(paths.database.c_str());
  if (!db) return db.error();
  if (!db->has_value()) return locks;
  const auto database = query_database_locks((*db)->get());
  if (!database) return database.error();
  locks.database = *database;
  const auto shm = open_regular_file(paths.shm.c_str());
  if (!shm || !shm->has_value()) return locks;
  const auto index = query_wal_index_locks((*shm)->get());
  if (!index) return index.error();
  locks.wal_index = *index;
  return locks;
}

}  // namespace litewatch
