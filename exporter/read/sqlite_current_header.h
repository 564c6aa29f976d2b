#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/result.h"
#include "read/sqlite_header.h"
#include "read/sqlite_wal.h"
#include "read/sqlite_wal_index.h"

namespace litewatch {

/// The open files of a database in WAL mode; -1 where one is not there or cannot be opened.
struct WalModeFiles {
  int db = -1;
  int wal = -1;
  int shm = -1;
};

/// Reads the first bytes of the main file, 100 at least where there are that many, until two
/// things hold that a reading amidst a commit may break: the header parses, and its change counter
/// equals its version-valid-for. At most three readings; old writers leave the latter unequal for
/// good. Returns the bytes that were read into `into`.
Result<std::span<const std::byte>> read_first_bytes(int db_fd, std::span<std::byte> into);

/// The header in the main file, read as above.
Result<SqliteHeader> read_main_header(int db_fd);

/// The header of a WAL, read again while torn. nullopt where the file is too short to have one.
Result<std::optional<WalHeader>> read_wal_header(int wal_fd);

/// Whether page 1, looked up between two readings of the wal-index, is the one of the commit that
/// `before` stands for; `in_wal` says where it was. Frames up to mxFrame stay as they are until the
/// WAL is reset, and a reset shows in the salts before it touches a frame. The main file stays as
/// it is while no checkpoint goes beyond mxFrame, and a checkpoint says how far it will go
/// (nBackfillAttempted) before it writes. Source: wal.c, walRestartHdr and walCheckpoint.
bool still_holds(const WalIndex& before, const WalIndex& after, bool in_wal);

/// The header that the pragmas would show, by way of a wal-index that somebody has open: page 1
/// from the WAL where it is there, else from the main file. `index` becomes the reading that the
/// header belongs to. nullopt where page 1 is in a WAL that is not open; `busy` where the files do
/// not hold still for five tries.
Result<std::optional<SqliteHeader>> current_header_by_index(const WalModeFiles& files,
                                                            WalIndex& index);

/// What a WAL says for itself, where no wal-index in use can be asked.
struct WalByItself {
  std::optional<WalHeader> header;
  WalExtent extent;
  /// The header that the pragmas would show. Absent where page 1 may be in a part of the WAL that
  /// was not searched (more than 4096 frames back): then nothing proves that the main file's is it.
  std::optional<SqliteHeader> current;
};
/// REQUIRES: files.db and files.wal are open. `busy` as above.
Result<WalByItself> read_wal_by_itself(const WalModeFiles& files);

}  // namespace litewatch
