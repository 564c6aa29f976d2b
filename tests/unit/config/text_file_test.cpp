#include "config/text_file.h"

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "config/load.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

/// Root may read everything; for a scope this thread's file accesses are those of nobody.
class AsNobody {
 public:
  AsNobody() { setfsuid(65534); }
  ~AsNobody() { setfsuid(geteuid()); }
};

TEST_CASE("text file: whole content and who may read it") {
  const TempDir folder;
  const std::string file = folder.write("a.txt", std::string("a\0b\n", 4));
  chmod(file.c_str(), 0600);
  auto content = read_text_file(file);
  REQUIRE(content.ok());
  CHECK(content->text == std::string("a\0b\n", 4));
  CHECK_FALSE(content->world_readable);
  chmod(file.c_str(), 0644);
  CHECK(read_text_file(file)->world_readable);
  CHECK(read_text_file(folder.write("empty", ""))->text.empty());
}

TEST_CASE("text file: at the limit -> read; one byte over -> malformed") {
  const TempDir folder;
  const std::string file = folder.write("a.txt", "12345");
  CHECK(read_text_file(file, 5)->text == "12345");
  const auto error = read_text_file(file, 4).error();
  CHECK(error.kind == ErrorKind::kMalformed);
  CHECK(error.message() == file + ": too large: at most 4 bytes are read");
}

TEST_CASE("config file: one that cannot be read -> says which and why") {
  const TempDir folder;
  const std::string absent = folder.file("absent.yml");
  CHECK(load_config(absent).error().message() ==
        absent + ": cannot open (No such file or directory)");

  const auto directory = load_config(folder.path()).error();
  CHECK(directory.kind == ErrorKind::kUnsupported);
  CHECK(directory.message() == folder.path() + ": a directory, not a file");

  const std::string pipe = folder.file("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(load_config(pipe).error().message() == pipe + ": not a regular file");

  const std::string large = folder.write("large.yml", std::string((16 << 20) + 1, '#'));
  CHECK(load_config(large).error().message() ==
        large + ": too large: at most 16777216 bytes are read");
  CHECK(load_config(folder.write("just.yml", std::string(16 << 20, '#'))).ok());
}

TEST_CASE("config file: no permission -> denied") {
  const TempDir folder;
  const std::string file = folder.write("secret.yml", "");
  chmod(file.c_str(), 0);
  chmod(folder.path().c_str(), 0755);
  const auto config = [&] {
    const AsNobody nobody;
    return load_config(file);
  }();
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().kind == ErrorKind::kDenied);
  CHECK(config.error().message() == file + ": cannot open (Permission denied)");
}

}  // namespace
}  // namespace litewatch
