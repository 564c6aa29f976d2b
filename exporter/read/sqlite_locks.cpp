#include "read/sqlite_locks.h"

#include <fcntl.h>

#include <cerrno>

namespace litewatch {
namespace {

constexpr off_t kPendingByte = 0x40000000;
constexpr off_t kReservedByte = kPendingByte + 1;
constexpr off_t kSharedFirst = kPendingByte + 2;
constexpr off_t kSharedSize = 510;

constexpr off_t kWalLocks = 120;  // WRITE, CKPT, RECOVER, READ0 to READ4
constexpr off_t kWalLockCount = 8;
constexpr off_t kDms = 128;

/// Writes into `state` what stands against a write lock on the bytes. F_GETLK only asks; it does
/// not see locks of the calling process.
bool ask(int fd, off_t start, off_t size, LockState& state) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = size;
  int result;
  do {
    result = ::fcntl(fd, F_GETLK, &lock);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return false;
  state = LockState();
  if (lock.l_type == F_UNLCK) return true;
  state.mode = lock.l_type == F_RDLCK ? LockMode::kRead : LockMode::kWrite;
  state.pid = lock.l_pid;
  return true;
}

Error cannot_ask() { return system_error(errno, "cannot ask for locks", ""); }

bool ask_each(int shm_fd, WalIndexLocks& locks) {
  LockState* const bytes[kWalLockCount] = {&locks.write,   &locks.checkpoint, &locks.recover,
                                           &locks.read[0], &locks.read[1],    &locks.read[2],
                                           &locks.read[3], &locks.read[4]};
  for (off_t i = 0; i < kWalLockCount; ++i) {
    if (!ask(shm_fd, kWalLocks + i, 1, *bytes[i])) return false;
  }
  return true;
}

}  // namespace

Result<DatabaseLocks> query_database_locks(int db_fd) {
  DatabaseLocks locks;
  LockState writer;
  if (!ask(db_fd, kPendingByte, 2, writer)) return cannot_ask();
  if (writer.held() && !(ask(db_fd, kPendingByte, 1, locks.pending) &&
                         ask(db_fd, kReservedByte, 1, locks.reserved))) {
    return cannot_ask();
  }
  if (!ask(db_fd, kSharedFirst, kSharedSize, locks.shared)) return cannot_ask();
  return locks;
}

Result<WalIndexLocks> query_wal_index_locks(int shm_fd) {
  WalIndexLocks locks;
  LockState any;
  if (!ask(shm_fd, kWalLocks, kWalLockCount + 1, any)) return cannot_ask();
  if (!any.held()) return locks;
  if (!ask(shm_fd, kDms, 1, locks.dms)) return cannot_ask();
  if (!ask(shm_fd, kWalLocks, kWalLockCount, any)) return cannot_ask();
  if (any.held() && !ask_each(shm_fd, locks)) return cannot_ask();
  return locks;
}

}  // namespace litewatch
