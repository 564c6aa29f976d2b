#include "base/fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.h"

namespace litewatch {
namespace {

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "litewatch-fd-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name) << content;
    return at(name);
  }
  std::string at(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

std::string read_text(int fd, std::size_t size, std::uint64_t offset) {
  std::string text(size, '\0');
  const auto result = read_at(fd, std::as_writable_bytes(std::span(text)), offset);
  REQUIRE(result.ok());
  text.resize(*result);
  return text;
}

void check_unsupported(const std::string& path, const std::string& message) {
  const auto result = open_regular_file(path.c_str());
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == ErrorKind::kUnsupported);
  CHECK(result.error().message() == path + ": " + message);
}

TEST_CASE("open_regular_file: a file -> open for reading only, closed on exec, with its stat") {
  const Folder folder;
  const std::string path = folder.file("a.db", "hello");
  struct stat st = {};
  const auto result = open_regular_file(path.c_str(), &st);
  REQUIRE(result.ok());
  REQUIRE(result->has_value());
  const int fd = (*result)->get();
  CHECK(st.st_size == 5);
  CHECK((::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(::write(fd, "x", 1) == -1);
}

TEST_CASE("open_regular_file: a link to a file -> the file; a link to nothing -> absent") {
  const Folder folder;
  const std::string path = folder.file("a.db", "hello");
  REQUIRE(::symlink(path.c_str(), folder.at("link").c_str()) == 0);
  REQUIRE(::symlink("/nowhere/at/all", folder.at("broken").c_str()) == 0);
  CHECK(open_regular_file(folder.at("link").c_str())->has_value());
  const auto broken = open_regular_file(folder.at("broken").c_str());
  REQUIRE(broken.ok());
  CHECK_FALSE(broken->has_value());
}

TEST_CASE("open_regular_file: missing, also where a file is in the way of a folder -> absent") {
  const Folder folder;
  const std::string path = folder.file("a.db", "");
  for (const std::string& missing : {folder.at("none"), path + "/below"}) {
    const auto result = open_regular_file(missing.c_str());
    REQUIRE(result.ok());
    CHECK_FALSE(result->has_value());
  }
  CHECK_FALSE(std::filesystem::exists(folder.at("none")));
}

TEST_CASE("open_regular_file: a FIFO without a writer -> refused without waiting") {
  const Folder folder;
  REQUIRE(::mkfifo(folder.at("fifo").c_str(), 0600) == 0);
  check_unsupported(folder.at("fifo"), "not a regular file");
}

TEST_CASE("open_regular_file: a folder, a device, a socket -> refused") {
  const Folder folder;
  REQUIRE(::mkdir(folder.at("folder").c_str(), 0700) == 0);
  check_unsupported(folder.at("folder"), "a directory, not a file");
  check_unsupported("/dev/null", "not a regular file");

  const Fd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, folder.at("socket").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  check_unsupported(folder.at("socket"), "not a regular file (No such device or address)");
}

TEST_CASE("open_regular_file: a loop of links -> an error with its errno") {
  const Folder folder;
  REQUIRE(::symlink(folder.at("loop").c_str(), folder.at("loop").c_str()) == 0);
  const auto result = open_regular_file(folder.at("loop").c_str());
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == ErrorKind::kInternal);
  CHECK(result.error().errnum == ELOOP);
}

TEST_CASE("open_regular_file: no permission -> denied") {
  if (::geteuid() == 0) return;  // root may read everything
  const Folder folder;
  const std::string path = folder.file("a.db", "hello");
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  const auto result = open_regular_file(path.c_str());
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == ErrorKind::kDenied);
}

TEST_CASE("read_at: within, across the end, beyond -> what there is") {
  const Folder folder;
  const auto file = open_regular_file(folder.file("a.db", "0123456789").c_str());
  const int fd = (*file)->get();
  CHECK(read_text(fd, 4, 0) == "0123");
  CHECK(read_text(fd, 4, 8) == "89");
  CHECK(read_text(fd, 4, 10).empty());
  CHECK(read_text(fd, 4, 1000).empty());
  CHECK(read_text(fd, 0, 0).empty());
}

TEST_CASE("read_at: a closed descriptor -> an error") {
  std::array<std::byte, 4> into;
  const auto result = read_at(-1, into, 0);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().errnum == EBADF);
}

TEST_CASE("fd: destroyed, moved, assigned, reset, released -> closed exactly when it should be") {
  const auto open_null = [] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); };
  const int first = open_null();
  { const Fd fd(first); }
  CHECK_FALSE(is_open(first));

  const int second = open_null();
  Fd from(second);
  Fd to(std::move(from));
  CHECK_FALSE(from.valid());
  CHECK(to.get() == second);
  const int third = open_null();
  to = Fd(third);
  CHECK_FALSE(is_open(second));
  CHECK(to.get() == third);
  CHECK(to.release() == third);
  CHECK_FALSE(to.valid());
  CHECK(is_open(third));
  Fd last(third);
  last.reset();
  CHECK_FALSE(is_open(third));
  CHECK_FALSE(last.valid());
}

}  // namespace
}  // namespace litewatch
