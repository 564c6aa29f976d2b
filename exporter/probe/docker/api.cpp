#include <charconv>
#include <compare>
#include <cstdint>
#include <utility>

#include "base/ascii.h"
#include "base/clock.h"
#include "probe/docker.h"
#include "probe/docker/unix_http.h"

// Source: Docker Engine API, "Versioning": the version is part of the path, /v1.44/containers/json.
// A daemon refuses what is newer than itself and what it has dropped, with 400 and "client version
// 1.41 is too old. Minimum supported API version is 1.44, ...". Podman answers the same.

namespace litewatch {
namespace {

struct ApiVersion {
  unsigned major = 0;
  unsigned minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
};

/// Has all that is read here, and is the oldest that Docker 29 takes.
constexpr ApiVersion kPreferred{1, 44};

std::optional<ApiVersion> parse_version(std::string_view text) {
  ApiVersion version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc() || minor.ptr != end) return std::nullopt;
  return version;
}

enum class Refusal : std::uint8_t { kNone, kTooOld, kTooNew };

Refusal refusal_of_version(const UnixAnswer& answer) {
  if (answer.status != 400) return Refusal::kNone;
  if (answer.body.find("client version") == std::string::npos) return Refusal::kNone;
  if (answer.body.find("too old") != std::string::npos) return Refusal::kTooOld;
  return answer.body.find("too new") != std::string::npos ? Refusal::kTooNew : Refusal::kNone;
}

Error status_error(int status, const std::string& socket) {
  const std::string what = "the daemon answers with status " + std::to_string(status);
  if (status == 401 || status == 403) return Error{ErrorKind::kDenied, what, socket, 0};
  if (status >= 500 || status == 429) return Error{ErrorKind::kBusy, what, socket, 0};
  return Error{ErrorKind::kUnsupported, what, socket, 0};
}

}  // namespace

struct DockerApi::State {
  State(const std::string& socket, double the_limit_s)
      : http(socket, kMaxAnswerBytes), limit_s(the_limit_s) {}

  Result<std::optional<UnixAnswer>> get(const std::string& path);
  Result<std::optional<UnixAnswer>> ask(const std::string& path, double deadline_s);
  std::optional<Error> negotiate(Refusal refusal, double deadline_s);
  template <class T>
  Result<T> read(const UnixAnswer& answer, Result<T> (*parse)(std::string_view),
                 const std::string& socket);

  UnixHttp http;
  const double limit_s;               ///< for all of one request
  std::optional<std::string> prefix;  ///< "/v1.44"; empty: the daemon's own; absent: ask for it
  bool absent = false;
};

/// Asks which versions the daemon speaks. One that does not tell, such as a proxy that lets only
/// some paths through, is asked without a version.
std::optional<Error> DockerApi::State::negotiate(Refusal refusal, double deadline_s) {
  auto pong = http.get("/_ping", deadline_s);
  if (!pong) return pong.error();
  absent = !pong->has_value();
  if (absent) return std::nullopt;
  prefix = "";
  const auto newest = parse_version((*pong)->api_version);
  if (!newest) return std::nullopt;
  // A daemon that calls ours too old takes its own.
  const ApiVersion version = refusal == Refusal::kTooOld ? *newest : std::min(*newest, kPreferred);
  prefix = "/v" + std::to_string(version.major) + "." + std::to_string(version.minor);
  return std::nullopt;
}

/// The answer to `path` in a version that the daemon takes; nullopt: there is no socket.
Result<std::optional<UnixAnswer>> DockerApi::State::ask(const std::string& path,
                                                        double deadline_s) {
  if (!prefix) {
    if (auto error = negotiate(Refusal::kNone, deadline_s)) return *std::move(error);
    if (absent) return std::optional<UnixAnswer>();
  }
  auto answer = http.get(*prefix + path, deadline_s);
  if (!answer || !answer->has_value()) return answer;
  const Refusal refusal = refusal_of_version(**answer);
  if (refusal == Refusal::kNone) return answer;
  if (auto error = negotiate(refusal, deadline_s)) return *std::move(error);
  if (absent) return std::optional<UnixAnswer>();
  return http.get(*prefix + path, deadline_s);
}

Result<std::optional<UnixAnswer>> DockerApi::State::get(const std::string& path) {
  auto answer = ask(path, monotonic_s() + limit_s);
  absent = answer && !answer->has_value();
  if (!answer || absent) prefix.reset();
  return answer;
}

/// What the answer says. After one that is of no use the version is negotiated anew.
template <class T>
Result<T> DockerApi::State::read(const UnixAnswer& answer, Result<T> (*parse)(std::string_view),
                                 const std::string& socket) {
  const bool good = answer.status == 200;
  auto value = good ? parse(answer.body) : Result<T>(status_error(answer.status, socket));
  if (value) return value;
  prefix.reset();
  return Error{value.error().kind, value.error().what, socket, 0};
}

DockerApi::DockerApi(std::string socket, double deadline_s)
    : socket_(std::move(socket)), state_(std::make_unique<State>(socket_, deadline_s)) {}
DockerApi::~DockerApi() = default;

bool DockerApi::absent() const { return state_->absent; }

Result<std::vector<DockerContainer>> DockerApi::list() {
  auto answer = state_->get("/containers/json");
  if (!answer) return answer.error();
  if (!answer->has_value()) return std::vector<DockerContainer>();
  return state_->read(**answer, parse_docker_list, socket_);
}

Result<std::optional<DockerDetails>> DockerApi::inspect(const std::string& id) {
  if (!is_lower_hex(id))
    return Error{ErrorKind::kInternal, "not the id of a container", socket_, 0};
  auto answer = state_->get("/containers/" + id + "/json");
  if (!answer) return answer.error();
  if (!answer->has_value() || (*answer)->status == 404) return std::optional<DockerDetails>();
  auto details = state_->read(**answer, parse_docker_details, socket_);
  if (!details) return details.error();
  return std::optional(std::move(*details));
}

}  // namespace litewatch
