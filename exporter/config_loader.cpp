#include "config_loader.h"

#include <spdlog/spdlog.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "config/load.h"
#include "config/web_config.h"
#include "file_limit.h"
#include "web/listen.h"

namespace litewatch {
namespace {

/// A slow disk answers within it; a person or a watchdog who waits for a reload does not mind it.
constexpr double kMostRead_s = 10;

/// What is being read, for the message should it hang.
class Stage {
 public:
  void enter(std::string files) {
    MutexLock lock(mutex_);
    files_ = std::move(files);
  }
  std::string files() {
    MutexLock lock(mutex_);
    return files_;
  }

 private:
  Mutex mutex_;
  std::string files_ GUARDED_BY(mutex_);
};

struct Loading {
  LoadedConfig loaded;
  std::vector<std::string> warnings;
};

TlsOptions to_tls_options(const TlsConfig& config) {
  TlsOptions options;
  options.enabled = true;
  options.cert_pem = config.cert_pem;
  options.key_pem = config.key_pem;
  options.client_ca_pem = config.client_ca_pem;
  options.request_client_cert = config.client_auth != ClientAuth::kNoClientCert;
  options.require_client_cert = config.client_auth == ClientAuth::kRequireAnyClientCert ||
                                config.client_auth == ClientAuth::kRequireAndVerifyClientCert;
  options.verify_client_cert = config.client_auth == ClientAuth::kVerifyClientCertIfGiven ||
                               config.client_auth == ClientAuth::kRequireAndVerifyClientCert;
  options.client_allowed_sans = config.client_allowed_sans;
  options.min_version = config.min_version;
  options.max_version = config.max_version;
  options.cipher_suites = config.cipher_suites;
  options.curve_preferences = config.curve_preferences;
  options.prefer_server_cipher_suites = config.prefer_server_cipher_suites;
  return options;
}

/// A file, or the positional arguments.
std::optional<Error> read_config(const Flags& flags, Stage& stage, Loading& into) {
  const bool file = !flags.config_file.empty();
  stage.enter(file ? flags.config_file : "the paths among the arguments");
  auto config = file ? load_config(flags.config_file) : config_from_arguments(flags.arguments);
  if (!config) return config.error();
  into.loaded.config = std::move(*config);
  return std::nullopt;
}

std::optional<Error> read_security(const Flags& flags, Stage& stage, Loading& into) {
  if (flags.web_config_file.empty()) return std::nullopt;
  stage.enter(flags.web_config_file + " and the files that it names");
  auto web = load_web_config(flags.web_config_file);
  if (!web) return web.error();
  SecurityOptions& security = into.loaded.security;
  if (web->tls_enabled) security.tls = to_tls_options(web->tls);
  security.basic_auth_users = std::move(web->basic_auth_users);
  security.response_headers = std::move(web->response_headers);
  into.warnings = std::move(web->warnings);
  return std::nullopt;
}

Result<Loading> read_all(const Flags& flags, const ConfigLoader::PrepareProbes& prepare_probes,
                         Stage& stage) {
  Loading loading;
  if (auto error = read_config(flags, stage, loading)) return *error;
  if (auto error = read_security(flags, stage, loading)) return *error;
  stage.enter("the files that probe modules name");
  auto probes = prepare_probes(loading.loaded.config);
  if (!probes) return probes.error();
  loading.loaded.probes = std::move(*probes);
  return loading;
}

}  // namespace

ConfigLoader::ConfigLoader(Flags flags, PrepareProbes prepare_probes)
    : flags_(std::move(flags)), prepare_probes_(std::move(prepare_probes)) {}

Result<LoadedConfig> ConfigLoader::load() {
  if (reader_.busy()) {
    return Error{ErrorKind::kBusy,
                 "an earlier reload still waits for " + waited_for_ +
                     ", on a file system that does not answer; if it never will, restart litewatch",
                 "", 0};
  }
  const auto stage = std::make_shared<Stage>();
  auto read = reader_.read([flags = flags_, prepare = prepare_probes_,
                            stage] { return read_all(flags, prepare, *stage); },
                           kMostRead_s);
  if (!read && stopping_) return Error{ErrorKind::kBusy, "litewatch is stopping", "", 0};
  if (!read) {
    waited_for_ = stage->files();
    return Error{ErrorKind::kTimeout,
                 "the file system does not answer: " + waited_for_ + " could not be read within " +
                     std::to_string(static_cast<int>(kMostRead_s)) + " s",
                 "", 0};
  }
  if (!read->ok()) return read->error();
  for (const std::string& warning : (*read)->warnings) spdlog::warn("{}", warning);
  return std::move((*read)->loaded);
}

void ConfigLoader::stop() {
  stopping_ = true;
  reader_.stop();
}

std::optional<Error> check_config(const Flags& flags) {
  for (const std::string& text : flags.listen_addresses) {
    if (const auto address = parse_listen_address(text); !address) return address.error();
  }
  const auto probes = ProbeService::create(raise_file_limit());
  if (!probes) return probes.error();
  ConfigLoader loader(flags,
                      flags.config_check_syntax
                      ? [](const Config&) -> Result<ProbeSetup> { return ProbeSetup(); }
                      : (*probes)->preparer());
  const auto loaded = loader.load();
  return loaded ? std::nullopt : std::optional(loaded.error());
}

}  // namespace litewatch
