#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "read/filesystem.h"
#include "read/sqlite_header.h"
#include "read/sqlite_journal.h"
#include "read/sqlite_locks.h"
#include "read/sqlite_wal.h"
#include "read/sqlite_wal_index.h"

namespace litewatch {

/// What stat says of one file.
struct FileFacts {
  dev_t device = 0;
  ino_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t allocated_bytes = 0;
  double modified_s = 0;  ///< Unix time
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t mode = 0;
  std::uint64_t links = 0;
};

/// A database and the files that SQLite keeps beside it. The path must be the real one: SQLite
/// resolves symbolic links before it names the sidecars.
struct SqlitePaths {
  explicit SqlitePaths(std::string real_path);

  std::string database;
  std::string wal;         ///< -wal
  std::string shm;         ///< -shm
  std::string journal;     ///< -journal
  std::string litestream;  ///< the folder .NAME-litestream beside it
};

struct SqliteReadOptions {
  bool locks_on_remote = false;  ///< ask for locks on network file systems, where it may hang
};

/// What kind of bytes the main file holds.
enum class SqliteContent : std::uint8_t {
  kDatabase,
  kEmpty,      ///< 0 bytes: a database that nobody has written to yet
  kEncrypted,  ///< no magic, and no structure either
  kNotADatabase,
  kMalformed,  ///< the magic is there but the header is impossible
};

/// The steps of a reading that can fail on their own. The words are the values of the `op` label.
enum class SqliteOp : std::uint8_t { kDatabase, kWal, kWalIndex, kJournal, kLocks, kCount_ };
std::string_view to_string(SqliteOp op);

/// One look at one database: everything its bytes, its stat and its locks say, and nothing else.
/// Optional parts are absent where the file is, where the step does not apply, or where it failed
/// (then `errors` says why).
struct SqliteReading {
  bool exists = false;  ///< nothing below holds where false
  FileFacts file;
  std::optional<Filesystem> filesystem;
  SqliteContent content = SqliteContent::kNotADatabase;

  std::optional<SqliteHeader> main_header;  ///< from the main file; stale in WAL mode
  /// The current header, as the pragmas would say. Absent, rather than wrong, where it cannot be
  /// told: the files do not hold still (`errors` says so), the WAL cannot be read, or it has no
  /// wal-index in use and more frames than are worth searching for page 1.
  std::optional<SqliteHeader> header;
  bool wal_mode = false;  ///< the main header says so; or it is encrypted and has WAL sidecars

  std::optional<FileFacts> wal_file;
  std::optional<FileFacts> shm_file;
  std::optional<FileFacts> journal_file;
  std::optional<WalHeader> wal_header;
  /// As the file says, whether or not somebody has it open: see wal_index_in_use().
  std::optional<WalIndex> wal_index;
  std::optional<WalExtent> wal_extent;  ///< only where there are frames and no wal-index in use
  std::optional<JournalHeader> journal_header;
  bool super_journal_missing = false;  ///< names a super-journal that is gone: not hot
  bool journal_stable = false;         ///< the same journal before and after the locks were asked

  std::optional<DatabaseLocks> locks;
  std::optional<WalIndexLocks> wal_index_locks;
  /// A process that uses the wal-index although nobody holds a lock on it; absent: none is known.
  /// Only look_for_unlocked_writer() (sqlite_shm_writers.h) sets it.
  std::optional<pid_t> unlocked_writer;
  bool litestream = false;  ///< the folder that Litestream keeps beside a database is there

  std::optional<Error> errors[static_cast<std::size_t>(SqliteOp::kCount_)];

  /// Somebody has the wal-index open, or the locks could not be asked. One that nobody has open is
  /// a leftover, which the next app to open the database throws away.
  bool wal_index_in_use() const;

  /// Size of the database in pages as PRAGMA page_count says. 0 where unknown.
  std::uint64_t pages() const;
  std::uint32_t page_size_bytes() const;  ///< 0 where unknown
  /// From the wal-index in use, else the extent, else 0; sqlite_state.h says whether 0 is known.
  std::uint32_t wal_frames() const;
};

/// Looks at a database once: opens, reads and closes; takes no lock, writes nothing, keeps nothing
/// open. A missing file is a reading with exists == false. An Error only where the main file itself
/// cannot be opened or read.
Result<SqliteReading> read_sqlite_database(const SqlitePaths& paths,
                                           const SqliteReadOptions& options);

/// The locks alone, for sampling: what read_sqlite_database says of them, at a fraction of its
/// cost.
struct SqliteLocks {
  std::optional<DatabaseLocks> database;
  std::optional<WalIndexLocks> wal_index;  ///< absent where there is no -shm
};
Result<SqliteLocks> read_sqlite_locks(const SqlitePaths& paths);

}  // namespace litewatch
