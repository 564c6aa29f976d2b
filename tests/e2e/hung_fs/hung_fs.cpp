// A read-only view of a folder that hangs on demand, as a dead network file system does.
//
//   hung_fs FOLDER MOUNTPOINT [FUSE OPTION]...
//
// SIGUSR1: from now on every operation waits; confirmed by an "h" on stdout. SIGUSR2: they all go
// on. Nothing is cached by the kernel, so that no operation gets by without asking.

#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <fcntl.h>
#include <fuse.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

std::atomic<bool> hung{false};
static_assert(std::atomic<bool>::is_always_lock_free, "signal handlers set it");

void hang(int) {
  const int before = errno;
  hung = true;
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, "h", 1);
  errno = before;
}

void go_on(int) { hung = false; }

void wait_while_hung() {
  while (hung) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

/// The real path of what FUSE calls `path`.
std::string real_path(const char* path) {
  const auto* folder = static_cast<const std::string*>(fuse_get_context()->private_data);
  return *folder + path;
}

/// What FUSE wants for a call that returns -1 and sets errno.
int answer(long result) { return result < 0 ? -errno : static_cast<int>(result); }

void* init(fuse_conn_info*, fuse_config* config) {
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  config->direct_io = 1;
  return fuse_get_context()->private_data;
}

int get_attributes(const char* path, struct stat* st, fuse_file_info*) {
  wait_while_hung();
  return answer(::lstat(real_path(path).c_str(), st));
}

int check_access(const char* path, int mode) {
  wait_while_hung();
  return answer(::access(real_path(path).c_str(), mode));
}

int read_link(const char* path, char* target, size_t size) {
  wait_while_hung();
  const ssize_t length = ::readlink(real_path(path).c_str(), target, size - 1);
  if (length < 0) return -errno;
  target[length] = '\0';
  return 0;
}

int open_file(const char* path, fuse_file_info* info) {
  wait_while_hung();
  const int fd = ::open(real_path(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -errno;
  info->fh = static_cast<uint64_t>(fd);
  return 0;
}

int read_file(const char*, char* into, size_t size, off_t offset, fuse_file_info* info) {
  wait_while_hung();
  return answer(::pread(static_cast<int>(info->fh), into, size, offset));
}

int release_file(const char*, fuse_file_info* info) {
  return answer(::close(static_cast<int>(info->fh)));
}

int list_folder(const char* path, void* into, fuse_fill_dir_t fill, off_t, fuse_file_info*,
                fuse_readdir_flags) {
  wait_while_hung();
  DIR* dir = ::opendir(real_path(path).c_str());
  if (dir == nullptr) return -errno;
  while (const dirent* entry = ::readdir(dir)) {
    struct stat st = {};
    st.st_ino = entry->d_ino;
    st.st_mode = DTTOIF(entry->d_type);
    if (fill(into, entry->d_name, &st, 0, fuse_fill_dir_flags{}) != 0) break;
  }
  ::closedir(dir);
  return 0;
}

int get_filesystem(const char* path, struct statvfs* st) {
  wait_while_hung();
  return answer(::statvfs(real_path(path).c_str(), st));
}

fuse_operations make_operations() {
  fuse_operations operations = {};
  operations.init = init;
  operations.getattr = get_attributes;
  operations.access = check_access;
  operations.readlink = read_link;
  operations.open = open_file;
  operations.read = read_file;
  operations.release = release_file;
  operations.readdir = list_folder;
  operations.statfs = get_filesystem;
  return operations;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: hung_fs FOLDER MOUNTPOINT [FUSE OPTION]...\n");
    return 2;
  }
  char* folder_path = ::realpath(argv[1], nullptr);
  if (folder_path == nullptr) {
    std::perror(argv[1]);
    return 2;
  }
  std::string folder = folder_path;
  std::free(folder_path);
  ::signal(SIGUSR1, hang);
  ::signal(SIGUSR2, go_on);
  argv[1] = argv[0];
  const fuse_operations operations = make_operations();
  return fuse_main(argc - 1, argv + 1, &operations, &folder);
}
