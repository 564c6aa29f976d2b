#include "probe/docker/unix_http.h"

#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/trimmed.h"
#include "probe/net/curl.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostHeaderBytes = 64 << 10;
constexpr std::string_view kVersionField = "api-version:";

CURL* new_handle() { return initialize_curl() == CURLE_OK ? curl_easy_init() : nullptr; }

Error connect_failure(int errnum, const std::string& socket) {
  if (errnum == ECONNREFUSED) return Error{ErrorKind::kBusy, "no daemon listens", socket, errnum};
  if (errnum == EACCES) {
    return system_error(errnum, "cannot connect; its group has the right to", socket);
  }
  return system_error(errnum, "cannot connect", socket);
}

Error transfer_failure(CURLcode code, const std::string& socket) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Error{ErrorKind::kTimeout, "the daemon does not answer in time", socket, 0};
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return Error{ErrorKind::kBusy, "the daemon closed the connection", socket, 0};
    case CURLE_WRITE_ERROR:  // by on_header() and on_body(), and for nothing else
      return Error{ErrorKind::kUnsupported, "the answer is too long", socket, 0};
    case CURLE_OUT_OF_MEMORY:
      return Error{ErrorKind::kInternal, "no memory for curl", socket, 0};
    default:
      return Error{ErrorKind::kMalformed,
                   std::string("not an HTTP answer: ") + curl_easy_strerror(code), socket, 0};
  }
}

}  // namespace

struct UnixHttp::Transfer {
  std::size_t most_bytes = 0;
  std::size_t header_bytes = 0;
  UnixAnswer answer;

  static std::size_t on_header(char* data, std::size_t one, std::size_t size, void* user);
  static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* user);
};

std::size_t UnixHttp::Transfer::on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMostHeaderBytes) return 0;
  const std::string_view line(data, size);
  if (same_ignoring_case(line.substr(0, kVersionField.size()), kVersionField)) {
    transfer.answer.api_version = trimmed(line.substr(kVersionField.size()));
  }
  return size;
}

std::size_t UnixHttp::Transfer::on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.answer.body.size() + size > transfer.most_bytes) return 0;
  transfer.answer.body.append(data, size);
  return size;
}

UnixHttp::UnixHttp(std::string socket, std::size_t most_bytes)
    : socket_(std::move(socket)), most_bytes_(most_bytes), handle_(new_handle()) {
  if (handle_ == nullptr) return;
  curl_easy_setopt(handle_, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle_, CURLOPT_PROXY, "");  // an empty one is none, whatever http_proxy says
  curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(handle_, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(handle_, CURLOPT_USERAGENT, "litewatch");
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, Transfer::on_header);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, Transfer::on_body);
}

UnixHttp::~UnixHttp() { curl_easy_cleanup(handle_); }

Result<std::optional<UnixAnswer>> UnixHttp::get(const std::string& path, double deadline_s) {
  if (handle_ == nullptr) return transfer_failure(CURLE_OUT_OF_MEMORY, socket_);
  if (socket_.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{ErrorKind::kUnsupported, "the path is too long for a Unix socket", socket_, 0};
  }
  Transfer transfer;
  transfer.most_bytes = most_bytes_;
  // 0 would be no limit at all.
  const long left_ms = std::max(1L, static_cast<long>((deadline_s - monotonic_s()) * 1000));
  curl_easy_setopt(handle_, CURLOPT_URL, ("http://localhost" + path).c_str());
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, left_ms);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &transfer);
  const CURLcode code = curl_easy_perform(handle_);

  long number = 0;
  if (code == CURLE_OK) {
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &number);
    transfer.answer.status = static_cast<int>(number);
    return std::optional(std::move(transfer.answer));
  }
  if (code != CURLE_COULDNT_CONNECT) return transfer_failure(code, socket_);
  curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &number);
  if (number == ENOENT || number == ENOTDIR) return std::optional<UnixAnswer>();
  return connect_failure(static_cast<int>(number), socket_);
}

}  // namespace litewatch
