#include "read/process_files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/fd.h"
#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

Fd open_process(const std::string& path) {
  return Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

struct Reader {
  std::vector<char> scratch = std::vector<char>(kCgroupScratchSize);
  ProcessFiles operator()(const std::string& path) {
    return read_process_files(open_process(path).get(), scratch);
  }
};

TEST_CASE("limits: soft limit of open files; unlimited, absent, cut -> none") {
  CHECK(parse_open_files_limit("Limit                     Soft Limit           Hard Limit\n"
                               "Max open files            1024                 4096       files\n"
                               "Max processes             7                    8\n") == 1024u);
  for (const char* text : {"", "Max open files", "Max open files \n", "Max processes  7 8\n",
                           "Max open files  unlimited unlimited files\n", "Max open files -1 5\n",
                           "Max open files  99999999999999999999999 1\n"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_open_files_limit(text));
  }
}

TEST_CASE("descriptors: of this process, one more when one more is open") {
  Reader read;
  const ProcessFiles before = read("/proc/self");
  const Fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const ProcessFiles after = read("/proc/self");
  REQUIRE(before.open_fds);
  CHECK(*after.open_fds == *before.open_fds + 1);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(after.max_fds == limit.rlim_cur);
}

TEST_CASE("descriptors: a folder without a size is counted; not there -> absent") {
  const TempDir procfs;
  Reader read;
  std::filesystem::create_directories(procfs.file("1"));
  CHECK_FALSE(read(procfs.file("1")).open_fds);
  CHECK_FALSE(read(procfs.file("1")).max_fds);
  CHECK_FALSE(read(procfs.file("2")).open_fds);
  CHECK_FALSE(network_namespace(open_process(procfs.file("1")).get()));
}

TEST_CASE("network namespace: processes of one see the same") {
  const auto own = network_namespace(open_process("/proc/self").get());
  REQUIRE(own);
  CHECK(network_namespace(open_process("/proc/thread-self").get()) == own);
  CHECK_FALSE(network_namespace(-1));
}

}  // namespace
}  // namespace litewatch
