#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>

#include "base/result.h"
#include "read/sqlite_wal_index.h"

namespace litewatch {

enum class LockMode : std::uint8_t { kNone, kRead, kWrite };

/// What F_GETLK answers for one lock: the mode, and one of its holders. It never takes a lock.
struct LockState {
  LockMode mode = LockMode::kNone;
  pid_t pid = 0;  ///< 0: unknown (another PID namespace); -1: an open-file-description lock

  bool held() const { return mode != LockMode::kNone; }
};

/// The POSIX locks on the database file. Source: os.h (PENDING_BYTE and what follows),
/// https://www.sqlite.org/lockingv3.html.
struct DatabaseLocks {
  LockState pending;   ///< byte 0x40000000
  LockState reserved;  ///< byte 0x40000001
  LockState shared;    ///< bytes 0x40000002 to 0x400001ff
};

/// The POSIX locks on the wal-index. Source: https://www.sqlite.org/walformat.html section 2.3.
struct WalIndexLocks {
  LockState write;                                 ///< byte 120
  LockState checkpoint;                            ///< byte 121
  LockState recover;                               ///< byte 122
  std::array<LockState, WalIndex::kReaders> read;  ///< bytes 123 to 127
  LockState dms;  ///< byte 128, the dead man's switch: held by all who use the index
};

/// Asks for the locks on an open database file.
Result<DatabaseLocks> query_database_locks(int db_fd);

/// Asks for the locks on an open wal-index. One query where nobody has it open.
Result<WalIndexLocks> query_wal_index_locks(int shm_fd);

}  // namespace litewatch
