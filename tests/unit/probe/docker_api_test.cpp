#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catch.h"
#include "probe/docker.h"
#include "support/canned_server.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

constexpr double kPatience_s = 20;  ///< where the time it takes is not the question

const std::string kId(64, 'a');
const std::string kList = R"([{"Id":")" + kId + R"(","Names":["/shop"]}])";
const std::string kDetails = R"({"Id":")" + kId + R"(","State":{"Running":true,"Pid":7}})";

std::string too_old() {
  return http_answer(400, R"({"message":"client version 1.44 is too old. Minimum supported API )"
                          R"(version is 1.50, please upgrade your client"})");
}

std::string too_new(const std::string& newest) {
  return http_answer(400, R"({"message":"client version is too new. Maximum supported API version)"
                          R"( is )" +
                              newest + R"("})");
}

/// A daemon on a socket of its own that answers as the test says and remembers what it was asked.
class Daemon {
 public:
  using Answer = std::function<std::string(const std::string& path)>;

  explicit Daemon(Answer answer) : answer_(std::move(answer)) { start(); }

  void start() {
    server_ = CannedServer::on_unix_socket(socket(), [this](int fd) {
      const std::string head = read_request_head(fd);
      const std::string line = head.substr(0, head.find("\r\n"));
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(line);
      }
      const std::string path = line.substr(4, line.rfind(' ') - 4);
      const std::string answer = answer_(path);
      answer == "hang" ? hang(fd) : (void)send_bytes(fd, answer);
    });
  }
  void stop() {
    server_.reset();
    ::unlink(socket().c_str());
  }

  std::string socket() const { return dir_.file("docker.sock"); }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }

 private:
  TempDir dir_;
  Answer answer_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::unique_ptr<CannedServer> server_;
};

std::string pong(const std::string& version) {
  return http_answer(200, "OK", "api-VERSION:  " + version + " \r\n");
}

/// Says that it speaks `newest`, and answers in these versions only.
Daemon::Answer speaks(const std::string& newest, std::vector<std::string> versions) {
  return [=](const std::string& path) {
    if (path == "/_ping") return pong(newest);
    for (const std::string& version : versions) {
      if (path == "/v" + version + "/containers/json") return http_answer(200, kList);
      if (path == "/v" + version + "/containers/" + kId + "/json") {
        return http_answer(200, kDetails);
      }
    }
    return http_answer(404, R"({"message":"no such container"})");
  };
}

Daemon::Answer always(const std::string& answer) {
  return [=](const std::string& path) { return path == "/_ping" ? pong("1.44") : answer; };
}

ErrorKind kind_of_list(const Daemon::Answer& answer) {
  Daemon daemon(answer);
  DockerApi api(daemon.socket(), kPatience_s);
  const auto list = api.list();
  REQUIRE_FALSE(list.ok());
  CHECK(list.error().path == daemon.socket());
  CHECK_FALSE(api.absent());
  return list.error().kind;
}

/// The kernel knows users by thread; seteuid() would change all threads.
void set_user_of_thread(uid_t user) { REQUIRE(::syscall(SYS_setresuid, -1, user, -1) == 0); }

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("docker api: list and inspect -> one negotiation, GET alone") {
  Daemon daemon(speaks("1.51", {"1.44"}));
  DockerApi api(daemon.socket(), kPatience_s);
  const auto list = api.list();
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  CHECK(list->front().name == "shop");
  const auto details = api.inspect(kId);
  REQUIRE(details.ok());
  REQUIRE(details->has_value());
  CHECK((*details)->pid == 7);
  const auto other = api.inspect(std::string(64, 'b'));
  REQUIRE(other.ok());
  CHECK_FALSE(other->has_value());
  CHECK(daemon.asked() ==
        Lines{"GET /_ping HTTP/1.1", "GET /v1.44/containers/json HTTP/1.1",
              "GET /v1.44/containers/" + kId + "/json HTTP/1.1",
              "GET /v1.44/containers/" + std::string(64, 'b') + "/json HTTP/1.1"});
}

TEST_CASE("docker api: an old daemon -> its own version") {
  Daemon daemon(speaks("1.41", {"1.41"}));
  DockerApi api(daemon.socket(), kPatience_s);
  CHECK(api.list().ok());
}

TEST_CASE("docker api: a daemon that has dropped ours -> its newest") {
  Daemon daemon([](const std::string& path) {
    if (path == "/_ping") return pong("1.60");
    return path.starts_with("/v1.60/") ? http_answer(200, kList) : too_old();
  });
  DockerApi api(daemon.socket(), kPatience_s);
  CHECK(api.list().ok());
  CHECK(api.list().ok());
  CHECK(daemon.asked() == Lines{"GET /_ping HTTP/1.1", "GET /v1.44/containers/json HTTP/1.1",
                                "GET /_ping HTTP/1.1", "GET /v1.60/containers/json HTTP/1.1",
                                "GET /v1.60/containers/json HTTP/1.1"});
}

TEST_CASE("docker api: an older daemon in the place of a newer one -> negotiated anew") {
  std::atomic<bool> older = false;
  Daemon daemon([&older](const std::string& path) {
    if (path == "/_ping") return pong(older ? "1.41" : "1.44");
    const bool fits = path.starts_with(older ? "/v1.41/" : "/v1.44/");
    return fits ? http_answer(200, kList) : too_new("1.41");
  });
  DockerApi api(daemon.socket(), kPatience_s);
  CHECK(api.list().ok());
  older = true;
  CHECK(api.list().ok());
}

