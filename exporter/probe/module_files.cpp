#include "probe/module_files.h"

#include <sys/stat.h>

#include <span>

#include "base/fd.h"
#include "base/trimmed.h"
#include "probe/prepared.h"
#include "probe/tls/authorities.h"
#include "probe/validate.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostSecret = 64 << 10;

void add(std::vector<std::string>& files, const std::string& path) {
  if (!path.empty()) files.push_back(path);
}

void add_tls(std::vector<std::string>& files, const TlsClientOptions& tls) {
  add(files, tls.ca_file.empty() ? machine_authorities_file() : tls.ca_file);
  add(files, tls.cert_file);
  add(files, tls.key_file);
}

void add_http(std::vector<std::string>& files, const HttpModule& http) {
  for (const auto& [name, path] : http.header_files) add(files, path);
  add(files, http.body_file);
  if (http.basic_auth) {
    add(files, http.basic_auth->username_file);
    add(files, http.basic_auth->password_file);
  }
  if (http.authorization) add(files, http.authorization->credentials_file);
  if (http.oauth2) {
    add(files, http.oauth2->client_secret_file);
    add_tls(files, http.oauth2->tls);
  }
  add_tls(files, http.tls);
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t limit) {
  auto opened = open_regular_file(path.c_str());
  if (!opened) return opened.error();
  if (!*opened) return Error{ErrorKind::kInternal, "no such file", path, 0};
  std::string content(limit + 1, '\0');
  const auto size =
      read_at((*opened)->get(), std::as_writable_bytes(std::span(content.data(), limit + 1)), 0);
  if (!size) return Error{size.error().kind, size.error().what, path, size.error().errnum};
  if (*size > limit) {
    return Error{ErrorKind::kMalformed, "larger than " + std::to_string(limit) + " bytes", path, 0};
  }
  content.resize(*size);
  return content;
}

Result<std::string> read_secret(const std::string& path) {
  auto content = read_small_file(path, kMostSecret);
  if (!content) return content;
  std::string secret(trimmed(*content));
  if (secret.empty()) return Error{ErrorKind::kMalformed, "it is empty", path, 0};
  if (const std::string problem = check_header_value(secret); !problem.empty()) {
    return Error{ErrorKind::kMalformed, "not a header value: " + problem, path, 0};
  }
  return secret;
}

std::vector<std::string> files_of(const ProbeModule& module) {
  std::vector<std::string> files;
  if (module.prober == ProberKind::kHttp) {
    add_http(files, module.http);
  } else {
    add_tls(files, module.tcp.tls_config);
  }
  return files;
}

std::string files_fingerprint(const ProbeModule& module) {
  std::string text;
  for (const std::string& path : files_of(module)) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) info = {};
    for (const auto number :
         {static_cast<long long>(info.st_dev), static_cast<long long>(info.st_ino),
          static_cast<long long>(info.st_size), static_cast<long long>(info.st_mtim.tv_sec),
          static_cast<long long>(info.st_mtim.tv_nsec), static_cast<long long>(info.st_ctim.tv_sec),
          static_cast<long long>(info.st_ctim.tv_nsec)}) {
      text += std::to_string(number) + ' ';
    }
    text += '\n';
  }
  return text;
}

}  // namespace litewatch
