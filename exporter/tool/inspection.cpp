#include "tool/inspection.h"

#include <sys/sysmacros.h>

#include <utility>

#include "read/sqlite_shm_writers.h"

namespace litewatch {
namespace {

// Bytes of the locks; see read/sqlite_locks.h for their source.
constexpr std::uint64_t kPendingByte = 0x40000000;
constexpr std::uint64_t kSharedFirst = kPendingByte + 2;
constexpr std::uint64_t kSharedLast = kSharedFirst + 509;
constexpr std::uint64_t kWalWriteByte = 120;

bool covers(const ProcLock& lock, const FileFacts& file, std::uint64_t first, std::uint64_t last) {
  return !lock.waiting && lock.inode == file.inode && lock.major == major(file.device) &&
         lock.minor == minor(file.device) && lock.start <= last && lock.end >= first;
}

}  // namespace

Inspection::Inspection(std::string real_path, std::string procfs)
    : paths_(std::move(real_path)), procfs_(std::move(procfs)) {}

SqliteSubject Inspection::subject() const {
  return {reading_, history_, objectives_, last_look_, 0};
}

void Inspection::look() {
  last_look_ = now();
  if (first_look_.monotonic_s == 0) first_look_ = last_look_;
  reading_ = read_sqlite_database(paths_, {});
  if (reading_) {
    SqliteShmWriters writers(procfs_);
    look_for_unlocked_writer(paths_, writers, *reading_);
    history_.observe(*reading_, last_look_);
  }
  findings_ = find(subject());
  list_locks();
}

bool Inspection::healthy() const { return is_healthy(findings_); }

void Inspection::list_locks() {
  locks_.clear();
  if (!readable()) return;
  const auto listed = read_proc_locks(procfs_ + "/locks");
  const std::vector<ProcLock> all = listed ? *listed : std::vector<ProcLock>();
  const SqliteReading& look = *reading_;
  if (look.locks) {
    list_locks_of(look.file, kSharedFirst, kSharedLast, "shared", look.locks->shared, all);
    list_locks_of(look.file, kPendingByte + 1, kPendingByte + 1, "reserved", look.locks->reserved,
                  all);
    list_locks_of(look.file, kPendingByte, kPendingByte, "pending", look.locks->pending, all);
  }
  if (!look.wal_index_locks || !look.shm_file) return;
  const WalIndexLocks& index = *look.wal_index_locks;
  std::uint64_t byte = kWalWriteByte;
  const auto list = [&](const std::string& name, const LockState& asked) {
    list_locks_of(*look.shm_file, byte, byte, name, asked, all);
    ++byte;
  };
  list("write", index.write);
  list("checkpoint", index.checkpoint);
  list("recover", index.recover);
  for (std::size_t slot = 0; slot < index.read.size(); ++slot) {
    list("read " + std::to_string(slot), index.read[slot]);
  }
  list("wal-index open", index.dms);
}

/// F_GETLK names one holder; /proc/locks names all that live in the same PID namespace.
void Inspection::list_locks_of(const FileFacts& file, std::uint64_t first_byte,
                               std::uint64_t last_byte, const std::string& name,
                               const LockState& asked, const std::vector<ProcLock>& all) {
  if (!asked.held()) return;
  const std::size_t before = locks_.size();
  for (const ProcLock& lock : all) {
    if (!covers(lock, file, first_byte, last_byte)) continue;
    locks_.push_back({name, lock.mode, lock.pid, read_command(procfs_, lock.pid)});
  }
  if (locks_.size() == before) {
    locks_.push_back({name, asked.mode, asked.pid,
                      asked.pid > 0 ? read_command(procfs_, asked.pid) : std::string()});
  }
}

}  // namespace litewatch