TEST_CASE("docker api: refuses each version -> unsupported, after four questions") {
  Daemon daemon(
      [](const std::string& path) { return path == "/_ping" ? pong("1.44") : too_old(); });
  DockerApi api(daemon.socket(), kPatience_s);
  const auto list = api.list();
  REQUIRE_FALSE(list.ok());
  CHECK(list.error().kind == ErrorKind::kUnsupported);
  CHECK(daemon.asked().size() == 4);
}

TEST_CASE("docker api: no version told -> asked without one") {
  for (const std::string& ping : {http_answer(403, "forbidden"), http_answer(200, "OK"),
                                  pong("1.x"), pong("1."), pong("99999999999.1")}) {
    Daemon daemon([&ping](const std::string& path) {
      if (path == "/_ping") return ping;
      return path == "/containers/json" ? http_answer(200, kList) : http_answer(404, "");
    });
    DockerApi api(daemon.socket(), kPatience_s);
    CHECK(api.list().ok());
  }
}

TEST_CASE("docker api: statuses and bodies -> kinds of errors") {
  CHECK(kind_of_list(always(http_answer(500, "oops"))) == ErrorKind::kBusy);
  CHECK(kind_of_list(always(http_answer(503, ""))) == ErrorKind::kBusy);
  CHECK(kind_of_list(always(http_answer(403, ""))) == ErrorKind::kDenied);
  CHECK(kind_of_list(always(http_answer(404, ""))) == ErrorKind::kUnsupported);
  CHECK(kind_of_list(always(http_answer(302, "", "Location: /_ping\r\n"))) ==
        ErrorKind::kUnsupported);
  CHECK(kind_of_list(always(http_answer(200, "garbage"))) == ErrorKind::kMalformed);
  CHECK(kind_of_list(always("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[")) ==
        ErrorKind::kMalformed);
  CHECK(kind_of_list(always("SSH-2.0-OpenSSH\r\n\r\n")) == ErrorKind::kMalformed);
  CHECK(kind_of_list(always("")) == ErrorKind::kBusy);
  CHECK(kind_of_list(always("HTTP/1.1 200 OK\r\nX: " + std::string(90'000, 'x') + "\r\n\r\n[]")) ==
        ErrorKind::kUnsupported);
  CHECK(kind_of_list(always("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" +
                            std::string(DockerApi::kMaxAnswerBytes + 1, ' '))) ==
        ErrorKind::kUnsupported);
}

TEST_CASE("docker api: a daemon that hangs -> timeout at the deadline") {
  Daemon daemon(always("hang"));
  DockerApi api(daemon.socket());
  const double began_s = monotonic_s();
  const auto list = api.list();
  REQUIRE_FALSE(list.ok());
  CHECK(list.error().kind == ErrorKind::kTimeout);
  CHECK(monotonic_s() - began_s >= 0.9);
  CHECK(monotonic_s() - began_s < 5);
}

TEST_CASE("docker api: no socket -> none, absent; a daemon that comes later is found") {
  Daemon daemon(speaks("1.44", {"1.44"}));
  daemon.stop();
  DockerApi api(daemon.socket(), kPatience_s);
  CHECK(api.list()->empty());
  CHECK(api.absent());
  CHECK_FALSE(api.inspect(kId)->has_value());
  daemon.start();
  CHECK(api.list()->size() == 1);
  CHECK_FALSE(api.absent());
  daemon.stop();
  CHECK(api.list()->empty());
  CHECK(api.absent());
}

TEST_CASE("docker api: a socket that nobody listens on -> busy") {
  Daemon daemon(speaks("1.44", {"1.44"}));
  const std::string left = daemon.socket() + ".left";
  REQUIRE(::link(daemon.socket().c_str(), left.c_str()) == 0);
  daemon.stop();
  DockerApi api(left);
  CHECK(api.list().error().kind == ErrorKind::kBusy);
}

TEST_CASE("docker api: paths that are no socket") {
  const TempDir dir;
  DockerApi below_file(dir.write("file", "") + "/docker.sock");
  CHECK(below_file.list().ok());
  CHECK(below_file.absent());
  DockerApi file(dir.file("file"));
  CHECK(file.list().error().kind == ErrorKind::kBusy);
  DockerApi long_path("/" + std::string(200, 'x'));
  CHECK(long_path.list().error().kind == ErrorKind::kUnsupported);
}

TEST_CASE("docker api: no right to connect -> denied") {
  Daemon daemon(speaks("1.44", {"1.44"}));
  REQUIRE(::chmod(daemon.socket().c_str(), 0) == 0);
  constexpr uid_t kNobody = 65534;
  const bool root = ::geteuid() == 0;  // whom rights do not bind
  if (root) set_user_of_thread(kNobody);
  DockerApi api(daemon.socket(), kPatience_s);
  const auto list = api.list();
  if (root) set_user_of_thread(0);
  REQUIRE_FALSE(list.ok());
  CHECK(list.error().kind == ErrorKind::kDenied);
}

TEST_CASE("docker api: an id that is none is never asked for") {
  Daemon daemon(speaks("1.44", {"1.44"}));
  DockerApi api(daemon.socket(), kPatience_s);
  for (const char* const id : {"", "../images", "a/../..", "A", "ab\r\nX: y"}) {
    CHECK_FALSE(api.inspect(id).ok());
  }
  CHECK(daemon.asked().empty());
}

TEST_CASE("docker api: the environment has no say") {
  Daemon daemon(speaks("1.44", {"1.44"}));
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  DockerApi api(daemon.socket(), kPatience_s);
  const bool good = api.list().ok();
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  CHECK(good);
}
