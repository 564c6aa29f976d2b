#include "web/listen.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.h"

using namespace litewatch;
namespace fs = std::filesystem;

namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = fs::temp_directory_path() / "litewatch-listen-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  fs::path path;
};

/// Runs `check` in a child with `fd` as descriptor 3 and systemd's variables set.
bool in_activated_child(int fd, const char* count, bool right_pid, bool (*check)()) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(fd, 3);
    setenv("LISTEN_FDS", count, 1);
    setenv("LISTEN_PID", std::to_string(right_pid ? getpid() : 1).c_str(), 1);
    _exit(check() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("listen address: valid forms -> host, port, path") {
  CHECK(parse_listen_address(":9871")->host.empty());
  CHECK(parse_listen_address(":9871")->port == 9871);
  CHECK(parse_listen_address("127.0.0.1:0")->host == "127.0.0.1");
  CHECK(parse_listen_address("[::1]:80")->host == "::1");
  CHECK(parse_listen_address("[::1]:80")->port == 80);
  CHECK(parse_listen_address("localhost:65535")->host == "localhost");
  CHECK(parse_listen_address("unix:/run/l.sock")->unix_path == "/run/l.sock");
}

TEST_CASE("listen address: malformed -> an error that names it") {
  for (const char* text : {"", "9871", ":", ":x", ":65536", ":-1", "::1:80", "[::1]",
                           "[127.0.0.1]:1", "[]:80", "unix:", "unix:relative", "a:b:1"}) {
    CAPTURE(text);
    const auto address = parse_listen_address(text);
    REQUIRE_FALSE(address.ok());
    CHECK(address.error().kind == ErrorKind::kMalformed);
    CHECK(address.error().path == text);
  }
}

TEST_CASE("listen: port 0 -> the port that the kernel chose") {
  const auto listener = listen_at("127.0.0.1:0");
  REQUIRE(listener.ok());
  CHECK(listener->address().starts_with("127.0.0.1:"));
  CHECK_FALSE(listener->address().ends_with(":0"));
}

TEST_CASE("listen: every address -> IPv6 or IPv4, whatever the kernel has") {
  const auto listener = listen_at(":0");
  REQUIRE(listener.ok());
  const bool everywhere =
      listener->address().starts_with("[::]:") || listener->address().starts_with("0.0.0.0:");
  CHECK(everywhere);
}

TEST_CASE("listen: port in use -> an error that names the address") {
  const auto first = listen_at("127.0.0.1:0");
  REQUIRE(first.ok());
  const auto second = listen_at(first->address());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().errnum == EADDRINUSE);
  CHECK(second.error().path == first->address());
}

TEST_CASE("listen: Unix socket -> made, replaced where stale, removed at the end") {
  const TemporaryFolder folder;
  const std::string path = folder.path / "l.sock";
  {
    const auto listener = listen_at("unix:" + path);
    REQUIRE(listener.ok());
    CHECK(listener->address() == "unix:" + path);
    CHECK(listen_at("unix:" + path).error().errnum == EADDRINUSE);
    CHECK(fs::is_socket(path));
  }
  CHECK_FALSE(fs::exists(path));
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const Fd leftover(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(leftover.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  REQUIRE(fs::is_socket(path));
  CHECK(listen_at("unix:" + path).ok());
}

TEST_CASE("listen: Unix socket path that is a file, or too long -> an error, and the file stays") {
  const TemporaryFolder folder;
  const std::string path = folder.path / "file";
  std::ofstream(path) << "precious";
  CHECK_FALSE(listen_at("unix:" + path).ok());
  CHECK(fs::file_size(path) == 8);
  CHECK_FALSE(listen_at("unix:/" + std::string(200, 'a')).ok());
}

TEST_CASE("listen: systemd's sockets -> taken where they are meant for us") {
  const auto listener = listen_at("127.0.0.1:0");
  REQUIRE(listener.ok());
  const auto takes_one = [] {
    const auto taken = systemd_listeners();
    return taken.ok() && taken->size() == 1 && taken->front().fd() == 3 &&
           taken->front().address().starts_with("127.0.0.1:");
  };
  const auto takes_none = [] {
    const auto taken = systemd_listeners();
    return taken.ok() && taken->empty();
  };
  const auto fails = [] { return !systemd_listeners().ok(); };
  CHECK(in_activated_child(listener->fd(), "1", true, takes_one));
  CHECK(in_activated_child(listener->fd(), "1", false, takes_none));
  CHECK(in_activated_child(listener->fd(), "0", true, takes_none));
  CHECK(in_activated_child(listener->fd(), "many", true, fails));
  const Fd unbound(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(in_activated_child(unbound.get(), "1", true, fails));
  CHECK(takes_none());
}
