#include "read/sqlite_shm_writers.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "base/fd.h"
#include "base/path.h"
#include "read/directory.h"
#include "read/text_fields.h"

namespace litewatch {
namespace {

/// The link's own permissions say what its descriptor was opened for.
bool open_for_writing(int descriptors, const char* number) {
  struct stat link;
  return ::fstatat(descriptors, number, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
         (link.st_mode & S_IWUSR) != 0;
}

}  // namespace

std::optional<pid_t> SqliteShmWriters::find(const std::string& path, const FileFacts& file) {
  if (!looked_) look_through_procfs();
  for (const Descriptor& descriptor : descriptors_) {
    // By name first: stat follows the link, and a file elsewhere may be on a dead file system.
    if (descriptor.name != name_part(path)) continue;
    const std::string link =
        procfs_ + "/" + std::to_string(descriptor.pid) + "/fd/" + descriptor.number;
    struct stat st;
    if (::stat(link.c_str(), &st) != 0) continue;
    if (st.st_dev == file.device && st.st_ino == file.inode) return descriptor.pid;
  }
  return std::nullopt;
}

void SqliteShmWriters::look_through_procfs() {
  looked_ = true;
  const Fd procfs(::open(procfs_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!procfs.valid()) return;
  for_each_entry(procfs.get(), [&](const char* name, unsigned char) {
    look_through_process(procfs.get(), name);
  });
}

void SqliteShmWriters::look_through_process(int procfs, const char* pid) {
  const auto number = parse_integer<pid_t>(pid);
  if (!number) return;
  const Fd process = open_folder(procfs, pid);
  const Fd descriptors = open_folder(process.get(), "fd");
  if (!descriptors.valid()) return;
  for_each_entry(descriptors.get(), [&](const char* name, unsigned char) {
    std::array<char, PATH_MAX> target;
    const ssize_t size = ::readlinkat(descriptors.get(), name, target.data(), target.size());
    if (size <= 0) return;
    const std::string_view path(target.data(), static_cast<std::size_t>(size));
    if (!path.ends_with("-shm") || !open_for_writing(descriptors.get(), name)) return;
    descriptors_.push_back({*number, name, std::string(name_part(path))});
  });
}

void look_for_unlocked_writer(const SqlitePaths& paths, SqliteShmWriters& writers,
                              SqliteReading& reading) {
  if (!reading.shm_file || !reading.wal_index_locks || reading.wal_index_locks->dms.held()) return;
  const auto writer = writers.find(paths.shm, *reading.shm_file);
  if (!writer) return;
  // It may have come since the reading; then it holds its locks by now.
  const auto locks = read_sqlite_locks(paths);
  if (locks && locks->wal_index && !locks->wal_index->dms.held()) reading.unlocked_writer = *writer;
}

}  // namespace litewatch
