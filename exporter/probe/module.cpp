#include "probe/module.h"

#include <algorithm>

#include "probe/secrets.h"

namespace litewatch {
namespace {

ProbeModule builtin(const char* name, ProberKind prober) {
  ProbeModule module;
  module.name = name;
  module.prober = prober;
  return module;
}

std::vector<ProbeModule> make_builtin_modules() {
  ProbeModule post = builtin("http_post_2xx", ProberKind::kHttp);
  post.http.method = "POST";
  return {builtin("http_2xx", ProberKind::kHttp), std::move(post),
          builtin("tcp_connect", ProberKind::kTcp), builtin("unix_connect", ProberKind::kUnix)};
}

}  // namespace

bool ProbeModule::has_credentials() const {
  if (prober != ProberKind::kHttp) return tcp.tls && !tcp.tls_config.cert_file.empty();
  const bool secret_header = std::any_of(http.headers.begin(), http.headers.end(),
                                         [](const auto& h) { return is_secret_header(h.first); });
  return secret_header || http.basic_auth || http.authorization || http.oauth2 ||
         !http.header_files.empty() || !http.body_file.empty() || !http.tls.cert_file.empty();
}

const std::vector<ProbeModule>& builtin_modules() {
  static const std::vector<ProbeModule> modules = make_builtin_modules();
  return modules;
}

}  // namespace litewatch
